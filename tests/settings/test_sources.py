"""The three things a middleware may be given: a path, a dictionary, a Dynaconf object."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

import pytest
from dynaconf import Dynaconf

from moesif_declarative.errors import Origin, Problems
from moesif_declarative.settings import Loaded

Read = Callable[..., tuple[Loaded, Problems]]


def identify(handler: object, response: object) -> str:
    return f"{handler}{response}"


def test_a_dictionary_is_kept_as_it_is(read: Read) -> None:
    marker = object()
    given = {
        "APPLICATION_ID": "a",
        "IDENTIFY_USER": identify,
        "SKIP": None,
        "BASE_URI": "@format {env}",
        "GET_METADATA": {"when": datetime.date(2024, 1, 2), "it": marker, "pair": (1, 2), 3: "x"},
    }
    before = {**given, "GET_METADATA": dict(given["GET_METADATA"])}  # type: ignore[call-overload]
    loaded, problems = read(
        {"settings.toml": "[default]\nDEBUG = true", ".env": "MOESIF_DEBUG=true"}, source=given
    )
    assert (loaded.values, list(problems)) == (given, [])
    assert given == before
    assert loaded.values["GET_METADATA"] is not given["GET_METADATA"]
    assert (loaded.from_dict, loaded.files, loaded.environment) == (True, (), "development")
    assert loaded.origins["IDENTIFY_USER",] == Origin("dict", "the settings dictionary")


def test_variables_and_arguments_win_over_a_dictionary(read: Read) -> None:
    loaded, problems = read(
        environ={
            "MOESIF_BATCH_SIZE": "2",
            "MOESIF_BASE_URI": "v",
            "MOESIF_ENV": "qa",
            "MOESIF_SKIP__A__order": "1",
        },
        source={
            "APPLICATION_ID": "a",
            "BATCH_SIZE": 1,
            "BASE_URI": "d",
            "SKIP": {"a": {"path": "/"}},
        },
        overrides={"BASE_URI": "k"},
    )
    assert list(problems) == []
    assert loaded.environment == "qa"
    assert loaded.values == {
        "APPLICATION_ID": "a",
        "BATCH_SIZE": 2,
        "BASE_URI": "k",
        "SKIP": {"a": {"path": "/", "order": 1}},
    }


def test_a_variable_does_not_mix_with_a_callable(read: Read) -> None:
    loaded, problems = read(
        environ={"MOESIF_IDENTIFY_USER__a__header": "X"}, source={"IDENTIFY_USER": identify}
    )
    assert loaded.values == {"IDENTIFY_USER": identify}
    [problem] = problems
    assert problem.code == "rule-form-mixed"
    assert "the settings dictionary" in problem.message
    assert "MOESIF_IDENTIFY_USER__a__header" in problem.message


def test_a_dictionary_that_holds_itself_is_an_error(read: Read) -> None:
    loop: dict[str, Any] = {}
    loop["loop"] = loop
    _, problems = read(source={"GET_METADATA": loop})
    assert [(p.code, p.key) for p in problems] == [("value-too-deep", "GET_METADATA.loop")]


@pytest.mark.parametrize("source", [5, ["a.toml"], b"a.toml", object()])
def test_anything_else_is_an_error(read: Read, source: Any) -> None:
    loaded, problems = read(source=source)
    assert loaded.values == {}
    assert [(p.code, p.origin) for p in problems] == [
        ("source-unknown", Origin("argument", "source"))
    ]


HOST = """
[default]
PORT = 80
BASE_URI = "@format http://{this.PORT}"
DEBUG = "app"
[default.GET_METADATA]
Region = "@int 5"
[production]
PORT = 90
"""


def test_of_a_dynaconf_object_the_keys_that_are_ours_are_read(read: Read, tmp_path: Path) -> None:
    (tmp_path / "app.toml").write_text(HOST)
    host = Dynaconf(
        settings_files=[str(tmp_path / "app.toml")], environments=True, env="production"
    )
    loaded, problems = read({"settings.toml": "[default]\nBATCH_SIZE=1"}, source=host)
    assert list(problems) == []
    assert loaded.values == {
        "BASE_URI": "http://90",
        "DEBUG": "app",
        "GET_METADATA": {"Region": 5},
    }
    assert (loaded.environment, loaded.from_dict, loaded.files) == ("production", False, ())
    assert type(loaded.values["GET_METADATA"]) is dict
    assert str(loaded.origins["GET_METADATA", "Region"]) == "the Dynaconf object"


def test_of_a_dynaconf_object_with_our_table_only_that_is_read(read: Read, tmp_path: Path) -> None:
    (tmp_path / "app.toml").write_text(
        HOST + "[default.MOESIF]\nDEBUG = true\nSKIPP = 1\n"
        "[default.MOESIF.SKIP.A]\nPath = ['@format x{this.PORT}']"
    )
    host = Dynaconf(settings_files=[str(tmp_path / "app.toml")], environments=True)
    loaded, problems = read(
        source=host, environ={"MOESIF_SKIP__a__order": "1"}, overrides={"debug": 0}
    )
    assert list(problems) == []
    assert loaded.values == {"DEBUG": 0, "SKIPP": 1, "SKIP": {"A": {"path": ["x80"], "order": 1}}}
    assert loaded.environment == "development"


def test_a_dynaconf_object_without_environments_is_in_development(read: Read) -> None:
    loaded, _ = read(source=Dynaconf(BATCH_SIZE=3, PORT=1))
    assert (loaded.values, loaded.environment) == ({"BATCH_SIZE": 3}, "development")
    assert read(source=Dynaconf(), environ={"MOESIF_ENV": "qa"})[0].environment == "qa"


@pytest.mark.parametrize("text", ["@format {this.GONE}", "@read_file /gone", "@int @get PORTS"])
def test_a_value_that_dynaconf_cannot_work_out_is_an_error(
    read: Read, tmp_path: Path, text: str
) -> None:
    (tmp_path / "app.toml").write_text(
        f"BATCH_SIZE = 3\nOTHER = '{text}'\n[GET_METADATA]\na = ['{text}']"
    )
    loaded, problems = read(source=Dynaconf(settings_files=[str(tmp_path / "app.toml")]))
    assert loaded.values == {"BATCH_SIZE": 3}
    assert [(p.code, p.key) for p in problems] == [("dynaconf-unreadable", "GET_METADATA")]


def test_any_mapping_and_path_of_python_settings_is_taken(read: Read, tmp_path: Path) -> None:
    source = MappingProxyType(
        {"SKIP": MappingProxyType({"a": MappingProxyType({"path": ["/a", "/b"]})})}
    )
    loaded, problems = read(
        source=source,
        environ={"MOESIF_SKIP__a__enabled": "false"},
        overrides={"BASE_URI": PurePosixPath("/x")},
    )
    assert (loaded.values, list(problems)) == (
        {"SKIP": {"a": {"path": ["/a", "/b"], "enabled": False}}, "BASE_URI": "/x"},
        [],
    )


def test_a_keyword_argument_of_none_overrides_nothing(read: Read) -> None:
    loaded, _ = read({"settings.toml": "[default]\nBATCH_SIZE = 3"}, overrides={"BATCH_SIZE": None})
    assert loaded.values == {"BATCH_SIZE": 3}
