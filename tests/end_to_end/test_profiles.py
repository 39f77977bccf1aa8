"""Users, companies and subscriptions, through the queue, in every form that they may have."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from moesifapi.models import CampaignModel, CompanyModel, SubscriptionModel, UserModel

from moesif_declarative import ProfileError

USER = {"user_id": "u1", "company_id": "c1", "metadata": {"email": "a@example.com", "n": 1}}
COMPANY = {"company_id": "c1", "company_domain": "example.com"}
SUBSCRIPTION = {"subscription_id": "s1", "company_id": "c1", "status": "active"}


def test_profiles_arrive_as_dicts_models_and_json_text(start_api: Callable[..., Any]) -> None:
    api = start_api()
    moesif, collector = api.moesif, api.collector
    moesif.update_user(USER)
    campaign = CampaignModel(utm_source="letter")
    second = UserModel(user_id="u2", campaign=campaign)
    moesif.update_users_batch([second, json.dumps({"user_id": "u3"})])
    moesif.update_company(json.dumps(COMPANY))
    moesif.update_companies_batch([CompanyModel(company_id="c2"), {"company_id": "c3"}])
    moesif.update_subscription(SUBSCRIPTION)
    moesif.update_subscriptions_batch(
        [SubscriptionModel(subscription_id="s2", company_id="c1", status="active")]
    )
    assert moesif.flush(10)
    assert [user["user_id"] for user in collector.users(3)] == ["u1", "u2", "u3"]
    assert collector.users(3)[0] == USER
    assert collector.users(3)[1] == {"user_id": "u2", "campaign": {"utm_source": "letter"}}
    assert [company["company_id"] for company in collector.companies(3)] == ["c1", "c2", "c3"]
    assert [found["subscription_id"] for found in collector.subscriptions(2)] == ["s1", "s2"]


@pytest.mark.parametrize(
    ("method", "wrong", "field"),
    [
        ("update_user", {}, "user_id"),
        ("update_user", {"user_id": ""}, "user_id"),
        ("update_user", "{", "JSON"),
        ("update_user", [1], "dict"),
        ("update_user", None, "dict"),
        ("update_users_batch", [{"user_id": "x"}, {}], "user_id"),
        ("update_company", {"company_domain": "x"}, "company_id"),
        ("update_subscription", {"subscription_id": "s"}, "company_id"),
        ("update_user", {**USER, "modified_time": "lately"}, "modified_time"),
        ("update_company", {**COMPANY, "modified_time": 1767225600}, "modified_time"),
        ("update_user", {**USER, "ip_address": "203.0.113.7:80"}, "ip_address"),
        ("update_user", {**USER, "campaign": {"utm_source": 5}}, "campaign.utm_source"),
        ("update_users_batch", [USER, {**USER, "campaign": {"gclid": []}}], "item 1: campaign"),
        ("update_subscription", {**SUBSCRIPTION, "current_period_start": ""}, "period_start"),
        ("update_subscription", {**SUBSCRIPTION, "items": {}}, "items"),
        ("update_subscription", {**SUBSCRIPTION, "items": ["price"]}, "items"),
        ("send_action", {"action_name": "a", "request": {"time": 5}}, "request.time"),
        ("send_action", {"action_name": "a", "request": {"ip_address": 1}}, "request.ip_address"),
    ],
)
def test_wrong_input_is_refused_by_field(
    start_api: Callable[..., Any], method: str, wrong: Any, field: str
) -> None:
    api = start_api()
    with pytest.raises(ProfileError, match=field) as caught:
        getattr(api.moesif, method)(wrong)
    assert isinstance(caught.value, ValueError)
