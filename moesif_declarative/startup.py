"""The way that every start takes, and `check` with it: settings to compiled hooks.

Flows in: where the settings come from. Flows out: typed settings and hooks, or every problem.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from moesif_declarative.call import Call
from moesif_declarative.doubts import doubt
from moesif_declarative.errors import Problems
from moesif_declarative.hooks import (
    Hooks,
    compile_hooks,
    compile_outgoing_hooks,
    tell_remainders,
)
from moesif_declarative.schema import shapes, validate
from moesif_declarative.schema.settings import Settings
from moesif_declarative.settings import Loaded, load

_LIBRARIES: Final = (
    "cerberus.schema",
    "dynaconf.base",
    "dynaconf.loaders.base",
    "jsonpath_ng.ext",
    "requests.sessions",
)
"""What a start and the delivery after it import where it is used, if nobody has before."""


def import_libraries() -> None:
    """Import what every middleware needs in any case, so that making the first takes no longer.

    The command line does without: most commands need none of it.
    """
    for name in _LIBRARIES:
        import_module(name)


@dataclass(frozen=True, slots=True)
class Compiled:
    """Settings, and what they were compiled to.

    Attributes:
        loaded: Where each value comes from.
        settings: The settings.
        hooks: What is done with the calls that the application answers.
        outgoing: What is done with the calls that it makes.
    """

    loaded: Loaded
    settings: Settings
    hooks: Hooks
    outgoing: Hooks

    def hooks_for(self, call: Call) -> Hooks:
        """The hooks for a call's direction."""
        return self.outgoing if call.record.direction == "Outgoing" else self.hooks


def start(
    source: Any,
    overrides: Mapping[str, Any],
    problems: Problems,
    *,
    environ: Mapping[str, str] | None = None,
    environment: str | None = None,
    directory: Path | None = None,
) -> Compiled | None:
    """Load, validate and compile settings.

    Args:
        source: What `MoesifMiddleware` was given: None, a path, a dict or a Dynaconf object.
        overrides: Keyword arguments, which win over every layer.
        problems: Everything that is wrong is added here, warnings too.
        environ: The process's environment; None: ``os.environ``.
        environment: The settings environment; None: what ``MOESIF_ENV`` says.
        directory: Where ``settings.toml`` is looked for first; None: the working directory.

    Returns:
        What the settings were compiled to; None when there are errors.
    """
    compiled = attempt(
        source,
        overrides,
        problems,
        environ=environ,
        environment=environment,
        directory=directory,
    )
    return None if problems.errors else compiled


def attempt(
    source: Any,
    overrides: Mapping[str, Any],
    problems: Problems,
    *,
    environ: Mapping[str, str] | None = None,
    environment: str | None = None,
    directory: Path | None = None,
) -> Compiled:
    """Do what `start` does, and give what came of it even when there are errors.

    Returns:
        What is right in the settings, compiled; not to be used for requests while `problems`
        holds errors.
    """
    loaded = load(
        source,
        overrides,
        shapes=shapes(),
        problems=problems,
        environ=environ,
        environment=environment,
        directory=directory,
    )
    return compile_loaded(loaded, problems)


def compile_loaded(loaded: Loaded, problems: Problems) -> Compiled:
    """Validate and compile settings that were loaded, here or in another process.

    Args:
        loaded: The merged settings.
        problems: Everything that is wrong is added here, warnings too.

    Returns:
        As `attempt`.
    """
    settings = validate(loaded, problems)
    hooks = compile_hooks(settings, problems)
    outgoing = compile_outgoing_hooks(settings, hooks, problems)
    tell_remainders(settings, problems)
    doubt(settings, problems)
    return Compiled(loaded, settings, hooks, outgoing)
