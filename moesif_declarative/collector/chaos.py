"""Faults that the collector commits on purpose, so that a client's delivery can be tested.

Flows in: a plan, and each request to Moesif's API. Flows out: the blow that this request is
dealt, if any.
"""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Literal, cast

_MODES: Final = ("off", "400", "413", "reset", "hang", "slow", "half", "random")
_RANDOM: Final = ("500", "429", "503", "reset", "slow", "half")
_KEEPING: Final = frozenset({"slow", "half"})

MODES_HELP: Final = (
    "500 (or another status from 401 to 599), 429:SECONDS (with Retry-After), 400:MARK (where "
    "the text MARK stands in what is posted), 413:BYTES (where more is posted), reset, "
    "hang:SECONDS, slow:SECONDS, half (of an answer), random"
)


class ChaosError(ValueError):
    """A plan that cannot be read; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the collector does wrong, to which requests.

    Attributes:
        mode: ``off``; a status from 401 to 599 as text; ``400`` for posts that hold `mark`;
            ``413`` for posts of more than `over_bytes`; ``reset`` (the connection); ``hang``
            (no answer for `seconds`, then the connection closes); ``slow`` (a good answer after
            `seconds`); ``half`` (of a good answer, then the connection closes); ``random``
            (one of the others).
        rate: The share of requests that is hit, 0 to 1.
        times: How many requests are hit before the mode goes off; None: without end.
        on: Whether ``posts``, ``reads`` (config and rules) or ``all`` requests are hit.
        seconds: How long ``hang`` and ``slow`` take; the default is 600 and 1.
        retry_after: The Retry-After header of a status, as it is sent; None: 1 for ``429``, else
            no header.
        mark: The text that ``400`` looks for.
        over_bytes: How large a decompressed body may be before ``413``.
        keep: Whether a post that is hit is kept all the same; None: by ``slow`` and ``half``.
        seed: Makes `rate` and ``random`` repeatable.
    """

    mode: str = "off"
    rate: float = 1.0
    times: int | None = None
    on: Literal["posts", "reads", "all"] = "all"
    seconds: float | None = None
    retry_after: str | None = None
    mark: str = "chaos-400"
    over_bytes: int = 10_000
    keep: bool | None = None
    seed: int | None = None

    def __post_init__(self) -> None:
        for name, kinds in _KINDS.items():
            value = getattr(self, name)
            if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
                raise ChaosError(f"{name} cannot be {value!r}")
        if self.mode not in _MODES and not _is_status(self.mode):
            raise ChaosError(f"mode {self.mode!r} is not one of: off, {MODES_HELP}")
        if any(character in "\r\n" for character in self.retry_after or ""):
            raise ChaosError("retry_after cannot hold line breaks")
        if self.on not in {"posts", "reads", "all"}:
            raise ChaosError(f"on {self.on!r} is not one of: posts, reads, all")
        if not 0 <= self.rate <= 1:
            raise ChaosError("rate must lie between 0 and 1")
        if min(self.times or 0, self.seconds or 0, self.over_bytes) < 0:
            raise ChaosError("times, seconds and over_bytes must not be negative")


_KINDS: Final[dict[str, tuple[type, ...]]] = {
    "mode": (str,),
    "rate": (int, float),
    "times": (int, type(None)),
    "on": (str,),
    "seconds": (int, float, type(None)),
    "retry_after": (str, type(None)),
    "mark": (str,),
    "over_bytes": (int,),
    "keep": (bool, type(None)),
    "seed": (int, type(None)),
}


@dataclass(frozen=True, slots=True)
class Blow:
    """What happens to one request.

    Attributes:
        kind: How it is answered; ``status`` with `status` and `retry_after`.
        status: The status of the answer, 0 where `kind` is no status.
        retry_after: The Retry-After header, None without one.
        seconds: How long it takes.
        keep: Whether what was posted is kept.
    """

    kind: Literal["status", "reset", "hang", "slow", "half"]
    status: int
    retry_after: str | None
    seconds: float
    keep: bool


class Chaos:
    """Deals blows as the present plan says.

    Attributes:
        plan: The present plan; set it with `follow`.
        hits: How many requests were hit since the plan was set.
    """

    def __init__(self, plan: Plan) -> None:
        """Start with a plan; ``Plan()`` harms nobody."""
        self.follow(plan)

    def follow(self, plan: Plan) -> None:
        """Follow another plan, its hits counted from zero."""
        self.plan = plan
        self.hits = 0
        self._random = random.Random(plan.seed)  # noqa: S311

    def strike(self, body: bytes | None) -> Blow | None:
        """Decide what happens to a request.

        Args:
            body: What was posted, decompressed; None for a read.

        Returns:
            The blow, None where the request is to be answered as usual.
        """
        plan = self.plan
        if plan.mode == "off" or plan.on == ("posts" if body is None else "reads"):
            return None
        if plan.times is not None and self.hits >= plan.times:
            return None
        if plan.mode == "400" and (body is None or plan.mark.encode() not in body):
            return None
        if plan.mode == "413" and (body is None or len(body) <= plan.over_bytes):
            return None
        if plan.rate < 1 and self._random.random() >= plan.rate:
            return None
        self.hits += 1
        return self._blow(self._random.choice(_RANDOM) if plan.mode == "random" else plan.mode)

    def _blow(self, mode: str) -> Blow:
        plan = self.plan
        keep = mode in _KEEPING if plan.keep is None else plan.keep
        if mode.isdigit():
            retry_after = plan.retry_after or ("1" if mode == "429" else None)
            return Blow("status", int(mode), retry_after, 0.0, keep)
        usual = 600.0 if mode == "hang" else 1.0
        seconds = usual if plan.seconds is None else float(plan.seconds)
        kind = cast("Literal['reset', 'hang', 'slow', 'half']", mode)
        return Blow(kind, 0, None, seconds, keep)

    def describe(self) -> dict[str, Any]:
        """Give the plan and its hits as JSON."""
        return {**asdict(self.plan), "hits": self.hits}


def plan_from_json(value: Any) -> Plan:
    """Read a plan from a JSON object that bears the names of `Plan`'s attributes.

    Raises:
        ChaosError: It is no such object.
    """
    if not isinstance(value, dict):
        raise ChaosError('a JSON object is expected, such as {"mode": "500"}')
    known = [field.name for field in fields(Plan)]
    unknown = sorted(value.keys() - set(known))
    if unknown:
        raise ChaosError(f"{unknown[0]!r} is not known; known are {', '.join(known)}")
    return Plan(**value)


def plan_from_text(text: str) -> Plan:
    """Read a plan from the command line's ``MODE`` or ``MODE:ARGUMENT``.

    Raises:
        ChaosError: It is no such text.
    """
    mode, colon, argument = text.partition(":")
    if not colon:
        return Plan(mode)
    try:
        match mode:
            case "slow" | "hang":
                return Plan(mode, seconds=float(argument))
            case "413":
                return Plan(mode, over_bytes=int(argument))
            case "400":
                return Plan(mode, mark=argument)
            case _ if _is_status(mode):
                return Plan(mode, retry_after=argument)
    except ValueError as error:
        raise ChaosError(f"{argument!r} is no number that {mode} can take") from error
    raise ChaosError(f"mode {mode!r} takes no argument; modes are {MODES_HELP}")


def _is_status(mode: str) -> bool:
    return len(mode) == 3 and mode.isascii() and mode.isdigit() and 400 < int(mode) < 600
