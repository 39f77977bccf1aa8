"""What these tests share: a small outline of a schema, and a way to load files from a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from moesif_declarative.errors import KeyPath, Problems
from moesif_declarative.settings import Loaded, Shapes, load

KEYS: Mapping[str, frozenset[str]] = {
    "APPLICATION_ID": frozenset({"text"}),
    "BASE_URI": frozenset({"text"}),
    "BATCH_SIZE": frozenset({"integer"}),
    "DEBUG": frozenset({"boolean"}),
    "EVENT_BATCH_TIMEOUT": frozenset({"float"}),
    "GET_METADATA": frozenset({"table"}),
    "IDENTIFY_USER": frozenset({"table", "list"}),
    "LOCAL_MOESIF_BASEURL": frozenset({"text"}),
    "MASK_HASH_KEY": frozenset({"text"}),
    "MASK_PRESETS": frozenset({"list"}),
    "SKIP": frozenset({"table", "list"}),
    "TESTS": frozenset({"table"}),
    "TRUSTED_PROXIES": frozenset({"text", "list"}),
}
OPTIONS: Mapping[str, frozenset[str]] = {
    "all": frozenset({"list"}),
    "enabled": frozenset({"boolean"}),
    "header": frozenset({"text"}),
    "map": frozenset({"table"}),
    "not": frozenset({"table"}),
    "order": frozenset({"integer"}),
    "path": frozenset({"text", "list"}),
    "regex": frozenset({"text"}),
    "status": frozenset({"text", "integer", "list"}),
    "value": frozenset({"any"}),
    "when": frozenset({"table", "list"}),
}


@dataclass(frozen=True)
class TableShapes:
    """An outline that is as small as these tests allow."""

    keys: frozenset[str] = frozenset(KEYS)
    words: frozenset[str] = frozenset(OPTIONS) | {"test", "default"}
    rule_settings: frozenset[str] = frozenset({"SKIP", "IDENTIFY_USER"})

    def kinds(self, path: KeyPath) -> frozenset[str]:
        if len(path) == 1:
            return KEYS.get(str(path[0]), frozenset())
        if path[0] == "GET_METADATA":
            return frozenset({"any"})
        if path[0] not in self.rule_settings:
            return frozenset()
        last = str(path[-1]).lower()
        if last in OPTIONS:
            return OPTIONS[last]
        return frozenset({"table"}) if len(path) == 2 else frozenset()

    def option(self, path: KeyPath) -> str | None:
        if len(path) < 2 or path[0] not in self.rule_settings or "map" in path[:-1]:
            return None
        last = str(path[-1]).lower()
        return last if last in OPTIONS else None


@pytest.fixture(scope="session")
def shapes() -> Shapes:
    return TableShapes()


@pytest.fixture
def read(tmp_path: Path, shapes: Shapes) -> Callable[..., tuple[Loaded, Problems]]:
    """Write files, then load from their folder with an environment that is given in full."""

    def reader(
        files: Mapping[str, str | bytes] | None = None,
        environ: Mapping[str, str] | None = None,
        source: Any = None,
        overrides: Mapping[str, Any] | None = None,
        environment: str | None = None,
        directory: str = ".",
    ) -> tuple[Loaded, Problems]:
        for name, content in (files or {}).items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        problems = Problems()
        folder = tmp_path / directory
        folder.mkdir(parents=True, exist_ok=True)
        loaded = load(
            source,
            overrides,
            shapes=shapes,
            problems=problems,
            environ=environ or {},
            environment=environment,
            directory=folder,
        )
        return loaded, problems

    return reader
