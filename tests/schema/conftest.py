"""Loaded settings made by hand, so that these tests need no files."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import jsonschema
import pytest

from moesif_declarative.errors import KeyPath, Origin, Problems
from moesif_declarative.schema import Settings, validate
from moesif_declarative.schema.documents import schemas_folder
from moesif_declarative.settings import Loaded


class Check(Protocol):
    """Validates TOML text, or a dict of Python values."""

    def __call__(
        self, written: str | Mapping[Any, Any], *, account: bool = True, from_dict: bool = False
    ) -> tuple[Settings, Problems]: ...


@pytest.fixture(scope="session")
def check() -> Check:
    def run(
        written: str | Mapping[Any, Any], *, account: bool = True, from_dict: bool = False
    ) -> tuple[Settings, Problems]:
        values: dict[Any, Any] = (
            tomllib.loads(written) if isinstance(written, str) else dict(written)
        )
        if account:
            values.setdefault("APPLICATION_ID", "test-application-id")
        origins = dict(_origins(values, ()))
        problems = Problems()
        loaded = Loaded(values, origins, {}, "development", (), {"HOME": "/"}, (), from_dict)
        return validate(loaded, problems), problems

    return run


@pytest.fixture(scope="session")
def editor() -> jsonschema.Draft4Validator:
    """What an editor does with the JSON Schema."""
    text = (schemas_folder() / "settings.schema.json").read_text(encoding="utf-8")
    schema = json.loads(text)
    jsonschema.Draft4Validator.check_schema(schema)
    return jsonschema.Draft4Validator(schema)


def _origins(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, Origin]]:
    """Give every value an origin whose line is its depth."""
    yield path, Origin("file", "settings.toml", len(path) + 1, 1, "default")
    if isinstance(value, Mapping):
        for key, child in value.items():
            yield from _origins(child, (*path, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _origins(child, (*path, index))
