"""The name that was probably meant."""

from __future__ import annotations

import pytest

from moesif_declarative.settings.suggestion import did_you_mean, is_slip, nearest


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("prodution", "production"),
        ("prodcution", "production"),
        ("productoin", "production"),
        ("Produktion", "production"),
        ("productions", "production"),
        ("xproduction", "production"),
        ("pre-prodution", "pre_production"),
    ],
)
def test_one_slip_is_a_slip_in_both_directions(name: str, meant: str) -> None:
    assert is_slip(name, meant)
    assert is_slip(meant, name)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("production", "production"),
        ("production", "PRODUCTION"),
        ("staging1", "staging2"),
        ("staging", "staging2"),
        ("prod-a", "prod-b"),
        ("prod-eu", "prod-us"),
        ("dev", "dex"),
        ("prod", "production"),
        ("", "a"),
    ],
)
def test_names_that_differ_on_purpose_are_no_slips(name: str, other: str) -> None:
    assert not is_slip(name, other)
    assert not is_slip(other, name)


def test_the_nearest_name_is_found_in_any_spelling() -> None:
    assert nearest("user-Agnt", ["user_agent", "url"]) == "user_agent"
    assert nearest("colour", ["path", "url"]) is None
    assert nearest(5, ["path"]) is None
    assert nearest("path" * 100, ["path"]) is None
    assert (
        did_you_mean("BATCHSIZE", ["BATCH_SIZE"], "MOESIF_") == "did you mean `MOESIF_BATCH_SIZE`?"
    )
