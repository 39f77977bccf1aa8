"""What validation gives beside its table of faults: settings, rules in order, no secrets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moesif_declarative.errors import DEFAULT_ORIGIN, Place, Problems
from moesif_declarative.schema import RuleTable, Settings, defaults
from moesif_declarative.schema.documents import document
from moesif_declarative.schema.languages import words

Check = Callable[..., tuple[Settings, Problems]]


def test_every_problem_is_told_in_one_go(check: Check) -> None:
    written = '[IDENTIFY_USER.a]\nheadr = "b"\n[SKIP.b]\npath = []\n[SKIP.c]\nstatus = 1'
    _, problems = check(f"BATCH_SIZE = 0\n{written}\n[MASK_EVENT_MODEL.d]")
    assert [problem.key for problem in problems] == [
        "BATCH_SIZE",
        "SKIP.b.path",
        "SKIP.c.status",
        "IDENTIFY_USER.a.headr",
        "MASK_EVENT_MODEL.d",
    ]


def test_several_selectors_are_named_with_their_origins(check: Check) -> None:
    _, problems = check('[IDENTIFY_USER.a]\nheader = "b"\ncookie = "c"')
    (problem,) = problems
    origin = "settings.toml:4:1"
    assert problem.message == f"`header` ({origin}) and `cookie` ({origin}) stand together"


def test_the_application_id_is_required_for_moesif_alone(check: Check) -> None:
    def codes(written: str) -> list[str]:
        return [problem.code for problem in check(written, account=False)[1]]

    assert codes("") == ["application-id-missing"]
    assert codes('APPLICATION_ID = ""') == ["application-id-missing"]
    assert codes("ENABLED = false") == []
    assert codes('SINK = "stdout"') == []
    _, problems = check("", account=False)
    assert "MOESIF_APPLICATION_ID" in problems.errors[0].hint
    assert ".secrets.toml" in problems.errors[0].hint


@pytest.mark.parametrize("key", ["APPLICATION_ID", "MASK_HASH_KEY", "BASE_URI"])
@pytest.mark.parametrize("value", ["a secret\n value", 123456789, ["a secret"], True])
def test_no_message_and_no_representation_shows_a_secret(
    check: Check, key: str, value: Any
) -> None:
    settings_, problems = check({key: value})
    shown = " ".join(map(str, problems)) + repr(settings_)
    assert "a secret" not in shown
    assert "123456789" not in shown
    assert "test-application-id" not in shown


def test_the_old_name_of_the_base_uri_is_taken_with_a_warning(check: Check) -> None:
    settings_, problems = check('LOCAL_MOESIF_BASEURL = "http://localhost:1"')
    assert settings_.base_uri == "http://localhost:1"
    assert [(p.severity, p.code, p.key) for p in problems] == [
        ("warning", "deprecated-key", "LOCAL_MOESIF_BASEURL")
    ]
    settings_, _ = check('LOCAL_MOESIF_BASEURL = "http://a"\nBASE_URI = "http://b"')
    assert settings_.base_uri == "http://b"


def test_a_list_that_is_only_partly_sources_is_doubtful(check: Check) -> None:
    settings_, problems = check('[GET_METADATA]\na = [{ header = "b" }, "c"]')
    assert [(p.severity, p.code, p.key) for p in problems] == [
        ("warning", "mixed-list", "GET_METADATA.a")
    ]
    assert settings_.get_metadata == {"a": [{"header": "b"}, "c"]}


def test_rules_come_in_order_without_those_that_are_off_or_wrong(check: Check) -> None:
    written = """
