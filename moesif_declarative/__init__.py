"""Send the traffic of a Tornado API to Moesif, configured by ``settings.toml``."""

from typing import TYPE_CHECKING, Any

from moesif_declarative.errors import MoesifError, ProfileError, SettingsError

if TYPE_CHECKING:
    from moesif_declarative.middleware import MoesifMiddleware
    from moesif_declarative.version import __version__

__all__ = ["MoesifError", "MoesifMiddleware", "ProfileError", "SettingsError", "__version__"]


def __getattr__(name: str) -> Any:
    # The command line imports this package too: most commands need no Tornado, and the version
    # stands in the metadata of the installation, which takes a while to read.
    if name == "MoesifMiddleware":
        from moesif_declarative.middleware import MoesifMiddleware

        return MoesifMiddleware
    if name == "__version__":
        from moesif_declarative.version import __version__

        return __version__
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
