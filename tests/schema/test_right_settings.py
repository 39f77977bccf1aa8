"""Right settings: neither startup nor an editor raises an alarm."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass

import jsonschema
import pytest

from moesif_declarative.errors import Problems
from moesif_declarative.schema import Settings

Check = Callable[..., tuple[Settings, Problems]]


@dataclass(frozen=True)
class Good:
    """Settings without a fault."""

    id: str
    written: str


GOOD = [
    Good("nothing", ""),
    Good(
        "plain",
        'DEBUG = true\nBATCH_SIZE = 1\nEVENT_BATCH_TIMEOUT = 0.5\nRELOAD = 3\nSINK = "null"',
    ),
    Good("proxy", 'BASE_URI = "http://[::1]:9500/collector"'),
    Good(
        "switched-off-by-empty-text",
        'SPOOL_DIR = ""\nMASK_HASH_KEY = ""\nAUTHORIZATION_HEADER_NAME = ""',
    ),
    Good("no-presets", "MASK_PRESETS = []\nSKIP = []\nIDENTIFY_USER = {}"),
    Good("constants", 'API_VERSION = "1.0"\nACTION_NAME = "call"\nIDENTIFY_COMPANY = "acme"'),
    Good(
        "short-forms",
        '[SKIP]\npath = "/a"\n[[IDENTIFY_USER]]\nheader = "a"\n[[IDENTIFY_USER]]\njwt = "b"',
    ),
    Good("short-not", "[SKIP]\nnot = { path = '/api/*' }"),
    Good(
        "short-tables-only",
        '[API_VERSION]\ntest = { path = "/v2/*" }\nmap = { true = "2", false = "1" }',
    ),
    Good(
        "named",
        '[SKIP.a]\npath = "/a"\norder = -1\n[SKIP.B_2]\nstatus = [404, "5xx", "200-299", "<300"]',
    ),
    Good(
        "selectors",
        "\n".join(
            f"[IDENTIFY_USER.r{n}]\n{line}"
            for n, line in enumerate(
                [
                    'header = "a"',
                    'response_header = "a"',
                    'cookie = "a"',
                    'query = "a"',
                    'form = "a"',
                    "path_arg = 0",
                    'path_arg = "a"',
                    'jsonpath = "$.a"',
                    'jwt = "a"',
                    'basic_auth = "username"',
                    'request = "client_ip"',
                    'response = "duration_ms"',
                    'handler = "a.b"',
                    'env = "A"',
                    "value = 5",
                    'template = "a"',
                    'test = { path = "/a" }',
                    'callable = "a:b"',
                ]
            )
        ),
    ),
    Good(
        "source-options",
        """
[IDENTIFY_USER.a]
jwt = "sub"
from = [{ cookie = "a" }, { query = "b", when = [{ method = "GET" }] }]
verify = { key_env = "K", algorithms = ["HS256", "EdDSA"] }
split = ","
index = -1
regex = 'a(b)'
engine = "python"
transform = ["strip", "truncate:8", "last:4", "sha256", "base64", "ip"]
map = { gold = "a", "2xx" = 5, Header = { a = 1 } }
default = "none"
when = { environment = ["a", "b"] }
""",
    ),
    Good(
        "template",
        '[ACTION_NAME.a]\ntemplate = "{a}{b}"\nvars = { a = { query = "b" }, b = [{ value = 1 }] }',
    ),
    Good(
        "conditions",
        """
