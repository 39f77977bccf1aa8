"""Users, companies, subscriptions and actions as Moesif takes them; pure.

Flows in: dicts, moesifapi models or JSON texts. Flows out: plain documents of their own, checked.
The fields are those of https://www.moesif.com/docs/api.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from ipaddress import ip_address
from typing import Any, TypeAlias

from moesif_declarative.call import json_text
from moesif_declarative.delivery.entry import ProfileKind
from moesif_declarative.errors import ProfileError

Profile: TypeAlias = "Mapping[str, Any] | str | bytes | Any"

_REQUIRED: Mapping[ProfileKind, tuple[str, ...]] = {
    "user": ("user_id",),
    "company": ("company_id",),
    "subscription": ("subscription_id", "company_id", "status"),
    "action": ("action_name",),
}
_IDS = ("user_id", "company_id", "subscription_id")
_TEXTS = ("session_token", "ip_address", "user_agent_string", "company_domain", "status")
_OBJECTS = ("metadata", "campaign", "request")
_TIMES = ("modified_time", "current_period_start", "current_period_end")


def read_profiles(
    kind: ProfileKind, profiles: Iterable[Profile] | str | bytes
) -> list[dict[str, Any]]:
    """Read several profiles.

    Args:
        kind: What they describe.
        profiles: Dicts, moesifapi models or JSON texts; or one JSON text, an array or an object.

    Returns:
        Their documents, in order; they share nothing with what was given.

    Raises:
        ProfileError: One is wrong; it names the field and, of several, which one.
    """
    if isinstance(profiles, str | bytes | bytearray):
        parsed = _parse(bytes(profiles) if isinstance(profiles, bytearray) else profiles, kind)
        profiles = parsed if isinstance(parsed, list) else [parsed]
    if isinstance(profiles, Mapping) or not isinstance(profiles, Iterable):
        raise ProfileError(
            f"several {_plural(kind)} are a list, not {_name(profiles)}: put it into [ ]"
        )
    listed = profiles if isinstance(profiles, Sequence) else list(profiles)
    if len(listed) == 1:
        return [read_profile(kind, listed[0])]
    return [read_profile(kind, profile, f"item {at}: ") for at, profile in enumerate(listed)]


def read_profile(kind: ProfileKind, profile: Profile, where: str = "") -> dict[str, Any]:
    """Read one profile.

    Args:
        kind: What it describes.
        profile: A dict, a moesifapi model or JSON text, an object.
        where: What an error's message begins with.

    Returns:
        Its document, which shares nothing with what was given. Times are ISO 8601 text, ids
        are text; fields that are unknown here are kept; of a model, unset ones are left out.

    Raises:
        ProfileError: It is wrong; the message names the field.
    """
    try:
        document = _document(kind, profile)
        _check(kind, document)
    except ProfileError as error:
        if not where:
            raise
        raise ProfileError(f"{where}{error}") from error
    return document


def _document(kind: ProfileKind, profile: Profile) -> dict[str, Any]:
    if isinstance(profile, bytearray):
        profile = bytes(profile)
    if isinstance(profile, str | bytes):
        profile = _parse(profile, kind)
    if isinstance(profile, Mapping):
        document = json_text.plain(profile)
    elif callable(getattr(profile, "to_dictionary", None)):
        document = _of_model(kind, profile)
    else:
        raise ProfileError(f"{_one(kind)} is a dict, a model or JSON text, not {_name(profile)}")
    if not isinstance(document, dict):
        raise ProfileError(f"{_one(kind)} could not be read from {_name(profile)}")
    return document


def _of_model(kind: ProfileKind, model: Any) -> Any:
    try:
        members = json_text.plain(model.to_dictionary())
    except Exception as error:
        raise ProfileError(f"{_one(kind)} could not be read from {_name(model)}") from error
    if not isinstance(members, dict):
        return members
    campaign = members.get("campaign")
    if isinstance(campaign, dict):
        members["campaign"] = _set_ones(campaign)
    return _set_ones(members)


def _set_ones(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _parse(text: str | bytes, kind: ProfileKind) -> Any:
    try:
        return json_text.parse(text)
    except ValueError:
        # The parser's message may quote the text; it is left out, cause included.
        raise ProfileError(f"{_one(kind)} given as text must be JSON, and this is not") from None


def _check(kind: ProfileKind, document: dict[str, Any]) -> None:
    for field in _REQUIRED[kind]:
        if document.get(field) is None or document[field] == "":
            raise ProfileError(f"{field} is missing: {_one(kind)} must have it")
    for field in _IDS:
        if isinstance(document.get(field), int) and not isinstance(document[field], bool):
            document[field] = str(document[field])
    for field in (*_IDS, *_TEXTS, "action_name"):
        if not isinstance(document.get(field), str | None):
            raise ProfileError(f"{field} must be text, not {_name(document[field])}")
    for field in _OBJECTS:
        if not isinstance(document.get(field), dict | None):
            raise ProfileError(f"{field} must be an object, not {_name(document[field])}")
    _check_values(document)


def _check_values(document: dict[str, Any]) -> None:
    """Refuse what Moesif refuses: with one such profile it refuses all that go with it."""
    request = document.get("request") or {}
    for field in _TIMES:
        _check_time(document.get(field), field)
    _check_time(request.get("time"), "request.time")
    for address, field in ((document, "ip_address"), (request, "request.ip_address")):
        _check_address(address.get("ip_address"), field)
    for name, value in (document.get("campaign") or {}).items():
        if not isinstance(value, str | None):
            raise ProfileError(f"campaign.{name} must be text, not {_name(value)}")
    items = document.get("items")
    if items is not None and not (
        isinstance(items, list) and all(isinstance(item, dict) for item in items)
    ):
        raise ProfileError("items must be a list of objects")


def _check_time(value: Any, field: str) -> None:
    if value is None:
        return
    try:
        datetime.fromisoformat(value)
    except (TypeError, ValueError):
        hint = "such as 2026-01-31T12:00:00Z"
        raise ProfileError(f"{field} must be a time in ISO 8601, {hint}") from None


def _check_address(value: Any, field: str) -> None:
    if value is None:
        return
    try:
        ip_address(value if isinstance(value, str) else "")
    except ValueError:
        raise ProfileError(f"{field} must be an IP address, without a port") from None


def _one(kind: ProfileKind) -> str:
    return f"an {kind}" if kind == "action" else f"a {kind}"


def _plural(kind: ProfileKind) -> str:
    return "companies" if kind == "company" else f"{kind}s"


def _name(value: Any) -> str:
    return type(value).__name__