[SKIP.third]
path = "/3"
order = 5
[SKIP.one]
path = "/1"
order = -1
[SKIP.off]
path = "/4"
enabled = false
[SKIP.wrong]
pth = "/5"
[SKIP.second]
path = "/2"
"""
    settings_, _ = check(written)
    rules = settings_.rules["SKIP"]
    assert [(rule.name, rule.table) for rule in rules] == [
        ("one", {"path": "/1"}),
        ("second", {"path": "/2"}),
        ("third", {"path": "/3"}),
    ]
    assert [rule.place.key for rule in rules] == ["SKIP.one", "SKIP.second", "SKIP.third"]


def test_short_forms_have_names_of_their_own(check: Check) -> None:
    settings_, _ = check(
        'API_VERSION = "2"\nSKIP = { path = "/a" }\n'
        'IDENTIFY_USER = [{ header = "b" }, { jwt = "c" }]'
    )
    named = {key: [(r.name, r.table) for r in rules] for key, rules in settings_.rules.items()}
    assert named["API_VERSION"] == [("rule", {"value": "2"})]
    assert named["SKIP"] == [("rule", {"path": "/a"})]
    assert named["IDENTIFY_USER"] == [("rule1", {"header": "b"}), ("rule2", {"jwt": "c"})]
    assert settings_.rules["IDENTIFY_USER"][1].place.key == "IDENTIFY_USER[1]"


def test_callables_of_the_dict_way_stand_under_callable(check: Check) -> None:
    def hook(_: Any) -> None: ...

    keys = ["IDENTIFY_USER", "IDENTIFY_COMPANY", "GET_SESSION_TOKEN", "SKIP", "MASK_EVENT_MODEL"]
    written = dict.fromkeys([*keys, "GET_METADATA"], hook)
    settings_, problems = check(written, from_dict=True)
    assert list(problems) == []
    for key in keys:
        (rule,) = settings_.rules[key]
        assert rule == RuleTable(key, "rule", {"callable": hook}, rule.place)
    assert settings_.get_metadata == {"callable": hook}


def test_a_function_where_none_belongs_is_told(check: Check) -> None:
    written = {"DEBUG": print, "GET_METADATA": {"a": print}, "SKIP": {"path": print}}
    _, problems = check(written, from_dict=True)
    assert {(problem.code, problem.key) for problem in problems} == {
        ("wrong-type", "DEBUG"),
        ("wrong-type", "GET_METADATA.a"),
        ("wrong-type", "SKIP.path"),
    }


def test_none_in_a_dict_means_no_key(check: Check) -> None:
    settings_, problems = check({"SKIP": None, "BATCH_SIZE": None}, from_dict=True)
    assert list(problems) == []
    assert settings_.batch_size == 25


def test_the_dict_way_has_no_presets_unless_it_says_so(check: Check) -> None:
    assert check("")[0].mask_presets == ("credentials",)
    assert check({}, from_dict=True)[0].mask_presets == ()
    assert check({"MASK_PRESETS": ("emails",)}, from_dict=True)[0].mask_presets == ("emails",)


def test_defaults_are_what_the_documents_say(check: Check) -> None:
    settings_, _ = check("")
    for key, value in defaults().items():
        expected = tuple(value) if isinstance(value, list) else value
        assert getattr(settings_, key.lower()) == expected, key
    assert defaults(from_dict=True)["MASK_PRESETS"] == []


@pytest.mark.parametrize(
    "rule",
    [
        {"header": "a", "transform": None},
        {"header": "a", "gt": None},
        {"status": 10**5000},
        {"status": [None]},
        {"path": {"a": 1}},
        {5: "a"},
        {"x" * 100_000: 1},
    ],
    ids=lambda rule: " ".join(map(str, rule))[:20],
)
def test_values_no_file_can_hold_are_told_too(check: Check, rule: dict[Any, Any]) -> None:
    _, problems = check({"SKIP": {"a": rule}})
    assert problems.errors
    assert all(str(problem) for problem in problems)


def test_a_huge_bound_is_a_number(check: Check) -> None:
    assert list(check({"SKIP": {"header": "a", "gt": 10**400}})[1]) == []


def test_a_wrong_value_leaves_the_default(check: Check) -> None:
    settings_, problems = check('BATCH_SIZE = "many"\nMASK_PRESETS = 5')
    assert (settings_.batch_size, settings_.mask_presets) == (25, ("credentials",))
    assert len(problems.errors) == 2


def test_tables_nested_without_end_are_refused(check: Check) -> None:
    deep: dict[str, Any] = {"path": "/a"}
    for _ in range(500):
        deep = {"not": deep}
    _, problems = check({"SKIP": deep, "GET_METADATA": {"a": {"b": deep}}})
    assert {problem.code for problem in problems} == {"too-deep"}


_scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
_keys = st.sampled_from([*sorted(words()), "a", "_when", "key_env"]) | st.text(max_size=5)
_trees = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_keys, inner, max_size=4),
    max_leaves=20,
)
_tops = st.sampled_from([*document("settings"), "NONE", "debug"]) | st.text(max_size=5)


@settings(max_examples=200, deadline=None)
@given(values=st.dictionaries(_tops, _trees, max_size=5), from_dict=st.booleans())
def test_validation_never_raises(check: Check, values: dict[str, Any], from_dict: bool) -> None:
    settings_, problems = check(values, account=False, from_dict=from_dict)
    assert settings_.batch_size >= 1
    for problem in problems:
        assert str(problem)


def test_places_without_an_origin_are_built_in(check: Check) -> None:
    assert Place((), {}).origin is DEFAULT_ORIGIN
