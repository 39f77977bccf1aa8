"""Send the traffic of a Tornado API to Moesif, configured by ``settings.toml``."""

from moesif_declarative.errors import MoesifError, ProfileError, SettingsError
from moesif_declarative.middleware import MoesifMiddleware
from moesif_declarative.version import __version__

__all__ = ["MoesifError", "MoesifMiddleware", "ProfileError", "SettingsError", "__version__"]
