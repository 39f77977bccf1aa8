"""What a value in the metadata is."""

from __future__ import annotations

from typing import Any

import pytest

from moesif_declarative.schema.metadata import LeafKind, leaf_kind


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"header": "A"}, "source"),
        ({"header": "A", "colour": 1}, "source"),
        ({"header": 5}, "table"),
        ({"header": {"a": 1}}, "table"),
        ({"path_arg": 0}, "source"),
        ({"path_arg": "a"}, "source"),
        ({"path_arg": True}, "table"),
        ({"path_arg": 1.5}, "table"),
        ({"value": None}, "source"),
        ({"value": {"header": "A"}}, "source"),
        ({"test": {"path": "/a"}}, "source"),
        ({"test": [{"path": "/a"}]}, "source"),
        ({"test": {"a": 1}}, "table"),
        ({"test": []}, "table"),
        ({"test": "text"}, "table"),
        ({"callable": "a:b"}, "source"),
        ({"callable": print}, "source"),
        ({"callable": 5}, "table"),
        ({"default": "A"}, "table"),
        ({"Header": "A"}, "table"),
        ({}, "table"),
        ({5: "A"}, "table"),
        ([{"header": "A"}, {"env": "B"}], "chain"),
        ([{"header": "A"}, "B"], "constant"),
        ([], "constant"),
        (["header"], "constant"),
        ("header", "constant"),
        (5, "constant"),
        (None, "constant"),
    ],
)
def test_a_value_is_a_source_a_chain_a_table_or_a_constant(value: Any, kind: LeafKind) -> None:
    assert leaf_kind(value) == kind
