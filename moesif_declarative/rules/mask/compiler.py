"""From one mask rule's table to its targets: what it masks, where, and how.

Flows in: a rule's table, validated in shape. Flows out: targets that steps are made of, and what
the rule guards; a preset gives several targets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, cast

from moesif_declarative.rules.compiled import Scope
from moesif_declarative.rules.glob import compile_globs, is_literal
from moesif_declarative.rules.header_name import tornado_spelling
from moesif_declarative.rules.mask import presets
from moesif_declarative.rules.mask.action import Action
from moesif_declarative.rules.mask.bodies import BodyTarget
from moesif_declarative.rules.mask.cookies import CookieTarget
from moesif_declarative.rules.mask.field_names import FieldTarget
from moesif_declarative.rules.mask.headers import HeaderTarget
from moesif_declarative.rules.mask.mask_table import (
    BODIES,
    HEADERS,
    IDENTITIES,
    LABELS,
    TEXTS,
    MaskTable,
)
from moesif_declarative.rules.mask.model_callable import CallableTarget
from moesif_declarative.rules.mask.names import compile_names
from moesif_declarative.rules.mask.path_target import PathTarget
from moesif_declarative.rules.mask.paths import compile_path_target, guards_of
from moesif_declarative.rules.mask.result import EVERYTHING, PATH, MaskRule
from moesif_declarative.rules.mask.scan import Scan, scan_regex, scan_texts, scan_userinfo
from moesif_declarative.rules.mask.text import Detector, compile_detector
from moesif_declarative.rules.mask.texts import TextTarget
from moesif_declarative.rules.mask.urls import QueryTarget
from moesif_declarative.rules.mask.work import SIDES, Side
from moesif_declarative.rules.reference import compile_callable
from moesif_declarative.schema.settings import RuleTable

Target: TypeAlias = (
    FieldTarget
    | TextTarget
    | HeaderTarget
    | QueryTarget
    | CookieTarget
    | BodyTarget
    | PathTarget
    | CallableTarget
)


@dataclass(frozen=True, slots=True)
class Targets:
    """A compiled rule.

    Attributes:
        rule: The rule, with what it guards.
        found: Its targets, in their order of work.
    """

    rule: MaskRule
    found: tuple[Target, ...]


def compile_targets(kind: str, rule: MaskRule, table: RuleTable, scope: Scope) -> Targets:
    """Compile a rule's targets.

    Args:
        kind: Which of `TARGETS` it is.
        rule: The rule as people see it.
        table: Its table.
        scope: Collects problems; where there are some, the targets may be incomplete.
    """
    guards, make = TARGETS[kind](MaskTable(rule, table.table, table.place, scope))
    guarding = replace(rule, guards=guards)
    return Targets(guarding, tuple(make(guarding)))


_Made: TypeAlias = tuple[frozenset[str], Callable[[MaskRule], Iterable[Target]]]
_NOTHING: Final[frozenset[str]] = frozenset()


def _made(action: Action | None, make: Callable[[MaskRule, Action], Iterable[Target]]) -> _Made:
    if action is None:
        return _NOTHING, lambda _: ()
    return _NOTHING, lambda rule: make(rule, action)


def _jsonpath(rule: MaskTable) -> _Made:
    action = rule.action()
    if action is None:
        return _NOTHING, lambda _: ()
    found = [
        compile_path_target(text, rule.rule, action, rule.table.get("with"), place, rule.scope)
        for text, place in rule.items("jsonpath")
    ]
    targets = [target for target in found if target is not None]
    guards = frozenset(guard for target in targets for guard in guards_of(target.path))
    return guards, lambda new: [replace(target, rule=new) for target in targets]


def _field(rule: MaskTable) -> _Made:
    sides = _sides(rule.places(BODIES, single_headers=False))
    names = compile_names(rule.names("field"))
    return _made(rule.action(), lambda new, action: [FieldTarget(new, action, names, sides)])


def _header(key: str, *sides: Side) -> Callable[[MaskTable], _Made]:
    def compile_it(rule: MaskTable) -> _Made:
        names = rule.names(key)
        made = tuple(tornado_spelling(name) for name in names if is_literal(name))
        match = compile_globs(names, ignore_case=True)

        def make(new: MaskRule, action: Action) -> list[Target]:
            names = made if action.name == "set" else ()
            return [HeaderTarget(new, action, match, frozenset(sides), names)]

        return _made(rule.action(), make)

    return compile_it


def _headers_except(rule: MaskTable) -> _Made:
    kept = compile_globs(rule.names("headers_except"), ignore_case=True)
    return _made(
        rule.action(),
        lambda new, action: [
            HeaderTarget(new, action, lambda name: not kept(name), frozenset(SIDES))
        ],
    )


def _query(rule: MaskTable) -> _Made:
    names = compile_names(rule.names("query"))
    places = frozenset(("request.uri", *HEADERS))
    return _made(rule.action(), lambda new, action: [QueryTarget(new, action, names, places)])


def _cookie(rule: MaskTable) -> _Made:
    names = compile_names(rule.names("cookie"))
    return _made(rule.action(), lambda new, action: [CookieTarget(new, action, names)])


def _body(rule: MaskTable) -> _Made:
    side = rule.table["body"]
    sides = frozenset(SIDES if side == "both" else (cast("Side", side),))
    return _made(rule.action(), lambda new, action: [BodyTarget(new, action, sides)])


def _regex(rule: MaskTable) -> _Made:
    detector = compile_detector("regex", rule.table, rule.place, rule.scope)
    scan = scan_regex(rule.table) if detector else None
    return _texts(rule, detector, TEXTS, scan)


def _env_value(rule: MaskTable) -> _Made:
    detector = compile_detector("env_value", rule.table, rule.place, rule.scope)
    everywhere = "in" not in rule.table
    scan = scan_texts(detector) if detector else None
    return _texts(rule, detector, TEXTS, scan, more=(*IDENTITIES, *LABELS) if everywhere else ())


def _preset(rule: MaskTable) -> _Made:
    name = rule.table["preset"]
    if name not in presets.PRESET_NAMES:
        hint = f"one of: {', '.join(presets.PRESET_NAMES)}"
        at = rule.place.at("preset")
        rule.scope.problems.error("unknown-preset", at, f"there is no preset {name!r}", hint)
        return _NOTHING, lambda _: ()
    if name == "credentials":
        return _credentials(rule)
    if "without" in rule.table:
        message = f"the preset {name} has no names that could be taken out"
        hint = "without belongs to credentials; in and when restrict this preset"
        rule.scope.problems.error("not-in-preset", rule.place.at("without"), message, hint)
    detector = compile_detector(name, rule.table, rule.place, rule.scope)
    scan = scan_texts(detector) if detector else None
    known = (*TEXTS, *IDENTITIES)
    return _texts(rule, detector, known, scan, addresses=name == "ip_addresses")


def _texts(
    rule: MaskTable,
    detector: Detector | None,
    known: Sequence[str],
    scan: Scan | None,
    *,
    addresses: bool = False,
    more: Sequence[str] = (),
) -> _Made:
    places = rule.places(known) | frozenset(more)
    action = None if detector is None else rule.action(detector)
    if detector is None or action is None:
        return _NOTHING, lambda _: ()
    guards = _text_guards(places)
    if addresses:
        guards |= {"request.ip_address", "response.ip_address"}
    return guards, lambda new: [
        TextTarget(new, action, (detector,), places, addresses, scans=(scan,))
    ]


def _credentials(rule: MaskTable) -> _Made:
    names = rule.names("without") if "without" in rule.table else []
    shipped = presets.credentials(names, rule.place.at("without"), rule.scope)
    places = rule.places((*TEXTS, *IDENTITIES))
    action = rule.action()
    if action is None:
        return _NOTHING, lambda _: ()

    def make(new: MaskRule) -> Iterable[Target]:
        sides = frozenset(side for side in SIDES if f"{side}.headers" in places)
        match = compile_globs(shipped.headers, ignore_case=True)
        if sides and shipped.headers:
            yield HeaderTarget(new, action, match, sides)
        for single in places:
            side, _, name = single.partition(".headers.")
            if name and match(name):
                one = compile_globs(name, ignore_case=True)
                yield HeaderTarget(new, action, one, frozenset((cast("Side", side),)))
        if _sides(places) and shipped.fields:
            yield FieldTarget(new, action, compile_names(shipped.fields), _sides(places))
        urls = places & {"request.uri", *HEADERS}
        if urls and shipped.arguments:
            yield QueryTarget(new, action, compile_names(shipped.arguments), urls)
        if shipped.detectors:
            scans = tuple(
                scan_userinfo if detector is presets.USERINFO else scan_texts(detector)
                for detector in shipped.detectors
            )
            yield TextTarget(new, action, shipped.detectors, places, lenient=True, scans=scans)

    return _text_guards(places), make


def _text_guards(places: frozenset[str]) -> frozenset[str]:
    guards = places & frozenset(("user_id", "company_id", *LABELS))
    return guards | {PATH} if "request.uri" in places else guards


def _callable(rule: MaskTable) -> _Made:
    function = compile_callable(rule.table["callable"], rule.place.at("callable"), rule.scope)
    if function is None:
        return _NOTHING, lambda _: ()
    return frozenset((EVERYTHING,)), lambda new: [CallableTarget(new, function)]


def _sides(places: Iterable[str]) -> frozenset[Side]:
    return frozenset(side for side in SIDES if f"{side}.body" in places)


TARGETS: Final[Mapping[str, Callable[[MaskTable], _Made]]] = {
    "jsonpath": _jsonpath,
    "field": _field,
    "header": _header("header", *SIDES),
    "request_header": _header("request_header", "request"),
    "response_header": _header("response_header", "response"),
    "headers_except": _headers_except,
    "query": _query,
    "cookie": _cookie,
    "regex": _regex,
    "env_value": _env_value,
    "body": _body,
    "preset": _preset,
    "callable": _callable,
}
"""The targets of mask rules, by their word in the settings."""
