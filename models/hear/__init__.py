"""Recognisers: engines that turn windows of sound into words."""

from models.hear.registry import open_recogniser, recogniser_names

__all__ = ["open_recogniser", "recogniser_names"]
