"""Governance: the rules that Moesif serves, and what they say of one request.

Flows in: the JSON of ``/v1/rules``; a request as a `Call` without a response, its user and
company, and the config, which says who falls under which rule. Flows out: a `Verdict`.

What cannot be judged does not apply: a rule whose conditions are broken, one for users while
nobody knows who falls under it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from moesif_declarative.call import Call
from moesif_declarative.served.condition import Group, compile_group
from moesif_declarative.served.config import ServedConfig
from moesif_declarative.served.response import Header, RuleResponse, read_response
from moesif_declarative.served.text import listed

_MOST_RULES: Final = 1_000
_MOST_GROUPS: Final = 100

RuleKind: TypeAlias = Literal["user", "company", "regex"]
_KINDS: Final[tuple[RuleKind, ...]] = ("user", "company", "regex")
"""In their order: what users' rules say goes before what companies' say."""

Identify: TypeAlias = Callable[[str], str | None]
"""Gives the id of the request's user or company, by the name of the setting that finds it."""


@dataclass(frozen=True, slots=True)
class GovernanceRule:
    """One rule that can be judged.

    Attributes:
        id: Moesif's id of it.
        kind: Whom it is about.
        block: Whether it answers the request; else it only adds headers.
        inverted: Whether it is about those who do not fall under it.
        unidentified: Whether it is about requests of nobody known.
        groups: Conditions, any of which must hold; empty: always.
        response: What it says of the response.
    """

    id: str
    kind: RuleKind
    block: bool
    inverted: bool
    unidentified: bool
    groups: tuple[Group, ...]
    response: RuleResponse


@dataclass(frozen=True, slots=True)
class Blocking:
    """The answer to a blocked request.

    Attributes:
        rule: The id of the rule that blocks it.
        status: The status.
        body: The body.
        content_type: Its type, where no header names one.
    """

    rule: str
    status: int
    body: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of a request.

    Attributes:
        headers: The headers of all rules that match; of two of one name, the earlier rule's.
        blocking: What the first blocking rule answers, None where none blocks.
    """

    headers: tuple[Header, ...] = ()
    blocking: Blocking | None = None


PASSES: Final = Verdict()
"""No rule matches."""


@dataclass(frozen=True, slots=True)
class GovernanceRules:
    """The rules in their order: of users, of companies, by what stands in the request."""

    rules: tuple[GovernanceRule, ...] = ()

    def judge(self, call: Call, identify: Identify, config: ServedConfig | None) -> Verdict:
        """Say what the rules mean for a request.

        Args:
            call: The request.
            identify: Gives its user and company; asked once for each that a rule is about.
            config: Who falls under which rule; None while nobody knows.

        Returns:
            The verdict; `PASSES` where no rule matches.
        """
        parties: dict[str, _Party] = {"regex": _Party(None, {})}
        headers: dict[str, Header] = {}
        blocking: Blocking | None = None
        matched = False
        for rule in self.rules:
            party = parties.get(rule.kind)
            if party is None:
                party = parties[rule.kind] = _party(rule.kind, identify, config)
            if not party.falls_under(rule) or not _any_holds(rule.groups, call):
                continue
            matched = True
            values = party.values(rule)
            for name, value in rule.response.filled_headers(values):
                headers.setdefault(name.lower(), (name, value))
            if rule.block and blocking is None:
                response = rule.response
                body = response.filled_body(values)
                blocking = Blocking(rule.id, response.status, body, response.content_type)
        return Verdict(tuple(headers.values()), blocking) if matched else PASSES


@dataclass(frozen=True, slots=True)
class _Party:
    """The user or company of a request, and the rules that it falls under."""

    identity: str | None
    memberships: Mapping[str, Mapping[str, Any]] | None

    def falls_under(self, rule: GovernanceRule) -> bool:
        if rule.kind == "regex":
            return True
        if self.identity is None:
            return rule.unidentified
        if self.memberships is None:
            return False
        return (rule.id in self.memberships) is not rule.inverted

    def values(self, rule: GovernanceRule) -> Mapping[str, Any]:
        return (self.memberships or {}).get(rule.id, {})


def _party(kind: RuleKind, identify: Identify, config: ServedConfig | None) -> _Party:
    identity = identify("IDENTIFY_USER" if kind == "user" else "IDENTIFY_COMPANY")
    if identity is None:
        return _Party(None, {})
    return _Party(identity, None if config is None else config.memberships(kind, identity))


def _any_holds(groups: tuple[Group, ...], call: Call) -> bool:
    return not groups or any(group.holds(call) for group in groups)


def read_rules(document: Any, told: list[str]) -> GovernanceRules | None:
    """Read the governance rules.

    Args:
        document: The JSON as plain values.
        told: Collects the rules that are left out, and why.

    Returns:
        The rules that can be judged; None where the document is no list at all.
    """
    if not isinstance(document, list):
        told.append("it is no list")
        return None
    found = [
        _read_rule(rule, place, told) for place, rule in listed(document, "", _MOST_RULES, told)
    ]
    rules = [rule for rule in found if rule is not None]
    return GovernanceRules(tuple(sorted(rules, key=lambda rule: _KINDS.index(rule.kind))))


def _read_rule(rule: Any, place: str, told: list[str]) -> GovernanceRule | None:
    where = f"rule {place}"
    if not isinstance(rule, dict):
        told.append(f"{where} is no object")
        return None
    name, kind, applied_to = rule.get("_id"), rule.get("type"), rule.get("applied_to")
    if not isinstance(name, str) or not name:
        told.append(f"{where} has no _id")
    elif kind not in _KINDS:
        told.append(f"{where} has no type that is known")
    elif applied_to not in (None, "matching", "not_matching"):
        told.append(f"{where} has no applied_to that is known")
    else:
        groups = _groups(rule.get("regex_config"), f"{where}.regex_config", told)
        if groups is not None:
            return GovernanceRule(
                id=name,
                kind=kind,
                block=rule.get("block") is True,
                inverted=applied_to == "not_matching",
                unidentified=rule.get("applied_to_unidentified") is True,
                groups=groups,
                response=read_response(rule.get("response"), f"{where}.response", told),
            )
    return None


def _groups(value: Any, place: str, told: list[str]) -> tuple[Group, ...] | None:
    """Compile the conditions; None where there were some and none of them can be judged."""
    if value is None or value == []:
        return ()
    entries = listed(value, place, _MOST_GROUPS, told)
    found = [compile_group(entry, where, told) for where, entry in entries]
    groups = tuple(group for group in found if group is not None)
    return groups or None
