"""The reference of the settings, in Markdown.

Flows in: the schema's documents. Flows out: one page: where settings come from, every key,
every option, every code of a problem.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from moesif_declarative.schema.documents import Option, document, options

_KINDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "list": "list",
    "dict": "table",
    "callable": "Python callable",
}


def write_reference() -> str:
    """Write the page, the same for the same documents."""
    page = document("reference")
    parts = [f"# {page['title']}", page["intro"].strip(), _contents(page)]
    for section in page["sections"]:
        parts += [f"## {section['title']}", section["text"].strip()]
        for group in section.get("groups", []):
            keys = [o for o in options("settings").values() if o.meta["group"] == group["name"]]
            parts += [f"### {group['title']}", _table_of(keys, key_column=True)]
        for table in section.get("tables", []):
            parts += [f"### {table['title']}", _table_of(_picked(table))]
    parts += ["## Recipes", page["recipes"].strip(), _recipes()]
    parts += ["## Problems", page["problems"].strip(), _problems()]
    return "\n\n".join(parts) + "\n"


def _contents(page: Mapping[str, Any]) -> str:
    titles = [section["title"] for section in page["sections"]] + ["Recipes", "Problems"]
    return "\n".join(f"- [{title}](#{_anchor(title)})" for title in titles)


def _recipes() -> str:
    parts = []
    for group in document("recipes")["group"]:
        lines = [
            f"- [{need}](../tests/hooks/{file}.toml)" for need, file in group["recipes"].items()
        ]
        parts += [f"### {group['title']}", "\n".join(lines)]
    return "\n\n".join(parts)


def _anchor(title: str) -> str:
    kept = "".join(letter for letter in title.lower() if letter.isalnum() or letter in " -_")
    return kept.replace(" ", "-")


def _picked(table: Mapping[str, Any]) -> list[Option]:
    """Return the options of a document that one table of the page shows."""
    found: Mapping[str, Option] = options(table["document"])
    if "below" in table:
        found = found[table["below"]].below
    roles = table.get("roles")
    return [option for option in found.values() if not roles or option.role in roles]


def _table_of(shown: Iterable[Option], *, key_column: bool = False) -> str:
    head = ["Key" if key_column else "Option", "What it does", "Type", "Default", "Example"]
    rows = [head + (["moesiftornado"] if key_column else [])]
    rows.append(["---"] * len(rows[0]))
    for option in shown:
        row = [f"`{option.name}`", _told(option), _kind(option), _default(option)]
        row.append(_code(option.example))
        rows.append([*row, _original(option)] if key_column else row)
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _told(option: Option) -> str:
    told = option.doc
    beside = option.meta.get("beside", option.meta.get("of_actions", ()))
    if beside:
        what = "Beside" if "beside" in option.meta else "For the actions"
        told += f" {what} {', '.join(f'`{name}`' for name in beside)}."
    allowed = option.rules.get("allowed")
    if allowed:
        told += f" One of {', '.join(f'`{value}`' for value in allowed)}."
    if "values" in option.meta:
        steps = [*option.meta["values"], *(f"{name}:N" for name in option.meta["counted"])]
        told += f" Out of {', '.join(f'`{step}`' for step in steps)}."
    return _cell(told + _limits(option.rules))


def _limits(rules: Mapping[str, Any]) -> str:
    low, high = rules.get("min"), rules.get("max")
    if low is None and high is None:
        return ""
    if high is None:
        return f" At least {low}."
    return f" From {low} to {high}."


def _kind(option: Option) -> str:
    kinds = [_KINDS[name] for name in option.types]
    return ", ".join(kinds) or "any"


def _default(option: Option) -> str:
    note = option.meta.get("default_note")
    if option.default is None:
        return _cell(note) if note else "none"
    written = _code(json.dumps(option.default, ensure_ascii=False))
    return f"{written}; {_cell(note)}" if note else written


def _original(option: Option) -> str:
    if option.meta.get("original"):
        return f"`{option.name}`"
    return "in its siblings" if option.meta.get("sibling") else "-"


def _code(text: str) -> str:
    return f"`{_cell(text)}`"


def _cell(text: str) -> str:
    """Keep a text inside its cell: a bar would end it, even in code."""
    return text.replace("|", r"\|").replace("\n", " ")


def _problems() -> str:
    rows = ["| Code | What it means |", "| --- | --- |"]
    rows += [f"| `{code}` | {_cell(text)} |" for code, text in sorted(document("problems").items())]
    return "\n".join(rows)
