"""JSON Web Tokens: three or five parts in base64url, the first a JSON object.

A signed token has three parts (RFC 7515, section 7.1; the last is empty with ``alg: none``),
an encrypted one five (RFC 7516, section 7.1; the second may be empty). A header in base64url
begins with ``eyJ``, or, with white space before its first name, with one of a few others. A
token is found anywhere, in the middle of a word too; ``Bearer`` before it is not part of it.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from moesif_declarative.rules.mask.text.detector import span_detector
from moesif_declarative.rules.mask.text.scanner import compile_utf8, utf8_spans
from moesif_declarative.rules.mask.text.sign import Sign

_PART: Final = "[0-9A-Za-z_-]"
# The three bytes { and " or white space and " or white space; only the first, {" and on, is
# rare enough in other words to need no header's length behind it.
_HEADER: Final = rf"(?:eyJ{_PART}*|(?:eyA|ew[o0k])[giKNJ]{_PART}{{12,}})"
_TOKEN: Final = compile_utf8(
    rf"{_HEADER}\.(?:{_PART}*\.{_PART}+\.{_PART}+\.{_PART}+|{_PART}+\.{_PART}*)".encode("ascii")
)

_SIGN: Final = Sign(rf"(?:eyJ|(?:eyA|ew[o0k])[giKNJ]){_PART}*\.")
JWT: Final = span_detector("jwt", partial(utf8_spans, _TOKEN), _SIGN)
