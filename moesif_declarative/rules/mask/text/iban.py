"""IBANs: a country of the registry, its length, check digits modulo 97 (ISO 13616).

Any case. With the country's own order of letters and digits an IBAN is found anywhere, in the
middle of a word too, with single spaces or hyphens at any place after the country. Without
that order (nobody opened such an account, but people write them) it must stand alone, without
separators or in groups of four; so prose and base64 are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from moesif_declarative.rules.mask.text.detector import Span, span_detector
from moesif_declarative.rules.mask.text.scanner import compile_ascii
from moesif_declarative.rules.mask.text.shadow import shadow
from moesif_declarative.rules.mask.text.sign import Sign

# What follows the check digits, by country: n digits, a letters, c either
# (SWIFT, IBAN Registry: https://www.swift.com/standards/data-standards/iban).
_REGISTRY: Final = """
AD 8n12c  AE 19n  AL 8n16c  AT 16n  AZ 4a20c  BA 16n  BE 12n  BG 4a6n8c  BH 4a14c  BI 23n
BR 23n1a1c  BY 4c4n16c  CH 5n12c  CR 18n  CY 8n16c  CZ 20n  DE 18n  DJ 23n  DK 14n  DO 4c20n
EE 16n  EG 25n  ES 20n  FI 14n  FK 2a12n  FO 14n  FR 10n11c2n  GB 4a14n  GE 2a16n  GI 4a15c
GL 14n  GR 7n16c  GT 24c  HN 4a20n  HR 17n  HU 24n  IE 4a14n  IL 19n  IQ 4a15n  IS 22n
IT 1a10n12c  JO 4a4n18c  KW 4a22c  KZ 3n13c  LB 4n20c  LC 4a24c  LI 5n12c  LT 16n  LU 3n13c
LV 4a13c  LY 21n  MC 10n11c2n  MD 20c  ME 18n  MK 3n10c2n  MN 16n  MR 23n  MT 4a5n18c
MU 4a19n3a  NI 4a20n  NL 4a10n  NO 11n  OM 3n16c  PK 4a16c  PL 24n  PS 4a21c  PT 21n  QA 4a21c
RO 4a16c  RS 18n  RU 14n15c  SA 2n18c  SC 4a20n3a  SD 14n  SE 20n  SI 15n  SK 20n  SM 1a10n12c
SO 19n  ST 21n  SV 4a20n  TL 19n  TN 20n  TR 6n16c  UA 6n19c  VA 18n  VG 4a16n  XK 16n
YE 4a4n18c
""".split()  # noqa: SIM905 - a table is read more easily than ninety texts
_COUNTRIES: Final = dict(zip(_REGISTRY[::2], _REGISTRY[1::2], strict=True))
_CLASSES: Final = {"n": "[0-9]", "a": "[A-Z]", "c": "[0-9A-Z]"}
_PIECE: Final = re.compile(r"(\d+)([nac])")


# Compiled when first met: most texts never name most countries.
@cache
def _strict(country: str) -> re.Pattern[bytes]:
    """Compile a country's structure, with separators anywhere."""
    pieces = _PIECE.findall(_COUNTRIES[country])
    classes = [_CLASSES[kind] for count, kind in pieces for _ in range(int(count))]
    return re.compile("[ -]?".join(("[A-Z][A-Z]", "[0-9]", "[0-9]", *classes)).encode("ascii"))


@cache
def _loose(country: str) -> re.Pattern[bytes]:
    """Compile a country's length, in one piece or in groups of four."""
    length = sum(int(count) for count, _ in _PIECE.findall(_COUNTRIES[country]))
    fours, rest = divmod(length, 4)
    groups = "[ -][0-9A-Z]{4}" * fours + (f"[ -][0-9A-Z]{{{rest}}}" if rest else "")
    return re.compile(f"[A-Z][A-Z][0-9][0-9](?:[0-9A-Z]{{{length}}}|{groups})".encode("ascii"))


_BEGINNING_PATTERN: Final = rf"(?:{'|'.join(_COUNTRIES)})[ -]?[0-9][ -]?[0-9]"
_BEGINNING: Final = compile_ascii(_BEGINNING_PATTERN)


def iban_spans(seen: bytes) -> Iterator[Span]:
    """Find the IBANs in a shadow."""
    seen = seen.upper()
    done = 0
    for beginning in _BEGINNING.finditer(seen):
        start = beginning.start()
        end = _end_of_iban(seen, start) if start >= done else None
        if end is not None:
            yield start, end
            done = end


def _end_of_iban(seen: bytes, start: int) -> int | None:
    country = seen[start : start + 2].decode("ascii")
    found = _strict(country).match(seen, start)
    if found is None:
        found = _loose(country).match(seen, start)
        if found is None or not _stands_alone(seen, start, found.end()):
            return None
    return found.end() if _passes_check(found[0]) else None


def _stands_alone(seen: bytes, start: int, end: int) -> bool:
    return not (seen[max(0, start - 1) : start].isalnum() or seen[end : end + 1].isalnum())


def _passes_check(iban: bytes) -> bool:
    plain = iban.translate(None, b" -").decode("ascii")
    moved = plain[4:] + plain[:4]
    return int("".join(str(int(char, 36)) for char in moved)) % 97 == 1


_SIGN: Final = Sign(rf"(?i:{_BEGINNING_PATTERN})", "shadow")
IBAN: Final = span_detector("iban", lambda text: iban_spans(shadow(text)), _SIGN)
