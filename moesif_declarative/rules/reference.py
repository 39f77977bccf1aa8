"""Users' functions: found at startup, called with a guard.

Flows in: ``package.module:function`` as the user wrote it, or the object itself from a dict
setting. Flows out: the function, or a problem that says what is wrong with it.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import re
from collections.abc import Callable
from typing import Any, Final

from moesif_declarative.errors import Place, Problems
from moesif_declarative.rules.compiled import CallableFailedError, Scope
from moesif_declarative.settings.suggestion import did_you_mean

_REFERENCE: Final = re.compile(r"(?P<module>[^\W\d]\w*(?:\.\w+)*):(?P<name>[^\W\d]\w*(?:\.\w+)*)")
_FORM_HINT: Final = 'write "package.module:function"'
_CODE: Final = "bad-callable"


def compile_callable(
    reference: str | Callable[..., Any], place: Place, scope: Scope, *, arguments: int = 1
) -> Callable[..., Any] | None:
    """Find a user's function and check that it can be used as one.

    Args:
        reference: ``package.module:function`` (``:Class.method`` too), or the function itself.
        place: Where it was written.
        scope: Collects what is wrong.
        arguments: How many positional arguments it will be called with.

    Returns:
        The function; None after a problem was added.
    """
    problems = scope.problems
    found = _imported(reference, place, problems) if isinstance(reference, str) else reference
    if found is None:
        return None
    name = reference if isinstance(reference, str) else _name(found)
    if not callable(found):
        problems.error(
            _CODE, place, f"{name} is no function but {type(found).__name__}", "name a function"
        )
        return None
    if _is_asynchronous(found):
        problems.error(
            _CODE,
            place,
            f"{name} is a coroutine function, which cannot be waited for here",
            "write it with def instead of async def",
        )
        return None
    if not _takes(found, arguments):
        count = "1 argument" if arguments == 1 else f"{arguments} arguments"
        hint = f"let it take {count} by position and need no more"
        problems.error(_CODE, place, f"{name} cannot be called with {count}", hint)
        return None
    return found


def invoke(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a user's function and return what it returns.

    Raises:
        CallableFailedError: It raised, or returned something that would have to be awaited. The
            message names the function and the kind of error, never its text.
    """
    try:
        result = function(*arguments)
    except Exception as error:
        raise CallableFailedError(f"{_name(function)} raised {type(error).__name__}") from error
    if inspect.isawaitable(result):
        if inspect.iscoroutine(result):
            result.close()
        raise CallableFailedError(f"{_name(function)} returned an awaitable") from TypeError(
            "the function must return its value itself"
        )
    return result


def _imported(reference: str, place: Place, problems: Problems) -> Any | None:
    parts = _REFERENCE.fullmatch(reference.strip())
    if parts is None:
        problems.error(_CODE, place, f"{reference!r} names no function", _FORM_HINT)
        return None
    try:
        found: Any = importlib.import_module(parts["module"])
    except ModuleNotFoundError as error:
        problems.error(_CODE, place, *_not_found(parts["module"], error))
        return None
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a user's module runs here
        kind = type(error).__name__
        message = f"importing {parts['module']} raised {kind}: {error}"
        problems.error(_CODE, place, message, "mend it until Python imports it")
        return None
    return _attribute(found, parts["module"], parts["name"], place, problems)


def _not_found(module: str, error: ModuleNotFoundError) -> tuple[str, str]:
    missing = error.name or module
    if module == missing or module.startswith(f"{missing}."):
        return f"there is no module {missing}", "check its name, and that it can be imported here"
    return f"importing {module} failed: there is no module {missing}", "install what it imports"


def _attribute(
    module: Any, module_name: str, name: str, place: Place, problems: Problems
) -> Any | None:
    found = module
    for part in name.split("."):
        try:
            found = getattr(found, part)
        except Exception:  # noqa: BLE001 - a module's __getattr__ is a user's code
            hint = (
                did_you_mean(part, _names(found)) or f"define it in {module_name}, or name another"
            )
            problems.error(_CODE, place, f"the module {module_name} has no {name}", hint)
            return None
    if found is None:
        problems.error(_CODE, place, f"{module_name}:{name} is None", _FORM_HINT)
    return found


def _names(owner: Any) -> list[str]:
    try:
        return [name for name in dir(owner) if not name.startswith("_")]
    except Exception:  # noqa: BLE001 - a module's __dir__ is a user's code
        return []


def _is_asynchronous(function: Callable[..., Any]) -> bool:
    candidates = [function, getattr(function, "__call__", None)]  # noqa: B004 - the method itself
    if isinstance(function, functools.partial):
        candidates += [function.func, getattr(function.func, "__call__", None)]  # noqa: B004
    return any(
        inspect.iscoroutinefunction(candidate)
        or inspect.isasyncgenfunction(candidate)
        or getattr(candidate, "__tornado_coroutine__", False) is True
        for candidate in candidates
    )


def _takes(function: Callable[..., Any], arguments: int) -> bool:
    try:
        signature = inspect.signature(function)
    except (ValueError, TypeError):
        return True  # written in C, or odd: the first call will tell
    try:
        signature.bind(*[None] * arguments)
    except TypeError:
        return False
    return True


def _name(function: Any) -> str:
    module = getattr(function, "__module__", None) or type(function).__module__
    name = getattr(function, "__qualname__", None) or type(function).__qualname__
    return f"{module}:{name}"
