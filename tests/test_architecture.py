"""The house: imports run one way, from settings to delivery."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import moesif_declarative

PACKAGE = Path(moesif_declarative.__file__).parent
ROOMS = [
    "version",
    "errors",
    "toml_text",
    "settings",
    "schema",
    "effective",
    "migrate",
    "call",
    "rules",
    "hooks",
    "capture",
    "event",
    "har",
    "outgoing",
    "explain",
    "delivery",
    "faults",
    "doubts",
    "startup",
    "item",
    "process",
    "served",
    "selftest",
    "reloading",
    "waiting",
    "profiles",
    "middleware",
    "metrics",
    "report",
    "collector",
    "demo",
    "cli",
]
"""From left to right. A module imports from rooms to its left, and from its own."""


def imported_rooms(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
            if node.module == "moesif_declarative":
                names = [f"{node.module}.{alias.name}" for alias in node.names]
        found |= {name.split(".")[1] for name in names if name.startswith("moesif_declarative.")}
    return found - {"MoesifMiddleware"}


def modules() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if path.name != "__main__.py"]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_from_its_left_only(path: Path) -> None:
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if room == "__init__":
        return
    position = ROOMS.index(room)
    for imported in imported_rooms(path):
        assert ROOMS.index(imported) <= position, f"{room} imports {imported}"


LIBRARIES = {
    "dynaconf": {"settings"},
    "cerberus": {"schema"},
    "jsonpath_ng": {"rules"},
    "requests": {"delivery", "outgoing"},
}


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_is_known_to_one_room(library: str) -> None:
    knowing = set()
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            if any(name.split(".")[0] == library for name in names):
                knowing.add(path.relative_to(PACKAGE).parts[0].removesuffix(".py"))
    assert knowing == LIBRARIES[library]
