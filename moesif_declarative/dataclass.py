"""Dataclasses with slots that are defined fast: ``__init__`` is compiled when it is first called.

Flows in: a class body with annotations. Flows out: the dataclass, which behaves as the one of
`dataclasses.dataclass`. That one compiles up to six methods for every class, which was half of
what importing this package took, and few of them are ever called. Here the standard library
finds the fields and makes the slots; equality, hash and representation are closures over them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:  # a type checker knows the decorator by its home
    from dataclasses import dataclass as dataclass

_ABSENT: Final = object()
_NAMES: Final = ("__init__", "__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__")
_KNOWN: Final = frozenset({"frozen", "slots", "eq", "repr", "weakref_slot"})


def _dataclass(**options: Any) -> Callable[[type], type]:
    """Make a class a dataclass.

    Args:
        **options: As `dataclasses.dataclass` takes them, which does all the work for a class
            without slots or with methods or options that are not provided for here.
    """
    frozen, equal = options.get("frozen", False), options.get("eq", True)

    def decorate(plain: Any) -> Any:
        own = any(name in vars(plain) for name in _NAMES)
        if own or not options.get("slots") or not options.keys() <= _KNOWN:
            return dataclasses.dataclass(**options)(plain)
        plain.__doc__ = plain.__doc__ or plain.__name__  # else a signature is made up for it
        bare = {**options, "frozen": False, "init": False, "repr": False, "eq": False}
        made: Any = dataclasses.dataclass(**bare)(plain)
        fields = dataclasses.fields(made)
        made.__init__ = _first_init(made, fields, frozen)
        if options.get("repr", True):
            made.__repr__ = _repr(fields)
        if equal:
            values = _values([field.name for field in fields if field.compare])
            made.__eq__, made.__hash__ = _eq(values), _hash(values) if frozen else None
        if frozen:
            made.__setattr__, made.__delattr__ = _refuse_to_set, _refuse_to_delete
            made.__getstate__, made.__setstate__ = _state, _set_state
        return made

    return decorate


def _first_init(made: Any, fields: tuple[Any, ...], frozen: bool) -> Callable[..., None]:
    def init(self: Any, /, *args: Any, **kwargs: Any) -> None:
        made.__init__ = _compiled_init(made, fields, frozen)
        made.__init__(self, *args, **kwargs)

    return init


def _compiled_init(made: Any, fields: tuple[Any, ...], frozen: bool) -> Callable[..., None]:
    known: dict[str, Any] = {"_absent": _ABSENT, "_set": object.__setattr__}
    parameters = ["self"]
    keywords: list[str] = []
    body: list[str] = []
    for field in fields:
        name = value = field.name
        default = ""
        if field.default is not dataclasses.MISSING:
            default, known[f"_{name}"] = f"=_{name}", field.default
        elif field.default_factory is not dataclasses.MISSING:
            default, known[f"_{name}"] = "=_absent", field.default_factory
            value = f"_{name}() if {name} is _absent else {name}"
        if field.init:
            (keywords if field.kw_only else parameters).append(name + default)
        elif default:
            value = f"_{name}()" if default == "=_absent" else f"_{name}"
        else:
            continue
        body.append(f"_set(self, {name!r}, {value})" if frozen else f"self.{name} = {value}")
    if hasattr(made, "__post_init__"):
        body.append("self.__post_init__()")
    written = ", ".join(parameters + ["*"] * bool(keywords) + keywords)
    exec(f"def __init__({written}):\n " + "\n ".join(body or ["pass"]), known)  # noqa: S102 - names alone
    compiled: Callable[..., None] = known["__init__"]
    compiled.__qualname__, compiled.__module__ = f"{made.__qualname__}.__init__", made.__module__
    return compiled


def _repr(fields: tuple[Any, ...]) -> Callable[[Any], str]:
    names = [field.name for field in fields if field.repr]

    @recursive_repr()
    def show(self: Any) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__qualname__}({shown})"

    return show


def _values(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """Make what gives an object's values; with one value alone an attrgetter gives no tuple."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda found: tuple(getattr(found, name) for name in names)


def _eq(values: Callable[[Any], tuple[Any, ...]]) -> Callable[[Any, object], Any]:
    def equals(self: Any, other: object) -> Any:
        return values(self) == values(other) if type(other) is type(self) else NotImplemented

    return equals


def _hash(values: Callable[[Any], tuple[Any, ...]]) -> Callable[[Any], int]:
    def digest(self: Any) -> int:
        return hash(values(self))

    return digest


def _refuse_to_set(self: Any, name: str, value: object) -> None:  # noqa: ARG001
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: Any, name: str) -> None:  # noqa: ARG001
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _set_state(self: Any, state: list[Any]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)


if not TYPE_CHECKING:
    dataclass = _dataclass
