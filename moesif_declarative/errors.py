"""The errors of this package and what they are made of: problems, each with its origin.

Flows in: what any stage finds wrong with the settings. Flows out: one `SettingsError`
that holds every problem at once, or warnings to be logged.

    MoesifError
    ├── SettingsError        wrong settings; also a ValueError
    └── ProfileError         wrong input to an update_… or send_… call; also a ValueError
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]
"""Where a value stands in the settings: ``("MASK_EVENT_MODEL", "card", "action")``."""

OriginKind: TypeAlias = Literal["default", "file", "variable", "argument", "dict", "dynaconf"]
Severity: TypeAlias = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value was written.

    Attributes:
        kind: Which layer it came from.
        source: A file's path, a variable's name, a keyword argument's name, or what else
            names the layer to a person.
        line: Line in the file, from 1; None where there is no file.
        column: Column in the file, from 1, in characters; None where there is no file.
        section: The section of the file (``default``, ``production``); None elsewhere.
    """

    kind: OriginKind
    source: str
    line: int | None = None
    column: int | None = None
    section: str | None = None

    def __str__(self) -> str:
        if self.kind == "default":
            return "built-in default"
        where = ":".join(str(part) for part in (self.source, self.line, self.column) if part)
        return f"{self.kind} {where}" if self.kind in {"variable", "argument"} else where


DEFAULT_ORIGIN = Origin("default", "built-in default")


@dataclass(frozen=True, slots=True)
class Place:
    """A position in the settings, which can say where each value below it was written.

    Attributes:
        path: The key path of this position.
        origins: Key path to origin, for every table, list, list item and leaf.
    """

    path: KeyPath
    origins: Mapping[KeyPath, Origin]

    def at(self, *keys: str | int) -> Place:
        """Return the place of a value below this one."""
        return Place(self.path + keys, self.origins)

    @property
    def key(self) -> str:
        """The dotted path, as it stands in messages: ``MASK_EVENT_MODEL.card.action``."""
        return dotted(self.path)

    @property
    def origin(self) -> Origin:
        """Where this value was written, else the nearest table around it."""
        for length in range(len(self.path), -1, -1):
            found = self.origins.get(self.path[:length])
            if found is not None:
                return found
        return DEFAULT_ORIGIN


def dotted(path: KeyPath) -> str:
    """Write a key path as people do: ``SKIP.health.path[1]``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, or doubtful, in the settings.

    Attributes:
        severity: An error stops the start; a warning does not.
        code: A stable word for this kind of problem, explained in the reference.
        key: Dotted path of the option, ``""`` for a problem of a whole file.
        message: What is wrong.
        hint: How to mend it; ``""`` where nothing helpful can be said.
        origin: Where it was written.
    """

    severity: Severity
    code: str
    key: str
    message: str
    hint: str
    origin: Origin

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        key = f"{self.key}: " if self.key else ""
        return f"{self.origin}: {self.severity}[{self.code}]: {key}{self.message}{hint}"


@dataclass(slots=True)
class Problems:
    """Collects what the stages of one start find wrong, so that all is told at once."""

    found: list[Problem] = field(default_factory=list)

    def error(self, code: str, place: Place, message: str, hint: str = "") -> None:
        """Add an error at a place in the settings."""
        self.found.append(Problem("error", code, place.key, message, hint, place.origin))

    def warning(self, code: str, place: Place, message: str, hint: str = "") -> None:
        """Add a warning at a place in the settings."""
        self.found.append(Problem("warning", code, place.key, message, hint, place.origin))

    def __iter__(self) -> Iterator[Problem]:
        return iter(self.found)

    @property
    def errors(self) -> list[Problem]:
        """The problems that stop the start."""
        return [problem for problem in self.found if problem.severity == "error"]

    @property
    def warnings(self) -> list[Problem]:
        """The problems that do not stop the start."""
        return [problem for problem in self.found if problem.severity == "warning"]


class MoesifError(Exception):
    """The root of this package's errors."""


class SettingsError(MoesifError, ValueError):
    """The settings are wrong.

    Attributes:
        problems: Every problem that was found, errors and warnings, in the order found.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: Sequence[Problem] = tuple(problems)
        errors = [problem for problem in self.problems if problem.severity == "error"]
        count = f"{len(errors)} problem{'s' if len(errors) != 1 else ''} in the Moesif settings"
        super().__init__("\n".join([f"{count}:", *(f"  {problem}" for problem in errors)]))

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.problems,))


class ProfileError(MoesifError, ValueError):
    """A user, company, subscription or action that Moesif would refuse."""
