"""From mask settings to steps: every rule compiled, and the steps that can share a pass joined.

Flows in: the typed settings. Flows out: the rules in their order of work, and the steps that do
their work; everything that is wrong with them becomes a problem.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

from moesif_declarative.rules.compiled import Scope
from moesif_declarative.rules.condition import compile_condition
from moesif_declarative.rules.mask.compiler import TARGETS, Targets, compile_targets
from moesif_declarative.rules.mask.cookies import CookieTarget
from moesif_declarative.rules.mask.field_names import FieldTarget
from moesif_declarative.rules.mask.fields import FieldStep
from moesif_declarative.rules.mask.headers import HeaderTarget
from moesif_declarative.rules.mask.names_anywhere import NamesStep
from moesif_declarative.rules.mask.path_target import PathTarget
from moesif_declarative.rules.mask.presets import PRESET_NAMES
from moesif_declarative.rules.mask.result import MaskRule
from moesif_declarative.rules.mask.text_places import TextStep
from moesif_declarative.rules.mask.texts import TextTarget, scans_of
from moesif_declarative.rules.mask.urls import QueryTarget
from moesif_declarative.rules.mask.work import Work
from moesif_declarative.rules.written import write_inline
from moesif_declarative.schema.settings import RuleTable, Settings

_LIST_SETTINGS: Final[Mapping[str, Callable[[list[str]], dict[str, Any]]]] = {
    "REQUEST_HEADER_MASKS": lambda names: {"request_header": names},
    "RESPONSE_HEADER_MASKS": lambda names: {"response_header": names},
    "REQUEST_BODY_MASKS": lambda names: {"field": names, "in": ["request.body"]},
    "RESPONSE_BODY_MASKS": lambda names: {"field": names, "in": ["response.body"]},
    "REQUEST_QUERY_MASKS": lambda names: {"query": names},
}


class Step(Protocol):
    """A pass over the event that does the work of one or more rules."""

    @property
    def rules(self) -> tuple[MaskRule, ...]:
        """The rules whose work this is."""

    def run(self, work: Work) -> None:
        """Do it; may raise, which fails these rules."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What masking does.

    Attributes:
        rules: In their order of work.
        steps: In the order in which they run.
    """

    rules: tuple[MaskRule, ...]
    steps: tuple[Step, ...]


def make_plan(settings: Settings, scope: Scope) -> Plan:
    """Compile all mask settings.

    Args:
        settings: The typed settings.
        scope: Collects problems; a rule with one is not in the plan.
    """
    rules: list[MaskRule] = []
    steps: list[Step] = []
    for table in _tables(settings, scope):
        targets = _compiled(table, len(rules), scope)
        if targets is not None:
            rules.append(targets.rule)
            for target in targets.found:
                _join(steps, target)
    return Plan(tuple(rules), tuple(steps))


def _tables(settings: Settings, scope: Scope) -> list[RuleTable]:
    """Explicit rules, then list settings, then presets; a preset with a rule of its own once."""
    explicit = settings.rules.get("MASK_EVENT_MODEL", ())
    own = [table for table in explicit if "preset" in table.table]
    tables = [table for table in explicit if "preset" not in table.table]
    tables += _list_tables(settings)
    tables += own
    # One that applies to some calls only leaves the others to the preset.
    named = {table.table["preset"] for table in own if "when" not in table.table}
    place = settings.place.at("MASK_PRESETS")
    for number, name in enumerate(dict.fromkeys(settings.mask_presets)):
        if name not in PRESET_NAMES:
            hint = f"one of: {', '.join(PRESET_NAMES)}"
            scope.problems.error(
                "unknown-preset", place.at(number), f"there is no preset {name!r}", hint
            )
        elif name not in named:
            tables.append(RuleTable("MASK_PRESETS", name, {"preset": name}, place))
    return tables


def _list_tables(settings: Settings) -> list[RuleTable]:
    return [
        RuleTable(key, key, table(list(names)), settings.place.at(key))
        for key, table in _LIST_SETTINGS.items()
        if (names := getattr(settings, key.lower()))
    ]


def _compiled(table: RuleTable, index: int, scope: Scope) -> Targets | None:
    when = None
    faults = len(scope.problems.errors)
    if "when" in table.table:
        when = compile_condition(table.table["when"], table.place.at("when"), scope)
    kinds = [kind for kind in TARGETS if kind in table.table]
    if len(kinds) != 1:
        message = f"a mask rule has exactly one target; this one has {', '.join(kinds) or 'none'}"
        hint = f"one of: {', '.join(TARGETS)}"
        code = "target-several" if kinds else "target-missing"
        scope.problems.error(code, table.place, message, hint)
        return None
    text = write_inline(table.table)
    rule = MaskRule(index, table.name, table.place.origin, text, when)
    targets = compile_targets(kinds[0], rule, table, scope)
    return None if len(scope.problems.errors) > faults else targets


_Joined: TypeAlias = FieldTarget | TextTarget | Step


def _join(steps: list[Step], target: _Joined) -> None:
    """Add a target's work: to an earlier step where that gives the same result."""
    if isinstance(target, FieldTarget):
        # What stands between must not touch bodies; and a value cut to a length must not show
        # what another rule masks in it, so such a rule has a walk of its own.
        position = _last(steps, (HeaderTarget, QueryTarget, CookieTarget))
        before = steps[position] if position >= 0 else None
        if isinstance(before, FieldStep) and _final([*before.targets, target]):
            steps[position] = FieldStep((*before.targets, target))
            return
        steps.append(FieldStep((target,)))
    elif isinstance(target, TextTarget):
        # A rule without a scan may give up on a text, and that must not fail the others.
        before = steps[-1] if steps else None
        if isinstance(before, TextStep) and None not in scans_of((*before.targets, target)):
            steps[-1] = TextStep((*before.targets, target))
            return
        steps.append(TextStep((target,)))
    elif isinstance(target, PathTarget) and target.anywhere is not None:
        if steps and isinstance(steps[-1], NamesStep):
            steps[-1] = NamesStep((*steps[-1].targets, target))
            return
        steps.append(NamesStep((target,)))
    else:
        steps.append(target)


def _last(steps: Sequence[Step], passed_over: tuple[type, ...]) -> int:
    position = len(steps) - 1
    while position >= 0 and isinstance(steps[position], passed_over):
        position -= 1
    return position


def _final(targets: Iterable[FieldTarget]) -> bool:
    return all(target.action.final for target in targets)
