"""Plain values to typed settings, or every problem at once.

Flows in: what the loader merged, and the documents in `schemas`. Flows out: `Settings`; and for
the loader the outline of the language, which it takes as `shapes`.
"""

from moesif_declarative.schema.plain import defaults
from moesif_declarative.schema.settings import RuleTable, Settings
from moesif_declarative.schema.shapes import shapes
from moesif_declarative.schema.validation import validate

__all__ = ["RuleTable", "Settings", "defaults", "shapes", "validate"]
