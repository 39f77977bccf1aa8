"""What rules are compiled to: closures over a call, and what each of them needs.

Flows in: nothing at request time but a `Call`. Flows out: a value, or a verdict.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from moesif_declarative.call import Call
from moesif_declarative.errors import MoesifError, Problems


class Needs(enum.Flag):
    """What a closure reads, which decides where and when it may run."""

    NOTHING = 0
    HANDLER = enum.auto()
    """The Tornado handler: it runs on the loop, while the handler is at hand."""
    BODY = enum.auto()
    """A parsed body: dear, so rather off the loop."""
    IDENTITY = enum.auto()
    """What other hooks put into the event document (``$.user_id``): it runs after them."""
    RESPONSE = enum.auto()
    """The response: before that is there, it gives nothing that would last."""


class CallableFailedError(MoesifError):
    """A user's callable raised, or returned what it must not.

    Raised by `Source.read` and `Condition.holds` with the fault as its ``__cause__``; whoever
    runs the rule decides what that means (a hook: no value; a mask: fail closed).

    Attributes:
        default: What the source's ``default`` gives in place of the value, None without one.
    """

    default: Any = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value comes from.

    Attributes:
        read: Gives the value for a call, None for no value. Raises `CallableFailedError` and
            nothing else.
        needs: What it reads.
        text: The source as the user wrote it, on one line, for `explain`.
        why: Says why a call has no value, for `explain`; never the value itself. May raise what
            `read` raises.
    """

    read: Callable[[Call], Any]
    needs: Needs
    text: str
    why: Callable[[Call], str] = lambda _call: "there is none"


@dataclass(frozen=True, slots=True)
class Condition:
    """When a rule applies.

    Attributes:
        holds: Gives the verdict for a call. Raises `CallableFailedError` and nothing else.
        needs: What it reads.
        text: The condition as the user wrote it, on one line, for `explain`.
        why: Names the part that makes it false for a call, for `explain`; None: the whole.
    """

    holds: Callable[[Call], bool]
    needs: Needs
    text: str
    why: Callable[[Call], str] | None = None

    def why_not(self, call: Call) -> str:
        """Write what makes the condition false for a call."""
        return self.text if self.why is None else self.why(call)


@dataclass(frozen=True, slots=True)
class Scope:
    """What the compilers of one start share.

    Attributes:
        problems: Collects what is wrong with the rules; a compiler adds to it and goes on.
        variables: The process's environment with `.env`'s ``MOESIF_*`` lines under it.
        environment: The settings environment (``production``).
        authorization_headers: Header names that carry credentials, in order, as
            ``AUTHORIZATION_HEADER_NAME`` names them; empty: turned off.
        user_id_field: ``AUTHORIZATION_USER_ID_FIELD``.
        hash_key: ``MASK_HASH_KEY`` as bytes, None without one.
    """

    problems: Problems
    variables: Mapping[str, str]
    environment: str
    authorization_headers: tuple[str, ...] = ("authorization",)
    user_id_field: str = "sub"
    hash_key: bytes | None = None
