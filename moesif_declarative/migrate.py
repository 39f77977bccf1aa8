"""The original package's dict as settings.toml: the same behaviour, callables by their names.

Flows in: the dict that an application gives to `MoesifMiddleware`. Flows out: the text of a
settings file, and notes on what a person has to look at.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from moesif_declarative.errors import MoesifError, Problems
from moesif_declarative.schema import shapes, validate
from moesif_declarative.schema.documents import Option, options
from moesif_declarative.schema.languages import words
from moesif_declarative.settings import load
from moesif_declarative.settings.suggestion import did_you_mean
from moesif_declarative.toml_text import TomlError, untokened, write_comment, write_key, write_value

_RULE_NAME: Final = "original"
_HEAD: Final = """\
#:schema ./schemas/settings.schema.json
# Settings of moesif-declarative, written from the dict {source} by
# `moesif-declarative init --from`. `moesif-declarative check` tells whether they are right,
# `moesif-declarative show` what they come to.
"""
_DROPPED: Final = object()


class MigrationError(MoesifError, ValueError):
    """The dict cannot be found; the message says why."""


@dataclass(frozen=True, slots=True)
class Note:
    """What a person has to know about one key.

    Attributes:
        kind: ``fault``: the file does not behave as the dict did until this is mended;
            ``remark``: all is as it was, but something has to be known or done.
        text: What it is, and what to do. It never holds a value.
    """

    kind: Literal["fault", "remark"]
    text: str


@dataclass(frozen=True, slots=True)
class Migration:
    """A settings file, and what has to be said of it."""

    text: str = field(repr=False)
    notes: tuple[Note, ...]

    @property
    def complete(self) -> bool:
        """Whether the file behaves as the dict did."""
        return all(note.kind != "fault" for note in self.notes)


def find_config(reference: str) -> Mapping[str, Any]:
    """Import the module and take the dict from it.

    Args:
        reference: ``package.module:name``; the name may be dotted.

    Raises:
        MigrationError: There is no such module or name, importing it failed, or it is no dict.
    """
    module_name, colon, name = reference.partition(":")
    if not colon or not all(part.isidentifier() for part in f"{module_name}.{name}".split(".")):
        raise MigrationError(
            f"{reference!r} names no dict: write module:name, as in myapp.conf:MOESIF"
        )
    try:
        found: Any = importlib.import_module(module_name)
        for part in name.split("."):
            found = getattr(found, part)
    except ModuleNotFoundError as error:
        raise MigrationError(
            f"importing {module_name} failed: there is no module {error.name}"
        ) from error
    except AttributeError as error:
        raise MigrationError(f"{module_name} has no {name}: {error}") from error
    except (Exception, SystemExit) as error:  # a user's module runs here
        raise MigrationError(
            f"importing {module_name} raised {type(error).__name__}: {error}"
        ) from error
    if not isinstance(found, Mapping):
        raise MigrationError(f"{reference} is no dict but {type(found).__name__}")
    return found


def migrate(config: Mapping[str, Any], reference: str) -> Migration:
    """Write the original package's dict as a settings file.

    Secrets are left out, with a comment that says where they go. A callable becomes
    ``callable = "module:function"``. One that has no name to import it by gets a name that does
    not exist yet, so that no start goes on without it: a mask that is missing would be a leak.

    Args:
        config: The dict.
        reference: Where it was found, ``module:name``: callables without a name of their own are
            looked for in that module too.
    """
    writer = _Writer(sys.modules.get(reference.partition(":")[0]), reference.partition(":")[0])
    given = {key: value for key, value in config.items() if value is not None}
    writer.note_unknown(given)
    for option in options("settings").values():
        value = given.get(option.name, option.meta.get("default_from_dict"))
        if value is not None:
            writer.write(option, value, given)
    writer.note_wrong(config)
    parts = [_HEAD.format(source=reference) + "\n[default]", *writer.plain]
    return Migration("\n".join([*parts, *writer.tables]) + "\n", tuple(writer.notes))


class _Writer:
    """Collects the lines of one settings file: plain keys first, then tables."""

    def __init__(self, module: ModuleType | None, module_name: str) -> None:
        self.plain: list[str] = []
        self.tables: list[str] = []
        self.notes: list[Note] = []
        self._module = module
        self._module_name = module_name

    def note_unknown(self, given: Mapping[Any, Any]) -> None:
        for key in given:
            if key not in options("settings"):
                hint = did_you_mean(key, options("settings"))
                self._note("fault", self.plain, f"{key} is no setting and was left out", hint)

    def note_wrong(self, config: Mapping[str, Any]) -> None:
        """Say what the dict itself would be refused for; keys that it lacks may come later."""
        problems = Problems()
        validate(load(config, {}, shapes=shapes(), problems=problems, environ={}), problems)
        told = {note.text.partition(" ")[0] for note in self.notes}
        for problem in problems.errors:
            if problem.key not in told and problem.code != "application-id-missing":
                text = f"{problem.key} is wrong in the dict already: {problem.message}"
                self.notes.append(Note("fault", f"{text}{problem.hint and f' ({problem.hint})'}"))

    def write(self, option: Option, value: Any, given: Mapping[str, Any]) -> None:
        name = option.name
        variable = f"MOESIF_{name}"
        if option.meta.get("secret") or (_is_address(name) and _has_password(value)):
            text = f"{name} is a secret and does not stand here"
            hint = f"set the variable {variable}, or write it in .secrets.toml beside this file"
            self._note("remark", self.plain, text, hint)
        elif option.meta.get("old") in given:
            return  # the new name wins
        elif callable(value):
            self._callable(option, value)
        elif isinstance(value, Mapping) and value:
            self.tables += ["", f"[{write_key(('default', name))}]"]
            self.tables += self._pairs(name, value)
        else:
            self.plain += self._pairs("", {option.meta.get("old", name): value})

    def _callable(self, option: Option, function: Callable[..., Any]) -> None:
        name = option.name
        if not ("rules" in option.meta or option.holds == "metadata"):
            self._note("fault", self.plain, f"{name} takes no function and was left out", "")
            return
        self.tables.append("")
        reference = self._reference(name, function)
        rule = reference.rpartition(":")[2].rpartition(".")[2]
        if not _is_rule_name(rule):
            rule = _RULE_NAME
        path = ("default", name) if option.holds == "metadata" else ("default", name, rule)
        self.tables += [f"[{write_key(path)}]", f"callable = {write_value(reference)}"]

    def _pairs(self, above: str, table: Mapping[Any, Any]) -> Iterator[str]:
        for key, value in table.items():
            where = f"{above}.{key}" if above else str(key)
            try:
                kept = self._plain(where, value, key)
                if kept is not _DROPPED:
                    yield f"{write_key((key,))} = {write_value(untokened(kept))}"
            except TomlError as error:
                self.notes.append(Note("fault", f"{where} was left out: {error}"))
                yield write_comment(f"{where} was left out: {error}")

    def _plain(self, where: str, value: Any, key: Any = None) -> Any:
        """Make a value that TOML can hold, as far as it means the same."""
        if callable(value):
            if key != "callable":
                raise TomlError("a function stands only under the key `callable`")
            return self._reference(where, value)
        if value is None and key is not None:
            return _DROPPED  # in a dict, None means the same as no key
        if isinstance(value, Mapping):
            inner = {key: self._plain(f"{where}.{key}", item, key) for key, item in value.items()}
            return {key: item for key, item in inner.items() if item is not _DROPPED}
        if isinstance(value, set | frozenset):
            value = sorted(value, key=str)
        if isinstance(value, list | tuple):
            return [self._plain(where, item) for item in value]
        return value

    def _reference(self, where: str, function: Callable[..., Any]) -> str:
        found = _importable_name(function, self._module)
        if found is not None:
            return found
        free = where.lower().replace(".", "_")
        while hasattr(self._module, free):
            free += "_hook"
        found = f"{self._module_name}:{free}"
        text = f"{where} is {_described(function)}, which has no name to import it by"
        hint = f"define it as a function {free} at the top level of {self._module_name}"
        self._note("fault", self.tables, text, hint)
        return found

    def _note(
        self, kind: Literal["fault", "remark"], lines: list[str], text: str, hint: str
    ) -> None:
        told = f"{text}: {hint}" if hint else text
        lines.append(write_comment(told))
        self.notes.append(Note(kind, told))


def _importable_name(function: Any, module: ModuleType | None) -> str | None:
    """Find a name under which importing gives this very object."""
    own = sys.modules.get(getattr(function, "__module__", None) or "")
    qualified = getattr(function, "__qualname__", "")
    if own is not None and _reached(own, qualified) is function:
        return f"{own.__name__}:{qualified}"
    for holder in (own, module):
        for name, value in vars(holder).items() if holder is not None else ():
            if value is function and name.isidentifier():
                return f"{holder.__name__}:{name}"  # type: ignore[union-attr]  # it has items
    return None


def _reached(module: ModuleType, qualified: str) -> Any:
    found: Any = module
    for part in qualified.split("."):
        found = getattr(found, part, None) if part.isidentifier() else None
    return found


def _described(function: Any) -> str:
    kind = type(function).__name__
    name = getattr(function, "__name__", "")
    if name == "<lambda>":
        return "a lambda"
    if kind == "function":
        return f"{name}, a function inside another one"
    return f"a method {name} of an object" if kind == "method" else f"an object of type {kind}"


def _is_rule_name(name: str) -> bool:
    plain = name.isascii() and name.isidentifier() and not name.startswith("_")
    return plain and "__" not in name and name.lower() not in words()


def _is_address(name: str) -> bool:
    return name in {"BASE_URI", "LOCAL_MOESIF_BASEURL"}


def _has_password(value: Any) -> bool:
    try:
        return isinstance(value, str) and urlsplit(value).password is not None
    except ValueError:
        return False
