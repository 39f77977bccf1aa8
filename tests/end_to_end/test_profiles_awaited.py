"""Profiles and actions from coroutines: awaited until they have arrived, on a loop that is free."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from moesif_declarative import ProfileError
from tests.conftest import wait_until

USER = {"user_id": "u1"}
COMPANY = {"company_id": "c1"}
SUBSCRIPTION = {"subscription_id": "s1", "company_id": "c1", "status": "active"}
ACTION = {"action_name": "Signed Up", "user_id": "u1", "metadata": {"plan": "free"}}
STAMPED = {
    **ACTION,
    "transaction_id": "11111111-2222-4333-8444-555555555555",
    "request": {"time": "2026-01-02T03:04:05.678Z", "uri": "https://shop.test/cart"},
}


@dataclass(frozen=True)
class Case:
    id: str
    method: str
    given: Any
    plural: str
    expected: list[dict[str, Any]]


CASES = [
    Case("a user", "update_user_async", USER, "users", [USER]),
    Case("users", "update_users_batch_async", [USER, {"user_id": "u2"}], "users",
         [USER, {"user_id": "u2"}]),
    Case("a company", "update_company_async", COMPANY, "companies", [COMPANY]),
    Case("companies", "update_companies_batch_async", [COMPANY], "companies", [COMPANY]),
    Case("a subscription", "update_subscription_async", SUBSCRIPTION, "subscriptions",
         [SUBSCRIPTION]),
    Case("subscriptions", "update_subscriptions_batch_async", [SUBSCRIPTION], "subscriptions",
         [SUBSCRIPTION]),
    Case("an action", "send_action_async", STAMPED, "actions", [STAMPED]),
    Case("actions", "send_actions_batch_async", [STAMPED], "actions", [STAMPED]),
    Case("none at all", "send_actions_batch_async", [], "actions", []),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_what_was_awaited_has_arrived(
    start_api: Callable[..., Any], collector: Any, case: Case
) -> None:
    moesif = start_api(EVENT_BATCH_TIMEOUT=0.05).moesif
    assert asyncio.run(getattr(moesif, case.method)(case.given)) is True
    assert collector.documents(case.plural) == case.expected


def test_actions_arrive_from_anywhere(start_api: Callable[..., Any], collector: Any) -> None:
    moesif = start_api().moesif
    moesif.send_action(STAMPED)
    moesif.send_actions_batch([STAMPED, '{"action_name": "Left", "request": {"uri": "/"}}'])
    assert moesif.flush(10)
    first, second = collector.documents("actions", 2)  # one came again, and was known by its id
    assert first == STAMPED
    assert second["request"].keys() == {"uri", "time"}
    assert len(second["transaction_id"]) == 36


def test_actions_that_do_not_say_so_are_of_now_and_each_is_another(
    start_api: Callable[..., Any], collector: Any
) -> None:
    moesif = start_api().moesif
    moesif.send_actions_batch([ACTION, ACTION])
    assert moesif.flush(10)
    first, second = collector.documents("actions", 2)
    assert first["transaction_id"] != second["transaction_id"]
    for action in (first, second):
        assert action.pop("transaction_id")
        assert action.pop("request").keys() == {"time"}
        assert action == ACTION


@pytest.mark.parametrize(
    ("method", "wrong", "message"),
    [
        ("update_user_async", {}, "user_id"),
        ("update_users_batch_async", [USER, {}], "item 1: user_id"),
        ("send_action_async", {"user_id": "u1"}, "action_name is missing: an action must have it"),
        ("send_action_async", {"action_name": 1}, "action_name"),
        ("send_action_async", {"action_name": "a", "request": "now"}, "request"),
        ("send_actions_batch_async", [ACTION, {}], "item 1: action_name"),
    ],
)
def test_wrong_input_is_told_where_it_is_awaited(
    start_api: Callable[..., Any], collector: Any, method: str, wrong: Any, message: str
) -> None:
    moesif = start_api().moesif
    with pytest.raises(ProfileError, match=message):
        asyncio.run(getattr(moesif, method)(wrong))
    assert moesif.flush(10)
    assert collector.stats()["users"] == collector.stats()["actions"] == 0


def test_what_is_refused_is_told_as_not_delivered(
    start_api: Callable[..., Any], collector: Any
) -> None:
    moesif = start_api(EVENT_BATCH_TIMEOUT=0.05).moesif
    collector.put_chaos("400", mark="u1")
    assert asyncio.run(moesif.update_user_async(USER)) is False


def test_what_close_has_to_leave_behind_is_told_as_not_delivered(
    start_api: Callable[..., Any], collector: Any
) -> None:
    moesif = start_api().moesif
    collector.put_chaos("500")

    async def update_and_close() -> tuple[bool, bool, bool]:
        updates = asyncio.gather(moesif.update_user_async(USER), moesif.send_action_async(ACTION))
        await asyncio.sleep(0)
        closed = await moesif.close_async(0.2)
        first, second = await updates
        return closed, first, second

    assert asyncio.run(update_and_close()) == (False, False, False)
    assert asyncio.run(moesif.update_user_async(USER)) is False


def test_a_thousand_wait_at_once_on_few_threads(
    start_api: Callable[..., Any], collector: Any
) -> None:
    moesif = start_api(BATCH_SIZE=100).moesif
    before = threading.active_count()
    most = 0

    async def update_all() -> list[bool]:
        nonlocal most
        waiting = [
            *(moesif.update_user_async({"user_id": f"u{number}"}) for number in range(1000)),
            *(moesif.flush_async(30) for _ in range(1000)),
        ]
        gathered = asyncio.gather(*waiting)
        while not gathered.done():
            most = max(most, threading.active_count())
            await asyncio.sleep(0.001)
        return await gathered

    assert asyncio.run(update_all()) == [True] * 2000
    assert len({user["user_id"] for user in collector.users(1000)}) == 1000
    assert most - before <= 10


def test_the_loop_goes_on_while_the_collector_hangs(
    start_api: Callable[..., Any], collector: Any
) -> None:
    moesif = start_api(EVENT_BATCH_TIMEOUT=0.05).moesif
    collector.put_chaos("500", times=2)
    turns = 0

    async def watch() -> bool:
        nonlocal turns
        update = asyncio.ensure_future(moesif.update_user_async(USER))
        while not update.done():
            turns += 1
            await asyncio.sleep(0.001)
        return bool(await update)

    assert asyncio.run(watch()) is True
    assert turns > 10


def test_who_stops_waiting_takes_nothing_back(
    start_api: Callable[..., Any], collector: Any
) -> None:
    moesif = start_api().moesif

    async def give_up() -> None:
        update = asyncio.ensure_future(moesif.update_user_async(USER))
        await asyncio.sleep(0)
        update.cancel()
        await asyncio.gather(update, return_exceptions=True)
        assert update.cancelled()

    asyncio.run(give_up())
    assert moesif.flush(10)
    assert collector.users(1) == [USER]


@pytest.mark.parametrize(("timeout", "expected"), [(10, True), (0, False), (0.05, False)])
def test_a_flush_is_awaited_within_its_time(
    start_api: Callable[..., Any], collector: Any, timeout: float, expected: bool
) -> None:
    moesif = start_api().moesif
    if not expected:
        collector.put_chaos("500")
    moesif.update_user(USER)
    assert asyncio.run(moesif.flush_async(timeout)) is expected
    collector.put_chaos("off")


def test_flushes_of_several_loops_are_told_to_each(start_api: Callable[..., Any]) -> None:
    moesif = start_api().moesif
    moesif.update_user(USER)
    told: list[bool] = []
    threads = [
        threading.Thread(target=lambda: told.append(asyncio.run(moesif.flush_async(10))))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == [True] * 4


def test_closing_is_awaited_and_ends_the_threads(
    start_api: Callable[..., Any], collector: Any
) -> None:
    before = threading.active_count()
    moesif = start_api().moesif
    moesif.update_user(USER)
    assert asyncio.run(moesif.close_async(10)) is True
    assert asyncio.run(moesif.close_async(10)) is True
    assert collector.users(1) == [USER]
    assert wait_until(lambda: threading.active_count() <= before + 1)  # that of the server
