"""How long a text is for the network it goes to."""

from publisher.measure.links import INVALID, urls
from publisher.measure.weight import cashtags, utf8, utf16, weighted

__all__ = ["INVALID", "cashtags", "urls", "utf8", "utf16", "weighted"]
