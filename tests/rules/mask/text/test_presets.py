"""What holds for every detector: it never raises, counts rightly, and works once."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moesif_declarative.errors import Place, Problems
from moesif_declarative.rules.compiled import Scope
from moesif_declarative.rules.mask.text import PRESETS, Detector, Match, compile_detector

PLACE = Place(("MASK_EVENT_MODEL", "r"), {})
SCOPE = Scope(Problems(), {"DB_PASSWORD": "hunter22"}, "test")


def detectors() -> Mapping[str, Detector]:
    compiled = {
        "env_value": compile_detector("env_value", {"env_value": "DB_PASSWORD"}, PLACE, SCOPE),
        "regex": compile_detector("regex", {"regex": r"[0-9]{5}"}, PLACE, SCOPE),
    }
    return {**PRESETS, **{name: found for name, found in compiled.items() if found is not None}}


DETECTORS = detectors()
FRAGMENTS = [
    *("4111", "1111", "0", "1", "9", "12", "555", "2671", " ", "-", ".", ":", "::", "+", "(", ")"),
    *("a@b.co", "@", "jane", "DE89", "370400440532013000", "NL", "fe80", "%", "eth0", "10.0.0.1"),
    *(
        "eyJ",
        "eyJhbGciOiJub25lIn0",
        "A",
        "_",
        "123-45-6789",
        "hunter22",
        "%68",
        "unter22",
        "\\u0068",
    ),
    *("aHVudGVyMjI", "=", "\n", "\\n", "\0", "\ud800", "é", "\U0001f600", "１", "[REDACTED]", '"'),  # noqa: RUF001
]
texts = st.one_of(
    st.text(st.characters()), st.lists(st.sampled_from(FRAGMENTS), max_size=30).map("".join)
)


def test_the_presets_are_the_detectors_without_options() -> None:
    assert list(PRESETS) == [
        "credit_cards",
        "emails",
        "ip_addresses",
        "us_ssn",
        "iban",
        "phone_numbers",
        "jwt",
    ]
    assert all(
        compile_detector(name, {}, PLACE, SCOPE) is preset for name, preset in PRESETS.items()
    )


@pytest.mark.parametrize("name", DETECTORS)
@given(text=texts)
def test_places_are_counted_and_all_else_stays(name: str, text: str) -> None:
    places: list[Match] = []

    def collect(match: Match) -> str:
        places.append(match)
        return match.text

    assert DETECTORS[name].replace(text, collect) == (text, len(places))
    assert all(match.text for match in places)


@pytest.mark.parametrize("name", DETECTORS)
@given(text=texts)
def test_masking_twice_is_masking_once(name: str, text: str) -> None:
    once, _ = DETECTORS[name].replace(text, lambda _match: "[REDACTED]")
    assert DETECTORS[name].replace(once, lambda _match: "[REDACTED]") == (once, 0)


@pytest.mark.parametrize("name", DETECTORS)
@pytest.mark.parametrize("fragment", [*FRAGMENTS, "1 ", "a:", "0 1-", "%25", "\\", "b-", "(1"])
def test_hostile_repetitions_are_read_in_one_go(name: str, fragment: str) -> None:
    text = fragment * (100_000 // len(fragment))
    masked, count = DETECTORS[name].replace(text, lambda match: match.text)
    assert masked == text
    assert 0 <= count <= len(text)
