"""The typed settings: what validation gives to the stages behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from moesif_declarative.errors import Place


@dataclass(frozen=True, slots=True)
class RuleTable:
    """One rule, validated in shape, not yet compiled.

    Attributes:
        setting: The key it stands under: ``SKIP``.
        name: Its name; ``rule1``, ``rule2``, … in a list, ``rule`` for a single table.
        table: Its options, spelled as the schema spells them; ``order`` and ``enabled`` are
            gone. A callable of the dict way stands under ``callable`` as the object itself.
        place: Where it was written.
    """

    setting: str
    name: str
    table: Mapping[str, Any]
    place: Place


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting of one middleware, validated. Plain options bear their key in lower case.

    Secrets are kept out of the representation.

    Attributes:
        environment: The settings environment (``development``).
        variables: What `env`, `env_value` and `key_env` read.
        place: The root of all places.
        rules: Setting name to its enabled rules, in their order of work, for every setting that
            takes rules. Rules with a problem of shape are not in it.
        get_metadata: The metadata table, None without one. ``{"callable": …}`` where a
            callable gives the whole dictionary.
        get_metadata_outgoing: The same for outgoing calls.
        tests: The tests in the settings, by name.
        remainders: What is right in rules and metadata that have a problem of shape, by
            setting: rules, or a table of metadata. It only serves to find what else is wrong.
    """

    environment: str
    variables: Mapping[str, str] = field(repr=False)
    place: Place = field(repr=False)
    rules: Mapping[str, tuple[RuleTable, ...]]
    get_metadata: Mapping[str, Any] | None
    get_metadata_outgoing: Mapping[str, Any] | None
    tests: Mapping[str, Any]
    application_id: str = field(repr=False)
    base_uri: str
    enabled: bool
    debug: bool
    sink: Literal["moesif", "stdout", "file", "null"]
    sink_path: str | None
    log_body: bool
    log_request_body: bool
    log_response_body: bool
    max_body_size: int
    body_content_types: tuple[str, ...]
    batch_size: int
    event_queue_size: int
    event_queue_bytes: int
    event_batch_timeout: float
    overflow: Literal["drop_oldest", "drop_newest"]
    request_timeout: float
    worker: Literal["thread", "process"]
    spool_dir: str | None
    spool_max_bytes: int
    authorization_header_name: str
    authorization_user_id_field: str
    client_ip_headers: tuple[str, ...]
    trusted_proxies: tuple[str, ...]
    access_log: bool
    mask_presets: tuple[str, ...]
    mask_hash_key: str | None = field(repr=False)
    mask_remarks: bool
    on_mask_error: Literal["strip", "drop"]
    unparsed_body: Literal["omit", "send"]
    disabled_transaction_id: bool
    governance: bool
    reload: float
    capture_outgoing_requests: bool
    log_body_outgoing: bool
    request_header_masks: tuple[str, ...]
    response_header_masks: tuple[str, ...]
    request_body_masks: tuple[str, ...]
    response_body_masks: tuple[str, ...]
    request_query_masks: tuple[str, ...]
    remainders: Mapping[str, tuple[RuleTable, ...] | Mapping[str, Any]] = field(
        default_factory=dict, repr=False
    )
