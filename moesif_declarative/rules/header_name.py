"""Header names as Tornado spells them: ``X-User-Id`` for ``x-USER-id``.

Flows in: a header's name as a user wrote it. Flows out: its name in a call's headers.
"""

from __future__ import annotations


def tornado_spelling(name: str) -> str:
    """Spell a header's name as Tornado does; names are the same in any case (RFC 9110, 5.1)."""
    return "-".join(word.capitalize() for word in name.strip().split("-"))
