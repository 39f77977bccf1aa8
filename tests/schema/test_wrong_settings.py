"""Wrong settings: what is told about each, and what an editor sees of it."""

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
class Bad:
    """Settings with one fault: its code and key, a part of its hint, and who can see it."""

    id: str
    written: str
    code: str
    key: str
    hint: str = ""
    unseen: str = ""
    """Why the JSON Schema takes it, by test_editor's list of reasons; else it refuses it too."""


BAD = [
    # plain keys
    Bad("unknown-key", "BATCHSIZE = 3", "unknown-key", "BATCHSIZE", "`BATCH_SIZE`"),
    Bad("key-nothing-like-it", "COLOUR = 3", "unknown-key", "COLOUR"),
    Bad("lower-case-key", "debug = true", "unknown-key", "debug", "write `DEBUG`"),
    Bad("text-for-boolean", 'DEBUG = "true"', "wrong-type", "DEBUG", "without quotes"),
    Bad("number-for-boolean", "DEBUG = 1", "wrong-type", "DEBUG", "DEBUG = true"),
    Bad("boolean-for-integer", "BATCH_SIZE = true", "wrong-type", "BATCH_SIZE", "BATCH_SIZE = 100"),
    Bad("text-for-integer", 'BATCH_SIZE = "25"', "wrong-type", "BATCH_SIZE", "without quotes"),
    Bad("fraction-for-integer", "BATCH_SIZE = 2.5", "wrong-type", "BATCH_SIZE"),
    Bad("number-for-text", "SPOOL_DIR = 5", "wrong-type", "SPOOL_DIR", "in quotes"),
    Bad("text-for-list", 'TRUSTED_PROXIES = "10.0.0.0/8"', "wrong-type", "TRUSTED_PROXIES", "["),
    Bad(
        "number-in-list",
        "REQUEST_BODY_MASKS = [5]",
        "wrong-type",
        "REQUEST_BODY_MASKS[0]",
        "quotes",
    ),
    Bad("too-small", "BATCH_SIZE = 0", "out-of-range", "BATCH_SIZE"),
    Bad("negative", "EVENT_BATCH_TIMEOUT = -1", "out-of-range", "EVENT_BATCH_TIMEOUT"),
    Bad("too-large", "REQUEST_TIMEOUT = 90000", "out-of-range", "REQUEST_TIMEOUT"),
    Bad("infinite", "EVENT_BATCH_TIMEOUT = inf", "wrong-value", "EVENT_BATCH_TIMEOUT"),
    Bad("not-a-number", "RELOAD = nan", "wrong-value", "RELOAD", unseen="text"),
    Bad("word-not-allowed", 'OVERFLOW = "drop-oldest"', "wrong-value", "OVERFLOW", "`drop_oldest`"),
    Bad("sink-misspelled", 'SINK = "stdot"', "wrong-value", "SINK", "`stdout`"),
    Bad(
        "preset-misspelled",
        'MASK_PRESETS = ["credit_card"]',
        "wrong-value",
        "MASK_PRESETS[0]",
        "`credit_cards`",
    ),
    Bad("no-types-at-all", "BODY_CONTENT_TYPES = []", "empty-value", "BODY_CONTENT_TYPES"),
    Bad(
        "empty-claim",
        'AUTHORIZATION_USER_ID_FIELD = ""',
        "empty-value",
        "AUTHORIZATION_USER_ID_FIELD",
    ),
    Bad(
        "uri-without-host",
        'BASE_URI = "https://"',
        "wrong-value",
        "BASE_URI",
        "https://api.moesif.net",
    ),
    Bad("uri-without-scheme", 'BASE_URI = "api.moesif.net"', "wrong-value", "BASE_URI"),
    Bad("uri-of-another-kind", 'BASE_URI = "ftp://a/b"', "wrong-value", "BASE_URI"),
    Bad("uri-with-bad-port", 'BASE_URI = "http://a:99999"', "wrong-value", "BASE_URI"),
    Bad("uri-with-query", 'BASE_URI = "http://a/?b=c"', "wrong-value", "BASE_URI"),
    Bad(
        "id-with-line-end",
        'APPLICATION_ID = "a\\nb"',
        "wrong-value",
        "APPLICATION_ID",
        "copy",
    ),
    Bad(
        "file-without-path",
        'SINK = "file"',
        "sink-path-missing",
        "SINK_PATH",
        "SINK_PATH =",
        unseen="layers",
    ),
    # forms of rules
    Bad("rules-as-text", 'SKIP = "a:b"', "wrong-type", "SKIP", "SKIP = { callable ="),
    Bad("rules-as-number", "MASK_EVENT_MODEL = 5", "wrong-type", "MASK_EVENT_MODEL"),
    Bad("number-as-version", "API_VERSION = 1.5", "wrong-type", "API_VERSION", "in quotes"),
    Bad("text-in-rule-list", 'SKIP = ["/health"]', "wrong-type", "SKIP[0]"),
    Bad(
        "name-with-hyphen",
        '[SKIP."a-b"]\npath = "/a"',
        "rule-name-invalid",
        "SKIP.a-b",
        "underscores",
    ),
    Bad("name-with-two-underscores", '[SKIP.a__b]\npath = "/a"', "rule-name-invalid", "SKIP.a__b"),
    Bad(
        "word-as-name",
        '[IDENTIFY_USER.header]\ncookie = "a"',
        "rule-name-invalid",
        "IDENTIFY_USER.header",
        "my_header",
    ),
    Bad(
        "word-that-holds-anything",
        '[IDENTIFY_USER.default]\nheader = "a"',
        "rule-name-invalid",
        "IDENTIFY_USER.default",
    ),
    Bad("test-as-name", '[SKIP.test]\npath = "/a"', "rule-name-invalid", "SKIP.test"),
    Bad(
        "word-beside-names",
        '[SKIP.a]\npath = "/a"\n[SKIP.test]\npath = "/b"',
        "rule-name-invalid",
        "SKIP.test",
    ),
    Bad(
        "rule-beside-names",
        '[SKIP]\npath = "/a"\n[SKIP.b]\npath = "/b"',
        "rule-form-mixed",
        "SKIP.path",
    ),
    Bad("order-as-text", '[SKIP.a]\npath = "/a"\norder = "1"', "wrong-type", "SKIP.a.order"),
    Bad("enabled-as-text", '[SKIP.a]\npath = "/a"\nenabled = "no"', "wrong-type", "SKIP.a.enabled"),
    Bad(
        "wrong-though-disabled",
        '[SKIP.a]\npth = "/a"\nenabled = false',
        "unknown-option",
        "SKIP.a.pth",
    ),
    # sources
    Bad(
        "source-without-selector",
        '[IDENTIFY_USER.a]\nregex = "b"',
        "selector-missing",
        "IDENTIFY_USER.a",
        "header",
        unseen="layers",
    ),
    Bad(
        "source-in-list-without-selector",
        '[[IDENTIFY_USER]]\nregex = "b"',
        "selector-missing",
        "IDENTIFY_USER[0]",
    ),
    Bad(
        "two-selectors",
        '[IDENTIFY_USER.a]\nheader = "b"\ncookie = "c"',
        "selector-several",
        "IDENTIFY_USER.a.cookie",
        "list",
    ),
    Bad(
        "selector-misspelled",
        '[IDENTIFY_USER.a]\nheadr = "b"',
        "unknown-option",
        "IDENTIFY_USER.a.headr",
        "`header`",
    ),
    Bad(
        "selector-of-wrong-type",
        "[IDENTIFY_USER.a]\nheader = 5",
        "wrong-type",
        "IDENTIFY_USER.a.header",
        "in quotes",
    ),
    Bad("empty-header", '[IDENTIFY_USER.a]\nheader = ""', "empty-value", "IDENTIFY_USER.a.header"),
    Bad(
        "fact-misspelled",
        '[IDENTIFY_USER.a]\nrequest = "clientip"',
        "wrong-value",
        "IDENTIFY_USER.a.request",
        "`client_ip`",
    ),
    Bad(
        "fact-of-response",
        '[IDENTIFY_USER.a]\nresponse = "code"',
        "wrong-value",
        "IDENTIFY_USER.a.response",
    ),
    Bad(
        "password-of-basic",
        '[IDENTIFY_USER.a]\nbasic_auth = "password"',
        "wrong-value",
        "IDENTIFY_USER.a.basic_auth",
    ),
    Bad(
        "path-arg-negative",
        "[IDENTIFY_USER.a]\npath_arg = -1",
        "out-of-range",
        "IDENTIFY_USER.a.path_arg",
    ),
    Bad(
        "path-arg-true",
        "[IDENTIFY_USER.a]\npath_arg = true",
        "wrong-type",
        "IDENTIFY_USER.a.path_arg",
    ),
    Bad(
        "transform-misspelled",
        '[IDENTIFY_USER.a]\nheader = "b"\ntransform = ["lowr"]',
        "wrong-value",
        "IDENTIFY_USER.a.transform[0]",
        "`lower`",
    ),
    Bad(
        "transform-without-count",
        '[IDENTIFY_USER.a]\nheader = "b"\ntransform = ["last"]',
        "wrong-value",
        "IDENTIFY_USER.a.transform[0]",
        "last:8",
    ),
    Bad(
        "transform-with-count",
        '[IDENTIFY_USER.a]\nheader = "b"\ntransform = ["lower:2"]',
        "wrong-value",
        "IDENTIFY_USER.a.transform[0]",
    ),
    Bad(
        "no-transforms",
        '[IDENTIFY_USER.a]\nheader = "b"\ntransform = []',
        "empty-value",
        "IDENTIFY_USER.a.transform",
    ),
    Bad(
        "engine-misspelled",
        '[IDENTIFY_USER.a]\nheader = "b"\nregex = "c"\nengine = "re"',
        "wrong-value",
        "IDENTIFY_USER.a.engine",
        "`re2`",
    ),
    Bad(
        "index-without-split",
        '[IDENTIFY_USER.a]\nheader = "b"\nindex = 0',
        "option-needs",
        "IDENTIFY_USER.a.index",
        unseen="layers",
    ),
    Bad(
        "from-without-token",
        '[IDENTIFY_USER.a]\nheader = "b"\nfrom = { cookie = "c" }',
        "option-needs",
        "IDENTIFY_USER.a.from",
    ),
    Bad(
        "wrong-from",
        '[IDENTIFY_USER.a]\njwt = "sub"\nfrom = { cooky = "c" }',
        "unknown-option",
        "IDENTIFY_USER.a.from.cooky",
        "`cookie`",
    ),
    Bad(
        "empty-from",
        '[IDENTIFY_USER.a]\njwt = "sub"\nfrom = []',
        "empty-value",
        "IDENTIFY_USER.a.from",
    ),
    Bad(
        "wrong-in-from-list",
        '[IDENTIFY_USER.a]\njwt = "sub"\nfrom = [{ cookie = 5 }]',
        "wrong-type",
        "IDENTIFY_USER.a.from[0].cookie",
    ),
    Bad(
        "wrong-in-vars",
        '[ACTION_NAME.a]\ntemplate = "{b}"\nvars = { b = { headr = "c" } }',
        "unknown-option",
        "ACTION_NAME.a.vars.b.headr",
        "`header`",
    ),
    Bad(
        "text-in-vars",
        '[ACTION_NAME.a]\ntemplate = "{b}"\nvars = { b = "c" }',
        "wrong-type",
        "ACTION_NAME.a.vars.b",
    ),
    Bad(
        "verify-without-key",
        '[IDENTIFY_USER.a]\njwt = "sub"\nverify = { algorithms = ["HS256"] }',
        "required",
        "IDENTIFY_USER.a.verify",
        "key_env",
        unseen="layers",
    ),
    Bad(
        "verify-with-none",
        '[IDENTIFY_USER.a]\njwt = "sub"\nverify = { key_env = "K", algorithms = ["none"] }',
        "wrong-value",
        "IDENTIFY_USER.a.verify.algorithms[0]",
    ),
    Bad(
        "verify-misspelled",
        '[IDENTIFY_USER.a]\njwt = "a"\n'
        'verify = { key_env = "K", algorithms = ["HS256"], keynv = "" }',
        "unknown-option",
        "IDENTIFY_USER.a.verify.keynv",
        "`key_env`",
    ),
    Bad(
        "key-beside-verify",
        '[IDENTIFY_USER.a]\njwt = "sub"\nkey_env = "K"',
        "misplaced-option",
        "IDENTIFY_USER.a.key_env",
        "`verify`",
    ),
    Bad(
        "condition-in-source",
        '[IDENTIFY_USER.a]\nheader = "b"\npath = "/a"',
        "misplaced-option",
        "IDENTIFY_USER.a.path",
        "when = { path",
    ),
    Bad(
        "wrong-when",
        '[IDENTIFY_USER.a]\nheader = "b"\nwhen = { path = 5 }',
        "wrong-type",
        "IDENTIFY_USER.a.when.path",
    ),
    Bad(
        "missing-in-identity",
        '[IDENTIFY_USER.a]\nheader = "b"\nmissing = "null"',
        "misplaced-option",
        "IDENTIFY_USER.a.missing",
        "GET_METADATA",
    ),
    Bad(
        "setting-in-rule",
        '[IDENTIFY_USER.a]\nheader = "b"\nDEBUG = true',
        "misplaced-option",
        "IDENTIFY_USER.a.DEBUG",
        "setting of its own",
    ),
    # conditions
    Bad("path-misspelled", '[SKIP.a]\npth = "/a"', "unknown-option", "SKIP.a.pth", "`path`"),
    Bad("empty-path-list", "[SKIP.a]\npath = []", "empty-value", "SKIP.a.path"),
    Bad("number-in-path-list", '[SKIP.a]\npath = ["/a", 5]', "wrong-type", "SKIP.a.path[1]"),
    Bad(
        "status-class-wrong",
        '[SKIP.a]\nstatus = "5x"',
        "wrong-value",
        "SKIP.a.status",
        "5xx",
    ),
    Bad("status-out-of-range", "[SKIP.a]\nstatus = 42", "wrong-value", "SKIP.a.status"),
    Bad(
        "status-range-reversed",
        '[SKIP.a]\nstatus = ["299-200"]',
        "wrong-value",
        "SKIP.a.status[0]",
        unseen="text",
    ),
    Bad("status-boolean", "[SKIP.a]\nstatus = true", "wrong-type", "SKIP.a.status"),
    Bad(
        "nothing-in-condition",
        "[SKIP.a]\naction = 'keep'",
        "condition-empty",
        "SKIP.a",
        "path",
        unseen="layers",
    ),
    Bad(
        "only-ignore-case",
        "[SKIP.a]\nignore_case = true",
        "condition-empty",
        "SKIP.a",
        unseen="layers",
    ),
    Bad(
        "test-without-selector",
        '[SKIP.a]\nequals = "b"',
        "test-without-selector",
        "SKIP.a.equals",
        "header",
        unseen="layers",
    ),
    Bad(
        "option-without-selector",
        '[SKIP.a]\npath = "/a"\nsplit = ","',
        "selector-missing",
        "SKIP.a.split",
        unseen="layers",
    ),
    Bad(
        "two-selectors-in-condition",
        '[SKIP.a]\nheader = "b"\nquery = "c"\nexists = true',
        "selector-several",
        "SKIP.a.query",
    ),
    Bad("in-as-text", '[SKIP.a]\nheader = "b"\nin = "c"', "wrong-type", "SKIP.a.in", "["),
    Bad("exists-as-text", '[SKIP.a]\nheader = "b"\nexists = "yes"', "wrong-type", "SKIP.a.exists"),
    Bad(
        "gt-as-text",
        '[SKIP.a]\nheader = "b"\ngt = "5"',
        "wrong-type",
        "SKIP.a.gt",
        "without quotes",
    ),
    Bad("any-as-table", '[SKIP.a]\nany = { path = "/a" }', "wrong-type", "SKIP.a.any"),
    Bad("empty-all", "[SKIP.a]\nall = []", "empty-value", "SKIP.a.all"),
    Bad(
        "empty-table-in-any",
        '[SKIP.a]\nany = [{ path = "/a" }, {}]',
        "condition-empty",
        "SKIP.a.any[1]",
    ),
    Bad(
        "deep-in-joints",
        '[SKIP.a]\nnot = { any = [{ all = [{ pathh = "/a" }] }] }',
        "unknown-option",
        "SKIP.a.not.any[0].all[0].pathh",
        "`path`",
    ),
    Bad(
        "wrong-in-test",
        '[SKIP.a]\ntest = { methd = "GET" }\nequals = true',
        "unknown-option",
        "SKIP.a.test.methd",
        "`method`",
    ),
    Bad(
        "wrong-skip-action",
        '[SKIP.a]\npath = "/a"\naction = "drop"',
        "wrong-value",
        "SKIP.a.action",
    ),
    Bad(
        "mask-option-in-skip",
        '[SKIP.a]\npath = "/a"\nfield = "b"',
        "misplaced-option",
        "SKIP.a.field",
        "MASK_EVENT_MODEL",
    ),
    Bad(
        "order-in-when",
        '[IDENTIFY_USER.a]\nheader = "b"\nwhen = { path = "/a", order = 1 }',
        "misplaced-option",
        "IDENTIFY_USER.a.when.order",
    ),
    # sampling
    Bad(
        "sample-without-rate",
        '[SAMPLE.a]\npath = "/a"',
        "required",
        "SAMPLE.a",
        "rate",
        unseen="layers",
    ),
    Bad("rate-too-high", "[SAMPLE.a]\nrate = 101", "out-of-range", "SAMPLE.a.rate"),
    Bad("rate-as-text", '[SAMPLE.a]\nrate = "5%"', "wrong-type", "SAMPLE.a.rate"),
    Bad(
        "wrong-by",
        "[SAMPLE.a]\nrate = 5\nby = { hedder = 'a' }",
        "unknown-option",
        "SAMPLE.a.by.hedder",
        "`header`",
    ),
    Bad(
        "rate-in-skip",
        '[SKIP.a]\npath = "/a"\nrate = 5',
        "misplaced-option",
        "SKIP.a.rate",
        "SAMPLE",
    ),
    # masks
    Bad(
        "mask-without-target",
        '[MASK_EVENT_MODEL.a]\naction = "remove"',
        "target-missing",
        "MASK_EVENT_MODEL.a",
        "field",
        unseen="layers",
    ),
    Bad(
        "two-targets",
        '[MASK_EVENT_MODEL.a]\nfield = "b"\nheader = "c"',
        "target-several",
        "MASK_EVENT_MODEL.a.header",
        "rule for each",
    ),
    Bad(
        "target-misspelled",
        '[MASK_EVENT_MODEL.a]\nfeild = "b"',
        "unknown-option",
        "MASK_EVENT_MODEL.a.feild",
        "`field`",
    ),
    Bad(
        "wrong-mask-action",
        '[MASK_EVENT_MODEL.a]\nfield = "b"\naction = "delete"',
        "wrong-value",
        "MASK_EVENT_MODEL.a.action",
    ),
    Bad(
        "hash-without-key",
        '[MASK_EVENT_MODEL.a]\nfield = "b"\naction = "hash"',
        "hash-key-missing",
        "MASK_EVENT_MODEL.a.action",
        "MOESIF_MASK_HASH_KEY",
        unseen="layers",
    ),
    Bad(
        "set-without-value",
        '[MASK_EVENT_MODEL.a]\nfield = "b"\naction = "set"',
        "option-needs",
        "MASK_EVENT_MODEL.a",
        "with",
        unseen="layers",
    ),
    Bad(
        "redact-with-number",
        '[MASK_EVENT_MODEL.a]\nfield = "b"\nwith = 5',
        "wrong-type",
        "MASK_EVENT_MODEL.a.with",
        "set",
        unseen="layers",
    ),
    Bad(
        "last-negative",
        '[MASK_EVENT_MODEL.a]\nfield = "b"\naction = "keep"\nlast = -1',
        "out-of-range",
        "MASK_EVENT_MODEL.a.last",
    ),
    Bad(
        "in-without-place",
        '[MASK_EVENT_MODEL.a]\ncookie = "b"\nin = ["request.body"]',
        "option-needs",
        "MASK_EVENT_MODEL.a.in",
    ),
    Bad(
        "field-in-headers",
        '[MASK_EVENT_MODEL.a]\nfield = "b"\nin = ["request.headers"]',
        "wrong-value",
        "MASK_EVENT_MODEL.a.in[0]",
        "request.body",
    ),
    Bad(
        "place-misspelled",
        '[MASK_EVENT_MODEL.a]\nregex = "b"\nin = ["request.boddy"]',
        "wrong-value",
        "MASK_EVENT_MODEL.a.in[0]",
        "`request.body`",
    ),
    Bad(
        "regex-in-user",
        '[MASK_EVENT_MODEL.a]\nregex = "b"\nin = ["user_id"]',
        "wrong-value",
        "MASK_EVENT_MODEL.a.in[0]",
    ),
    Bad(
        "without-for-field",
        '[MASK_EVENT_MODEL.a]\nfield = "b"\nwithout = ["c"]',
        "option-needs",
        "MASK_EVENT_MODEL.a.without",
    ),
    Bad(
        "wrong-preset",
        '[MASK_EVENT_MODEL.a]\npreset = "email"',
        "wrong-value",
        "MASK_EVENT_MODEL.a.preset",
        "`emails`",
    ),
    Bad(
        "wrong-body", '[MASK_EVENT_MODEL.a]\nbody = "all"', "wrong-value", "MASK_EVENT_MODEL.a.body"
    ),
    Bad(
        "action-of-callable",
        '[MASK_EVENT_MODEL.a]\ncallable = "b:c"\naction = "remove"',
        "misplaced-option",
        "MASK_EVENT_MODEL.a.action",
    ),
    Bad(
        "wrong-mask-when",
        '[MASK_EVENT_MODEL.a]\nfield = "b"\nwhen = { statos = 200 }',
        "unknown-option",
        "MASK_EVENT_MODEL.a.when.statos",
        "`status`",
    ),
    Bad(
        "condition-in-mask",
        '[MASK_EVENT_MODEL.a]\nfield = "b"\npath = "/a"',
        "misplaced-option",
        "MASK_EVENT_MODEL.a.path",
        "when",
    ),
    # metadata
    Bad("metadata-as-text", 'GET_METADATA = "a:b"', "wrong-type", "GET_METADATA", "callable"),
    Bad("metadata-as-list", "GET_METADATA = [1]", "wrong-type", "GET_METADATA"),
    Bad(
        "option-of-leaf",
        '[GET_METADATA]\na = { header = "b", colour = 1 }',
        "unknown-option",
        "GET_METADATA.a.colour",
        "{ value =",
    ),
    Bad(
        "two-selectors-in-leaf",
        '[GET_METADATA]\na = { header = "b", cookie = "c" }',
        "selector-several",
        "GET_METADATA.a.cookie",
    ),
    Bad(
        "missing-misspelled",
        '[GET_METADATA]\na = { header = "b", missing = "nul" }',
        "wrong-value",
        "GET_METADATA.a.missing",
        "`null`",
    ),
    Bad(
        "wrong-in-chain",
        '[GET_METADATA]\na = [{ header = "b", spread = 1 }]',
        "wrong-type",
        "GET_METADATA.a[0].spread",
    ),
    Bad(
        "deep-leaf",
        '[GET_METADATA.a.b]\nc = { request = "methd" }',
        "wrong-value",
        "GET_METADATA.a.b.c.request",
        "`method`",
    ),
    Bad(
        "wrong-guard",
        '[GET_METADATA.a]\nb = 1\n_when = { pth = "/a" }',
        "unknown-option",
        "GET_METADATA.a._when.pth",
        "`path`",
    ),
    Bad("empty-guard", "[GET_METADATA]\n_when = {}", "empty-value", "GET_METADATA._when"),
    Bad(
        "text-as-guard", '[GET_METADATA]\n_when = "production"', "wrong-type", "GET_METADATA._when"
    ),
    Bad(
        "beside-whole-callable",
        '[GET_METADATA]\ncallable = "a:b"\nc = 1',
        "misplaced-option",
        "GET_METADATA.c",
    ),
    Bad(
        "when-beside-whole-callable",
        '[GET_METADATA]\ncallable = "a:b"\nwhen = { path = "/a" }',
        "misplaced-option",
        "GET_METADATA.when",
        "_when",
    ),
    # outgoing calls, tests in the settings
    Bad(
        "wrong-outgoing-skip",
        '[SKIP_OUTGOING.a]\nhots = "b"',
        "unknown-option",
        "SKIP_OUTGOING.a.hots",
        "`host`",
    ),
    Bad(
        "wrong-outgoing-metadata",
        '[GET_METADATA_OUTGOING]\na = { request = "b" }',
        "wrong-value",
        "GET_METADATA_OUTGOING.a.request",
    ),
    Bad(
        "test-without-expectation",
        '[TESTS.a]\nrequest = { url = "/a" }',
        "required",
        "TESTS.a",
        "expect",
        unseen="layers",
    ),
    Bad(
        "test-without-url",
        "[TESTS.a]\nrequest = {}\nexpect = { skipped = true }",
        "required",
        "TESTS.a.request",
        "url",
    ),
    Bad(
        "wrong-expectation",
        '[TESTS.a]\nrequest = { url = "/a" }\nexpect = { skiped = true }',
        "unknown-option",
        "TESTS.a.expect.skiped",
        "`skipped`",
    ),
    Bad(
        "expectation-outside",
        '[TESTS.a]\nrequest = { url = "/a" }\nexpect = { skipped = true }\nuser_id = "u"',
        "misplaced-option",
        "TESTS.a.user_id",
        "`expect`",
    ),
    Bad(
        "wrong-header-in-test",
        '[TESTS.a]\nrequest = { url = "/a", headers = { X-A = 5 } }\nexpect = { skipped = true }',
        "wrong-type",
        "TESTS.a.request.headers.X-A",
    ),
    Bad("test-as-text", 'TESTS = { a = "b" }', "wrong-type", "TESTS.a"),
]


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.id)
def test_wrong_settings_are_told_with_their_key_and_a_hint(check: Check, case: Bad) -> None:
    _, problems = check(case.written)
    assert [(problem.code, problem.key) for problem in problems] == [(case.code, case.key)]
    (problem,) = problems
    assert case.hint in problem.hint
    assert problem.origin.source == "settings.toml"
    assert problem.message


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.id)
def test_the_editor_sees_what_its_schema_can_tell(
    editor: jsonschema.Draft4Validator, case: Bad
) -> None:
    assert editor.is_valid({"default": tomllib.loads(case.written)}) is (case.unseen != "")
    assert case.unseen in {"", "layers", "text"}


@pytest.mark.parametrize(
    "written", ["DEBUG = true", "[default.MOESIF]\nDEBUG = 1", "[production]\nDEBUGG = true"]
)
def test_the_editor_sees_faults_of_files_as_a_whole(
    editor: jsonschema.Draft4Validator, written: str
) -> None:
    assert not editor.is_valid(tomllib.loads(written))
