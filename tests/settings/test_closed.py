"""Loading is closed: nothing but the layers themselves decides what is read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from dynaconf import Dynaconf, default_settings

from moesif_declarative.errors import Problems
from moesif_declarative.settings import Loaded, load

Read = Callable[..., tuple[Loaded, Problems]]


@dataclass(frozen=True)
class Cast:
    id: str
    text: str
    value: Any


CASTS = [
    Cast("integer", "@int 5", 5),
    Cast("float", "@float 5", 5.0),
    Cast("boolean", "@bool off", False),
    Cast("text", "@str 5", "5"),
    Cast("json", '@json {"a": [1, null, "@format {env}"]}', {"a": [1, None, "@format {env}"]}),
    Cast("no token", "@someone else", "@someone else"),
    Cast("no token either", "a @int 5", "a @int 5"),
    Cast("a name that begins like a token", "@integer 5", "@integer 5"),
    Cast("an address", "@", "@"),
]


@pytest.mark.parametrize("case", CASTS, ids=lambda case: case.id)
def test_casting_tokens_are_carried_out_at_any_depth(read: Read, case: Cast) -> None:
    text = f"[default]\nBASE_URI = '{case.text}'\n[default.GET_METADATA]\na.b = [1, '{case.text}']"
    loaded, problems = read({"settings.toml": text}, {"MOESIF_GET_METADATA__c": case.text})
    assert list(problems) == []
    metadata = {"a": {"b": [1, case.value]}, "c": case.value}
    assert loaded.values == {"BASE_URI": case.value, "GET_METADATA": metadata}
    assert type(loaded.values["BASE_URI"]) is type(case.value)


def test_what_a_cast_gives_has_the_origin_of_its_text(read: Read) -> None:
    text = '[default]\nSKIP = \'@json {"a": {"PATH": ["/x"]}}\''
    loaded, _ = read({"settings.toml": text})
    assert loaded.values == {"SKIP": {"a": {"path": ["/x"]}}}
    assert {(at.line, at.column) for at in loaded.origins.values()} == {(2, 1)}


REFUSED = [
    "@format {env[HOME]}",
    "@jinja {{ 1 }}",
    "@get DEBUG",
    "@read_file /etc/hostname",
    "@merge 1",
    "@merge_unique 1",
    "@insert 0 a",
    "@del",
    "@reset 1",
    "@none",
    "@empty",
    "@upper x",
    "@note x",
    "@int @format {env[HOME]}",
    "@json @read_file /etc/hostname",
    "@str @getter",
    "@str @format x",
]


@pytest.mark.parametrize("text", REFUSED)
def test_other_tokens_are_refused_wherever_they_stand(read: Read, text: str) -> None:
    content = f"[default]\nBASE_URI = '{text}'\nTRUSTED_PROXIES = ['a', '{text}']\n"
    loaded, problems = read({"settings.toml": content}, {"MOESIF_MASK_HASH_KEY": text})
    assert loaded.values == {"TRUSTED_PROXIES": ["a"]}
    assert [(p.code, p.key, p.origin.line) for p in problems] == [
        ("token-refused", "BASE_URI", 2),
        ("token-refused", "TRUSTED_PROXIES[1]", 3),
        ("token-refused", "MASK_HASH_KEY", None),
    ]


def test_a_list_that_says_it_merges_is_refused_and_the_same_word_elsewhere_is_text(
    read: Read,
) -> None:
    content = (
        "[default]\nAPI_VERSION = 'dynaconf_merge'\nTRUSTED_PROXIES = ['a', 'dynaconf_merge']\n"
    )
    loaded, problems = read({"settings.toml": content})
    assert loaded.values == {"API_VERSION": "dynaconf_merge", "TRUSTED_PROXIES": ["a"]}
    assert [(p.code, p.key, p.origin.line) for p in problems] == [
        ("token-refused", "TRUSTED_PROXIES[1]", 3)
    ]


def test_merging_and_including_keys_are_refused(read: Read) -> None:
    text = (
        "dynaconf_merge = true\n[default]\ndynaconf_include = ['x.toml']\nDYNACONF_MERGE = true\n"
        "GET_METADATA = { dynaconf_merge = true, a = 1 }\n"
    )
    loaded, problems = read({"settings.toml": text, "x.toml": "[default]\nDEBUG = true"})
    assert loaded.values == {"GET_METADATA": {"a": 1}}
    assert [(p.code, p.origin.line) for p in problems] == [
        ("token-refused", line) for line in (1, 3, 4, 5)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "@int many",
        "@int",
        "@float x",
        "@bool maybe",
        "@json {'a': 1}",
        '@json x{"a":1}',
        "@json NaN",
        "@json " + "[" * 100 + "]" * 100,
        "@json " + "[" * 100_000,
    ],
)
def test_a_cast_that_cannot_succeed_is_an_error_without_its_text(read: Read, text: str) -> None:
    loaded, problems = read(environ={"MOESIF_APPLICATION_ID": text})
    assert loaded.values == {}
    [problem] = problems
    assert (problem.code, problem.key) == ("value-malformed", "APPLICATION_ID")
    assert text.partition(" ")[2] not in problem.message or " " not in text


HOSTILE = {
    "ENV_FOR_DYNACONF": "production",
    "FORCE_ENV_FOR_DYNACONF": "production",
    "ENVIRONMENTS_FOR_DYNACONF": "true",
    "SETTINGS_FILE_FOR_DYNACONF": "other.toml;evil.py",
    "SETTINGS_FILES_FOR_DYNACONF": "other.toml",
    "INCLUDES_FOR_DYNACONF": "other.toml",
    "PRELOAD_FOR_DYNACONF": "other.toml;evil.py",
    "SECRETS_FOR_DYNACONF": "other.toml",
    "MERGE_ENABLED_FOR_DYNACONF": "true",
    "AUTO_CAST_FOR_DYNACONF": "false",
    "DOTTED_LOOKUP_FOR_DYNACONF": "true",
    "NESTED_SEPARATOR_FOR_DYNACONF": "_",
    "INDEX_SEPARATOR_FOR_DYNACONF": "_",
    "ENVVAR_PREFIX_FOR_DYNACONF": "MOESIF",
    "LOADERS_FOR_DYNACONF": "['evil']",
    "LOAD_DOTENV_FOR_DYNACONF": "true",
    "DOTENV_PATH_FOR_DYNACONF": "evil.env",
    "LOWERCASE_READ_FOR_DYNACONF": "false",
    "SYSENV_FALLBACK_FOR_DYNACONF": "true",
    "FRESH_VARS_FOR_DYNACONF": "['BATCH_SIZE']",
    "VALIDATE_ON_UPDATE_FOR_DYNACONF": "true",
    "ROOT_PATH_FOR_DYNACONF": "/nowhere",
    "ENCODING_FOR_DYNACONF": "utf-16",
    "DYNABOXIFY": "false",
    "DYNACONF_BATCH_SIZE": "99",
    "DYNACONF_DEBUG": "true",
    "MOESIF_BATCH_SIZE": "98",
    "BATCH_SIZE": "97",
}
FILES = {
    "settings.toml": "[default]\nBATCH_SIZE = '@int 1'\nMASK_PRESETS = ['a']\n"
    "[default.GET_METADATA]\n'a.b' = 1\nA__b = 2\n'x[0]' = 3\nitems = 1.50\n[default.SKIP.a]\n"
    "[development]\nMASK_PRESETS = ['b']\n[development.SKIP.b]\n[production]\nDEBUG = true\n"
    "[global]\nDEBUG = true\n[dynaconf]\nDEBUG = true\n",
    "other.toml": "[default]\nDEBUG = true\n",
    "evil.py": "import sys; sys.evil = True\n",
    "dynaconf_hooks.py": "import sys; sys.evil = True\n",
    "settings.py": "import sys; sys.evil = True\n",
    "settings.local.py": "import sys; sys.evil = True\n",
    "evil.env": "MOESIF_DEBUG=true\nEVIL=1\n",
    "settings.yaml": "default:\n  DEBUG: true\n",
}
VALUES = {
    "BATCH_SIZE": 1,
    "MASK_PRESETS": ["b"],
    "GET_METADATA": {"a.b": 1, "A__b": 2, "x[0]": 3, "items": 1.5},
    "SKIP": {"a": {}, "b": {}},
}


def test_the_hosts_dynaconf_variables_and_files_change_nothing(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name, value in HOSTILE.items():
        monkeypatch.setenv(name, value)
    before = dict(os.environ)
    loaded, problems = read(FILES)
    assert (loaded.values, list(problems)) == (VALUES, [])
    assert dict(os.environ) == before
    assert not hasattr(sys, "evil")
    assert loaded.files == (str(tmp_path / "settings.toml"),)


PROGRAM = """
import json, sys
from moesif_declarative.errors import Problems
from moesif_declarative.schema.shapes import shapes
from moesif_declarative.settings import load
problems = Problems()
values = load(shapes=shapes(), problems=problems, environ={}).values
print(json.dumps([values, len(list(problems)), hasattr(sys, "evil")]))
"""


def test_neither_do_they_when_dynaconf_is_imported_among_them(tmp_path: Path) -> None:
    for name, content in FILES.items():
        (tmp_path / name).write_text(content)
    path = os.pathsep.join([str(tmp_path), *sys.path])
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=tmp_path,
        env={**os.environ, **HOSTILE, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads(ran.stdout) == [VALUES, 0, False]


def test_the_hosts_dynaconf_settings_are_left_alone(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOST_BATCH_SIZE", "7")
    host = Dynaconf(envvar_prefix="HOST", environments=True, settings_files=[])
    assert host.BATCH_SIZE == 7
    defaults = dict(vars(default_settings))
    read(FILES)
    assert host.as_dict() == {"BATCH_SIZE": 7}
    assert dict(vars(default_settings)) == defaults


def test_threads_load_side_by_side(read: Read) -> None:
    read(FILES)
    with ThreadPoolExecutor(8) as pool:
        found = [pool.submit(read, None, {"MOESIF_BATCH_SIZE": str(size)}) for size in range(40)]
    assert [future.result()[0].values for future in found] == [
        {**VALUES, "BATCH_SIZE": size} for size in range(40)
    ]


def test_the_process_environment_is_the_default(
    read: Read, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, shapes: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MOESIF_BATCH_SIZE", "5")
    assert load(shapes=shapes, problems=Problems()).values["BATCH_SIZE"] == 5
