"""Writes what is generated from the schema's documents: `python -m moesif_declarative.schema`.

Flows in: the documents. Flows out: ``settings.schema.json`` and ``REFERENCE.md`` beside them.
"""

from __future__ import annotations

from moesif_declarative.schema.documents import schemas_folder
from moesif_declarative.schema.json_schema import write_json_schema
from moesif_declarative.schema.reference import write_reference


def main() -> None:
    """Write both files."""
    folder = schemas_folder()
    for name, text in {
        "settings.schema.json": write_json_schema(),
        "REFERENCE.md": write_reference(),
    }.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