[SKIP.a]
method = ["GET"]
host = "a"
url = "a"
path_regex = "a"
url_regex = ["a"]
engine = "re2"
path_contains = "a"
url_contains = "a"
user_agent_contains = "a"
ignore_case = true
environment = "production"
header = "a"
transform = "lower"
equals = ["a", 1]
not_equals = 5
in = [1, "a"]
not_in = [true]
contains = "a"
starts_with = "a"
ends_with = ["a", "b"]
glob = "a*"
matches = "a"
exists = true
gt = 1
gte = 1.5
lt = 3
lte = 4
cidr = ["10.0.0.0/8"]
truthy = true
all = [{ path = "/a" }]
any = [{ path = "/a" }, { query = "b" }]
not = [{ path = "/a" }, { callable = "a:b" }]
""",
    ),
    Good("condition-with-when", '[SKIP.a]\nwhen = { path = "/a" }'),
    Good(
        "sampling",
        '[SAMPLE.a]\nrate = 12.5\nby = { jwt = "sub" }\n[SAMPLE.b]\nrate = 0\npath = "/a"',
    ),
    Good(
        "masks",
        "\n".join(
            f"[MASK_EVENT_MODEL.r{n}]\n{line}"
            for n, line in enumerate(
                [
                    'jsonpath = ["$.a", "$.b"]',
                    'field = "a"\nin = "request.body"',
                    'header = ["a"]\naction = "null"',
                    'request_header = "a"',
                    'response_header = "a"',
                    "headers_except = []",
                    'query = "a"',
                    'cookie = "a"',
                    "regex = 'a(b)'\nwith = '\\1'\nin = ['request.headers.X-A']\nengine = 'python'",
                    'env_value = "A"',
                    'body = "both"\nwhen = { status = 200 }',
                    'preset = "credentials"\nwithout = ["Cookie"]\nin = ["user_id"]',
                    'callable = "a:b"',
                    'field = "a"\naction = "keep"\nfirst = 1\nlast = 0',
                    'field = "a"\naction = "truncate"\nlength = 0\nwith = "…"',
                    'field = "a"\naction = "set"\nwith = { a = 1 }',
                ]
            )
        ),
    ),
    Good(
        "options-of-other-actions",
        '[MASK_EVENT_MODEL.a]\nfield = "a"\naction = "remove"\nwith = 5\nlast = 4\nlength = 3',
    ),
    Good(
        "hash-with-key", 'MASK_HASH_KEY = "k"\n[MASK_EVENT_MODEL.a]\nfield = "a"\naction = "hash"'
    ),
    Good(
        "metadata",
        """
[GET_METADATA]
header = "a constant, as the top-level table is data"
a = { header = "b", missing = "drop_all" }
b = [{ header = "b" }, { env = "C", spread = true }]
c = [1, "two", { three = 3 }]
d = { test = { path = "/a" } }
e = { test = { unlike = "a condition" } }
f = { header = 5 }
g = { value = { header = "b", colour = 1 } }
_when = [{ path = "/a" }]
[GET_METADATA.Nested.Deep]
Key = 1
_when = { status = 200 }
""",
    ),
    Good("metadata-callable", '[GET_METADATA]\ncallable = "a:b"\n_when = { path = "/a" }'),
    Good(
        "outgoing",
        'LOG_BODY_OUTGOING = true\nSKIP_OUTGOING = { host = "a" }\nGET_METADATA_OUTGOING = {}',
    ),
    Good(
        "tests",
        """
[TESTS.a]
request = { method = "GET", url = "/a", headers = { A = "b", C = ["d", "e"] }, body = { f = 1 } }
response = { status = 200, headers = {}, body = "text", duration_ms = 1.5 }
handler = { current_user = { id = 1 } }
env = { A = "b" }
[TESTS.a.expect]
skipped = false
user_id = "u"
company_id = ""
session_token = ""
metadata = {}
event = { "$" = {} }
absent = ["x"]
""",
    ),
]


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.id)
def test_right_settings_raise_no_alarm(check: Check, case: Good) -> None:
    _, problems = check(case.written)
    assert list(problems) == []


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.id)
def test_the_editor_raises_no_alarm_either(editor: jsonschema.Draft4Validator, case: Good) -> None:
    assert list(editor.iter_errors({"default": tomllib.loads(case.written)})) == []


@pytest.mark.parametrize(
    "written",
    [
        '[default]\nBATCH_SIZE = "@int 25"\n[production.SKIP.a]\nenabled = false',
        '[production.MASK_EVENT_MODEL.card]\naction = "remove"',
        '[default.SKIP.a]\nPath = "/a"\n[default.IDENTIFY_USER]\nHeader = "a"',
        '[default]\nDEBUG = "the application\'s own"\nX = 1\n[development.MOESIF]\nDEBUG = true',
    ],
)
def test_the_editor_knows_sections_tokens_case_and_shared_files(
    editor: jsonschema.Draft4Validator, written: str
) -> None:
    assert list(editor.iter_errors(tomllib.loads(written))) == []
