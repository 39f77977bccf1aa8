"""Files, variables and keyword arguments to plain values, each with its origin."""

from moesif_declarative.settings.loaded import Loaded, Section
from moesif_declarative.settings.loader import load
from moesif_declarative.settings.shapes import Shapes

__all__ = ["Loaded", "Section", "Shapes", "load"]
