"""Recognisers: engines that turn windows of sound into words."""

from models.hear.options import RecogniserOptions
from models.hear.registry import open_recogniser, recogniser_names, register_recogniser

__all__ = ["RecogniserOptions", "open_recogniser", "recogniser_names", "register_recogniser"]
