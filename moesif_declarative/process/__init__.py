"""Events in a helper process: ``WORKER = "process"``.

Flows in: captured calls. Flows out: the same events as those of a thread, built, masked, encoded
and sent on another core than the application's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from moesif_declarative.delivery import Delivery, options_from
from moesif_declarative.item import Item
from moesif_declarative.process.counts import add
from moesif_declarative.process.feed import Feed
from moesif_declarative.process.remote import RemoteDelivery
from moesif_declarative.schema.settings import Settings

__all__ = ["RemoteDelivery", "add", "beside"]


def beside(
    delivery: Delivery[Item],
    settings: Settings,
    on_answer: Callable[[Mapping[str, str]], None] | None = None,
) -> Delivery[Item] | RemoteDelivery:
    """Put a helper process beside a delivery, where the settings want one.

    Args:
        delivery: Delivers in a thread of this process; stands in where there is no helper.
        settings: The settings.
        on_answer: Given the headers of Moesif's answers to events.
    """
    if settings.worker != "process" or not settings.enabled:
        return delivery
    return RemoteDelivery(delivery, Feed(options_from(settings), delivery.put, on_answer))
