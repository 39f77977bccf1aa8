"""The version of this package, from its metadata."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("moesif-declarative")
except PackageNotFoundError:  # a bare checkout
    __version__ = "0.1.0"
