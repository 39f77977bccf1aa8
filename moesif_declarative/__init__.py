"""Send the traffic of a Tornado API to Moesif, configured by ``settings.toml``."""

from typing import TYPE_CHECKING, Any

from moesif_declarative.errors import MoesifError, ProfileError, SettingsError
from moesif_declarative.version import __version__

if TYPE_CHECKING:
    from moesif_declarative.middleware import MoesifMiddleware

__all__ = ["MoesifError", "MoesifMiddleware", "ProfileError", "SettingsError", "__version__"]


def __getattr__(name: str) -> Any:
    # The command line imports this package too, and most commands need no Tornado.
    if name == "MoesifMiddleware":
        from moesif_declarative.middleware import MoesifMiddleware

        return MoesifMiddleware
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
