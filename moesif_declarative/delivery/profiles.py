"""Users, companies, subscriptions and actions as Moesif takes them; pure.

Flows in: dicts, moesifapi models or JSON texts. Flows out: plain documents of their own, checked.
The fields are those of https://www.moesif.com/docs/api.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
        raise ProfileError(f"a {kind} is a dict, a model or JSON text, not {_name(profile)}")
    if not isinstance(document, dict):
        raise ProfileError(f"a {kind} could not be read from {_name(profile)}")
    return document


def _of_model(kind: ProfileKind, model: Any) -> Any:
    try:
        members = json_text.plain(model.to_dictionary())
    except Exception as error:
        raise ProfileError(f"a {kind} could not be read from {_name(model)}") from error
    if isinstance(members, dict):
        return {key: value for key, value in members.items() if value is not None}
    return members


def _parse(text: str | bytes, kind: ProfileKind) -> Any:
    try:
        return json_text.parse(text)
    except ValueError:
        # The parser's message may quote the text; it is left out, cause included.
        raise ProfileError(f"a {kind} given as text must be JSON, and this is not") from None


def _check(kind: ProfileKind, document: dict[str, Any]) -> None:
    for field in _REQUIRED[kind]:
        if document.get(field) is None or document[field] == "":
            raise ProfileError(f"{field} is missing: a {kind} must have it")
    for field in _IDS:
        if isinstance(document.get(field), int) and not isinstance(document[field], bool):
            document[field] = str(document[field])
    for field in (*_IDS, *_TEXTS, "action_name"):
        if not isinstance(document.get(field), str | None):
            raise ProfileError(f"{field} must be text, not {_name(document[field])}")
    for field in _OBJECTS:
        if not isinstance(document.get(field), dict | None):
            raise ProfileError(f"{field} must be an object, not {_name(document[field])}")


def _plural(kind: ProfileKind) -> str:
    return "companies" if kind == "company" else f"{kind}s"


def _name(value: Any) -> str:
    return type(value).__name__
