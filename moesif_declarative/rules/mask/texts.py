"""Detectors at work on one text of the event: as it stands, and with percent-encoding resolved.

Flows in: one text and the detectors that look at it, in their order. Flows out: the text with
all they found masked.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

from moesif_declarative.rules.mask.action import Action
from moesif_declarative.rules.mask.names import readings
from moesif_declarative.rules.mask.result import MaskRule
from moesif_declarative.rules.mask.scan import Scan
from moesif_declarative.rules.mask.text import Detector
from moesif_declarative.rules.mask.text.sign import Sign
from moesif_declarative.rules.mask.work import Trail, Work

_PIECES: Final = re.compile(r"([/?#&;=,\s\"<>]+)")
_PERCENT: Final = re.compile(r"%[0-9A-Fa-f]{2}")
# What a decoded piece may hold as it is when it is written back: nothing that would divide it.
_SAFE: Final = "[]*:@!$'()~._-|"
_ROUNDS: Final = 5


@dataclass(frozen=True, slots=True)
class TextTarget:
    """A rule that looks inside texts.

    Attributes:
        rule: The rule.
        action: What happens to each match.
        detectors: What it looks for.
        places: Where it looks: ``request.uri``, ``request.headers``, ``request.body``,
            ``response.headers``, ``response.body``, ``metadata``, ``user_id``, ``company_id``,
            ``session_token``, ``subscription_id``, ``action_name``, ``trace_id``,
            ``request.api_version``, or one header, in lower case:
            ``request.headers.authorization``.
        addresses: Whether it also takes the two ``ip_address`` of the event.
        scans: For each detector what looks at many texts at once; None where nothing can.
        lenient: Whether ``UNPARSED_BODY`` speaks for it where a body is no text at all.
    """

    rule: MaskRule
    action: Action
    detectors: tuple[Detector, ...]
    places: frozenset[str]
    addresses: bool = False
    lenient: bool = False
    scans: tuple[Scan | None, ...] = (None,)


def scans_of(targets: Sequence[TextTarget]) -> list[Scan | None]:
    """Give what looks at many texts at once for these rules."""
    return [scan for target in targets for scan in target.scans]


def may_find_in(targets: Sequence[TextTarget], signs: frozenset[Sign], text: str) -> bool:
    """Whether the targets may find something in any part of a text.

    Args:
        targets: The rules.
        signs: The signs in the text.
        text: The text.
    """
    for target in targets:
        for detector in target.detectors:
            if detector.sign is not None:
                if detector.sign in signs:
                    return True
            elif detector.may is None or detector.may(text):
                return True
    return False


def mask_text(
    work: Work,
    targets: Sequence[TextTarget],
    text: str,
    trail: Trail,
    *,
    plus: bool | None = None,
    shields: Collection[str] = (),
) -> str:
    """Mask all that the targets find in one text.

    Args:
        work: Counts what was masked.
        targets: The rules that look here.
        text: The text.
        trail: Where it stands.
        plus: For a text that may be percent-encoded: whether ``+`` is a space there.
        shields: Texts that an earlier rule put behind a ``=``: they are passed over.

    Returns:
        The masked text; the same object where nothing was found.
    """
    if shields:
        behind = re.compile("(=(?:" + "|".join(sorted(map(re.escape, shields))) + ")(?=[&;#,]|$))")
        parts = behind.split(text)
        parts[::2] = [mask_text(work, targets, part, trail, plus=plus) for part in parts[::2]]
        return "".join(parts)
    for target in targets:
        for detector in target.detectors:
            masked, count = _applied(detector, target.action, text, plus)
            if count:
                work.count(target.rule, trail, count)
                text = masked
    return text


def veiled(targets: Sequence[TextTarget], text: str) -> str:
    """Mask all that the targets find in a text that is told to people, and count nothing."""
    for target in targets:
        for detector in target.detectors:
            text = detector.replace(text, target.action.part)[0]
    return text


def first_hidden(targets: Sequence[TextTarget], text: str) -> TextTarget | None:
    """Find the first rule for which something stays hidden behind escapes.

    Args:
        targets: The rules.
        text: A masked text.

    Returns:
        The first target that finds more in the text with its escapes resolved than it left in
        the text itself; None where none does.
    """
    found, complete = readings(text)
    if not complete:
        return targets[0]
    for target in targets:
        if any(more_found([target], reading, text) for reading in found[1:]):
            return target
    return None


def more_found(targets: Sequence[TextTarget], reading: str, text: str) -> bool:
    """Whether any of the rules finds more in one reading of a text than in another."""
    return any(hits(target, reading) > hits(target, text) for target in targets)


def hits(target: TextTarget, text: str) -> int:
    """Count what a rule finds in a text."""
    part = target.action.part
    return sum(detector.replace(text, part)[1] for detector in target.detectors)


def _applied(detector: Detector, action: Action, text: str, plus: bool | None) -> tuple[str, int]:
    total = 0
    if plus is not None and ("%" in text or (plus and "+" in text)):
        pieces = _PIECES.split(text)
        for index in range(0, len(pieces), 2):
            pieces[index], count = _decoded(detector, action, pieces[index], plus=plus)
            total += count
        if total:
            text = "".join(pieces)
    text, count = detector.replace(text, action.part)
    return text, total + count


def _decoded(detector: Detector, action: Action, piece: str, *, plus: bool) -> tuple[str, int]:
    """Look at a piece with its encoding resolved; write it back only if something was found."""
    plain = piece
    for _ in range(_ROUNDS):
        decoded = unquote(plain.replace("+", " ") if plus else plain)
        if decoded == plain:
            break
        plain = decoded
        masked, count = detector.replace(plain, action.part)
        if count:
            return quote(masked, safe=_SAFE, errors="surrogatepass"), count
    return piece, 0
