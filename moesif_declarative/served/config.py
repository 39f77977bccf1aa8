"""Moesif's config: which calls are sampled, and who falls under which governance rule.

Flows in: the JSON of ``/v1/config``; every field may be missing or wrong. Flows out: an
immutable `ServedConfig`, and what of it could not be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from moesif_declarative.call import Call
from moesif_declarative.served.condition import Group, compile_group
from moesif_declarative.served.text import keyed, listed

_MOST_REGEX_RATES: Final = 500
_ALL: Final = 100.0


@dataclass(frozen=True, slots=True)
class RegexRate:
    """A rate for the calls in which a group's patterns are found."""

    group: Group
    rate: float


@dataclass(frozen=True, slots=True)
class ServedConfig:
    """What Moesif's config says.

    Attributes:
        sample_rate: The rate of calls for which no other counts, 0 to 100.
        user_rates: User id to rate, as served.
        company_rates: Company id to rate, as served.
        regex_rates: Rates by what stands in a call; the first that matches counts.
        user_rules: User id to the governance rules that the user falls under, as served; None
            where that cannot be read.
        company_rules: The same for companies.
        block_bots: Whether calls of bots are left out.
        reads_body: Whether a decision may need the request's body.
    """

    sample_rate: float = _ALL
    user_rates: Mapping[str, Any] = field(default_factory=dict)
    company_rates: Mapping[str, Any] = field(default_factory=dict)
    regex_rates: tuple[RegexRate, ...] = ()
    user_rules: Mapping[str, Any] | None = field(default_factory=dict)
    company_rules: Mapping[str, Any] | None = field(default_factory=dict)
    block_bots: bool = False
    reads_body: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        reads_body = any(entry.group.reads_body for entry in self.regex_rates)
        object.__setattr__(self, "reads_body", reads_body)

    @property
    def decides(self) -> bool:
        """Whether any call could be left out."""
        return (
            self.block_bots
            or self.sample_rate < _ALL
            or bool(self.user_rates or self.company_rates or self.regex_rates)
        )

    def rate(self, call: Call, user_id: str | None, company_id: str | None) -> float:
        """Find the sampling rate of a call.

        The user's rate goes before the company's; the smaller of that and the first regex rate
        that matches counts, and the global rate where there is neither.

        Args:
            call: The call.
            user_id: Whose call it is, None where nobody knows.
            company_id: Likewise.

        Returns:
            How many of a hundred such calls are sent, 0 to 100.
        """
        own = _rate_of(self.user_rates, user_id)
        if own is None:
            own = _rate_of(self.company_rates, company_id)
        matching = (entry.rate for entry in self.regex_rates if entry.group.holds(call))
        found = next(matching, None)
        rates = [rate for rate in (own, found) if rate is not None]
        return min(rates, default=self.sample_rate)

    def memberships(self, kind: str, identity: str) -> Mapping[str, Mapping[str, Any]] | None:
        """Find the governance rules that a user or a company falls under.

        Args:
            kind: ``user`` or ``company``.
            identity: The id.

        Returns:
            Rule id to the values that fill its template; None where that cannot be read.
        """
        known = self.user_rules if kind == "user" else self.company_rules
        if known is None:
            return None
        entries = known.get(identity)
        if entries is None:
            return {}
        if not isinstance(entries, list):
            return None
        found: dict[str, Mapping[str, Any]] = {}
        for entry in entries:
            rule = entry.get("rules") if isinstance(entry, dict) else None
            if not isinstance(rule, str):
                return None
            values = entry.get("values")
            found.setdefault(rule, values if isinstance(values, dict) else {})
        return found


def read_config(document: Any, told: list[str]) -> ServedConfig | None:
    """Read the config.

    Args:
        document: The JSON as plain values.
        told: Collects what is left out of it, and why.

    Returns:
        What can be read of it; None where it is no object at all.
    """
    if not isinstance(document, dict):
        told.append("it is no object")
        return None
    rate = rate_from(document.get("sample_rate"))
    if rate is None and document.get("sample_rate") is not None:
        told.append("sample_rate is no number")
    return ServedConfig(
        sample_rate=_ALL if rate is None else rate,
        user_rates=_rates(document, "user_sample_rate", told),
        company_rates=_rates(document, "company_sample_rate", told),
        regex_rates=tuple(_regex_rates(document.get("regex_config"), told)),
        user_rules=keyed(document.get("user_rules"), "user_rules", told),
        company_rules=keyed(document.get("company_rules"), "company_rules", told),
        block_bots=document.get("block_bot_traffic") is True,
    )


def rate_from(value: Any) -> float | None:
    """Read a rate: a number, held between 0 and 100; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return None
    return min(max(float(value), 0.0), _ALL)


def _rate_of(rates: Mapping[str, Any], identity: str | None) -> float | None:
    return None if identity is None else rate_from(rates.get(identity))


def _rates(document: Mapping[str, Any], name: str, told: list[str]) -> Mapping[str, Any]:
    rates = keyed(document.get(name), name, told) or {}
    wrong = sum(rate_from(value) is None for value in rates.values())
    if wrong:
        told.append(f"{wrong} of {name} {'are no numbers' if wrong > 1 else 'is no number'}")
    return rates


def _regex_rates(value: Any, told: list[str]) -> list[RegexRate]:
    found = []
    for place, entry in listed(value, "regex_config", _MOST_REGEX_RATES, told):
        group = compile_group(entry, place, told)
        if group is None:
            continue
        rate = rate_from(entry.get("sample_rate"))
        if rate is None:
            told.append(f"{place}.sample_rate is no number")
        else:
            found.append(RegexRate(group, rate))
    return found
