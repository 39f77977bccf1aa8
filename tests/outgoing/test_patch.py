"""A method replaced and put back, whoever else replaces it meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moesif_declarative.outgoing.patch import Patch


class Client:
    def send(self) -> list[str]:
        return ["sent"]


ORIGINAL = Client.send


def wrapped_as(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return lambda original: lambda client: [name, *original(client)]


def replace(method: Any) -> None:
    Client.send = method  # type: ignore[method-assign]


def test_a_patch_is_installed_once_and_removed() -> None:
    patch = Patch(Client, "send", wrapped_as("ours"))
    patch.remove()
    for _ in range(2):
        patch.install()
    assert Client().send() == ["ours", "sent"]
    for _ in range(2):
        patch.remove()
    assert Client.send is ORIGINAL
    patch.install()
    assert Client().send() == ["ours", "sent"]
    patch.remove()
    assert Client.send is ORIGINAL


def test_what_somebody_else_wrapped_around_ours_stays() -> None:
    patch = Patch(Client, "send", wrapped_as("ours"))
    patch.install()
    ours = Client.send
    replace(wrapped_as("theirs")(ours))
    theirs = Client.send
    patch.remove()
    assert Client.send is theirs
    patch.install()
    assert Client().send() == ["theirs", "ours", "sent"]
    replace(ours)  # they put back what they had found
    patch.remove()
    assert Client.send is ORIGINAL


def test_ours_comes_back_after_somebody_else_took_it_away() -> None:
    patch = Patch(Client, "send", wrapped_as("ours"))
    patch.install()
    replace(ORIGINAL)
    patch.remove()
    assert Client.send is ORIGINAL
    patch.install()
    assert Client().send() == ["ours", "sent"]
    patch.remove()


def test_ours_goes_around_what_was_there_before() -> None:
    replace(wrapped_as("theirs")(ORIGINAL))
    patch = Patch(Client, "send", wrapped_as("ours"))
    patch.install()
    assert Client().send() == ["ours", "theirs", "sent"]
    patch.remove()
    assert Client().send() == ["theirs", "sent"]
    replace(ORIGINAL)
