"""Users, companies, subscriptions and actions, as the application hands them over.

Flows in: dicts, moesifapi models and JSON text, from any thread or coroutine. Flows out: the same,
through the queue, to Moesif.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from moesif_declarative.call.times import iso_time
from moesif_declarative.call.transaction import fresh_transaction_id
from moesif_declarative.delivery import Delivery, ProfileKind, read_profiles

Profile: TypeAlias = "Mapping[str, Any] | str | bytes | Any"
Profiles: TypeAlias = "Sequence[Profile] | str | bytes"

_AT_ONCE: Final = 100
"""How many a coroutine puts before it lets others on its loop go on."""


class ProfileUpdates:
    """The methods that create and update profiles, and send actions.

    Those that end in ``_async`` are coroutines. What they await is the collector's answer: they
    return True when everything they were given was delivered, and False when anything was finally
    dropped: refused, or left over at `close`. That may take as long as an outage does; who stops
    waiting (``asyncio.wait_for``) takes nothing back. Neither kind ever waits for the network on
    the loop, and all of one kind arrive in the order in which they were given.

    Args:
        delivery: What delivers them.
    """

    def __init__(self, delivery: Delivery[Any]) -> None:
        self._profiles = delivery

    def update_user(self, profile: Profile) -> None:
        """Create or update a user, through the queue.

        Args:
            profile: A dict, a moesifapi ``UserModel`` or JSON text; ``user_id`` is required.

        Raises:
            ProfileError: A field is missing or of the wrong type; it names the field.
        """
        self._put("user", [profile])

    def update_users_batch(self, profiles: Profiles) -> None:
        """Create or update users, all or none; see `update_user`."""
        self._put("user", profiles)

    def update_company(self, profile: Profile) -> None:
        """Create or update a company; ``company_id`` is required; see `update_user`."""
        self._put("company", [profile])

    def update_companies_batch(self, profiles: Profiles) -> None:
        """Create or update companies, all or none; see `update_company`."""
        self._put("company", profiles)

    def update_subscription(self, profile: Profile) -> None:
        """Create or update a subscription; see `update_user`.

        ``subscription_id``, ``company_id`` and ``status`` are required.
        """
        self._put("subscription", [profile])

    def update_subscriptions_batch(self, profiles: Profiles) -> None:
        """Create or update subscriptions, all or none; see `update_subscription`."""
        self._put("subscription", profiles)

    def send_action(self, action: Profile) -> None:
        """Send an action: what a user has done that is no API call.

        Args:
            action: A dict or JSON text; ``action_name`` is required. It may have ``user_id``,
                ``company_id``, ``session_token``, ``metadata`` and ``request`` (``uri``,
                ``ip_address``, ``user_agent_string``, …). Without a ``request.time`` it is of
                now; without a ``transaction_id``, by which Moesif knows an action that comes
                again, it gets one.

        Raises:
            ProfileError: A field is missing or of the wrong type; it names the field.
        """
        self._put("action", [action])

    def send_actions_batch(self, actions: Profiles) -> None:
        """Send actions, all or none; see `send_action`."""
        self._put("action", actions)

    async def update_user_async(self, profile: Profile) -> bool:
        """Create or update a user; True when Moesif has it; see `update_user`."""
        return await self._arrival("user", [profile])

    async def update_users_batch_async(self, profiles: Profiles) -> bool:
        """Create or update users; True when Moesif has all of them; see `update_user`."""
        return await self._arrival("user", profiles)

    async def update_company_async(self, profile: Profile) -> bool:
        """Create or update a company; True when Moesif has it; see `update_company`."""
        return await self._arrival("company", [profile])

    async def update_companies_batch_async(self, profiles: Profiles) -> bool:
        """Create or update companies; True when Moesif has all of them; see `update_company`."""
        return await self._arrival("company", profiles)

    async def update_subscription_async(self, profile: Profile) -> bool:
        """Create or update a subscription; True when Moesif has it; see `update_subscription`."""
        return await self._arrival("subscription", [profile])

    async def update_subscriptions_batch_async(self, profiles: Profiles) -> bool:
        """Create or update subscriptions; True when Moesif has all; see `update_subscription`."""
        return await self._arrival("subscription", profiles)

    async def send_action_async(self, action: Profile) -> bool:
        """Send an action; True when Moesif has it; see `send_action`."""
        return await self._arrival("action", [action])

    async def send_actions_batch_async(self, actions: Profiles) -> bool:
        """Send actions; True when Moesif has all of them; see `send_action`."""
        return await self._arrival("action", actions)

    def _put(self, kind: ProfileKind, profiles: Profiles) -> None:
        for document in _read(kind, profiles):
            self._profiles.put_profile(kind, document)

    async def _arrival(self, kind: ProfileKind, profiles: Profiles) -> bool:
        documents = _read(kind, profiles)
        arrival = _Arrival(asyncio.get_running_loop(), len(documents))
        for number, document in enumerate(documents, start=1):
            self._profiles.put_profile(kind, document, arrival.told)
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)
        return await arrival.future


class _Arrival:
    """What becomes of some profiles, told to the coroutine that waits for them.

    Args:
        loop: Its loop.
        count: How many they are.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, count: int) -> None:
        self._loop = loop
        self._left = count
        self._all_delivered = True
        self.future: asyncio.Future[bool] = loop.create_future()
        if not count:
            self.future.set_result(True)

    def told(self, delivered: bool) -> None:
        """Take in what became of one of them, from any thread."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
            self._loop.call_soon_threadsafe(self._note, delivered)

    def _note(self, delivered: bool) -> None:
        self._left -= 1
        self._all_delivered &= delivered
        if not self._left and not self.future.done():
            self.future.set_result(self._all_delivered)


def _read(kind: ProfileKind, profiles: Profiles) -> list[dict[str, Any]]:
    documents = read_profiles(kind, profiles)
    return [_stamped(action) for action in documents] if kind == "action" else documents


def _stamped(action: dict[str, Any]) -> dict[str, Any]:
    """Say when an action was, and which it is: it may arrive much later, or more than once."""
    request = action.get("request") or {}
    if request.get("time") is None:
        action["request"] = {**request, "time": iso_time(time.time())}
    if action.get("transaction_id") is None:
        action["transaction_id"] = fresh_transaction_id()
    return action
