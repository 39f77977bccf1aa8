from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moesifapi.models import CampaignModel, CompanyModel, SubscriptionModel, UserModel

from moesif_declarative.delivery.entry import PROFILE_KINDS, ProfileKind
from moesif_declarative.delivery.profiles import read_profile, read_profiles
from moesif_declarative.errors import ProfileError

NOON = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC)


@dataclass(frozen=True)
class Case:
    id: str
    kind: ProfileKind
    profile: Any
    document: dict[str, Any]


CASES = [
    Case("a_dict", "user", {"user_id": "u1"}, {"user_id": "u1"}),
    Case("unknown_keys_are_kept", "user", {"user_id": "u", "x": [1]}, {"user_id": "u", "x": [1]}),
    Case("a_number_as_id_is_text", "user", {"user_id": 12}, {"user_id": "12"}),
    Case(
        "times_are_iso",
        "company",
        {"company_id": "c", "modified_time": NOON},
        {"company_id": "c", "modified_time": "2026-03-01T12:00:00+00:00"},
    ),
    Case(
        "json_text",
        "user",
        '{"user_id": "u", "metadata": {"a": 1}}',
        {"user_id": "u", "metadata": {"a": 1}},
    ),
    Case("json_bytes", "user", b'{"user_id": "u"}', {"user_id": "u"}),
    Case(
        "a_user_model",
        "user",
        UserModel(user_id="u", modified_time=NOON, campaign=CampaignModel(utm_source="s")),
        {
            "user_id": "u",
            "modified_time": "2026-03-01T12:00:00+00:00",
            "campaign": {"utm_source": "s"},
        },
    ),
    Case("a_company_model", "company", CompanyModel(company_id="c"), {"company_id": "c"}),
    Case(
        "a_subscription_model",
        "subscription",
        SubscriptionModel(subscription_id="s", company_id="c", status="active"),
        {"subscription_id": "s", "company_id": "c", "status": "active"},
    ),
    Case("an_action", "action", {"action_name": "Signed Up"}, {"action_name": "Signed Up"}),
    Case(
        "values_that_are_no_json",
        "user",
        {"user_id": "u", "metadata": {"s": {1}, "n": float("nan")}},
        {"user_id": "u", "metadata": {"s": [1], "n": None}},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_profile_is_read(case: Case) -> None:
    assert read_profile(case.kind, case.profile) == case.document


@dataclass(frozen=True)
class Wrong:
    id: str
    kind: ProfileKind
    profiles: Any
    message: str


WRONG = [
    Wrong("user_without_id", "user", [{}], "user_id is missing: a user must have it"),
    Wrong(
        "user_with_empty_id", "user", [{"user_id": ""}], "user_id is missing: a user must have it"
    ),
    Wrong(
        "user_with_null_id", "user", [{"user_id": None}], "user_id is missing: a user must have it"
    ),
    Wrong("id_of_wrong_type", "user", [{"user_id": ["u"]}], "user_id must be text, not list"),
    Wrong("id_true", "user", [{"user_id": True}], "user_id must be text, not bool"),
    Wrong(
        "company_without_id",
        "company",
        ['{"user_id": "u"}'],
        "company_id is missing: a company must have it",
    ),
    Wrong(
        "subscription_without_company",
        "subscription",
        [{"subscription_id": "s", "status": "x"}],
        "company_id is missing: a subscription must have it",
    ),
    Wrong(
        "subscription_without_status",
        "subscription",
        [{"subscription_id": "s", "company_id": "c"}],
        "status is missing: a subscription must have it",
    ),
    Wrong(
        "metadata_that_is_text",
        "user",
        [{"user_id": "u", "metadata": "m"}],
        "metadata must be an object, not str",
    ),
    Wrong(
        "model_of_another_kind",
        "user",
        [CompanyModel(company_id="c")],
        "user_id is missing: a user must have it",
    ),
    Wrong("not_json", "user", ["{secret"], "a user given as text must be JSON, and this is not"),
    Wrong(
        "json_that_is_no_object",
        "user",
        ["[1]"],
        "a user is a dict, a model or JSON text, not list",
    ),
    Wrong("nothing", "user", [None], "a user is a dict, a model or JSON text, not NoneType"),
    Wrong("a_number", "user", [7], "a user is a dict, a model or JSON text, not int"),
    Wrong(
        "a_dict_for_several",
        "company",
        {"company_id": "c"},
        "several companies are a list, not dict: put it into [ ]",
    ),
    Wrong(
        "none_for_several", "user", None, "several users are a list, not NoneType: put it into [ ]"
    ),
    Wrong(
        "the_item_is_named",
        "user",
        [{"user_id": "u"}, {}],
        "item 1: user_id is missing: a user must have it",
    ),
    Wrong(
        "the_item_is_named_in_json",
        "user",
        '[{"user_id": "u"}, {"user_id": {}}]',
        "item 1: user_id must be text, not dict",
    ),
]


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case.id)
def test_a_wrong_profile_is_refused_naming_the_field(case: Wrong) -> None:
    with pytest.raises(ProfileError) as caught:
        read_profiles(case.kind, case.profiles)
    assert str(caught.value) == case.message
    assert isinstance(caught.value, ValueError)


def test_a_model_that_raises_is_refused() -> None:
    class Broken:
        def to_dictionary(self) -> dict[str, Any]:
            raise RuntimeError("secret")

    with pytest.raises(ProfileError, match=r"^a user could not be read from Broken$"):
        read_profile("user", Broken())


def test_several_come_as_a_list_a_generator_or_a_json_array() -> None:
    expected = [{"user_id": "a"}, {"user_id": "b"}]
    assert read_profiles("user", expected) == expected
    assert read_profiles("user", ({"user_id": name} for name in "ab")) == expected
    assert read_profiles("user", '[{"user_id": "a"}, {"user_id": "b"}]') == expected
    assert read_profiles("user", []) == []


def test_nothing_that_was_given_is_changed_or_shared() -> None:
    inner = {"plan": "gold"}
    given_profile = {"user_id": 1, "metadata": inner}
    document = read_profile("user", given_profile)
    inner["plan"] = "lead"
    assert document == {"user_id": "1", "metadata": {"plan": "gold"}}
    assert given_profile["user_id"] == 1


@given(
    st.sampled_from(PROFILE_KINDS),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["user_id", "company_id", "status", "x"]), inner, max_size=3
            )
        ),
        max_leaves=8,
    ),
)
def test_any_input_gives_documents_or_a_profile_error(kind: ProfileKind, value: Any) -> None:
    try:
        documents = read_profiles(kind, value)
    except ProfileError:
        return
    assert all(isinstance(document, dict) for document in documents)
