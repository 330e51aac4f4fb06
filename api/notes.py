"""What a report notes of its recording: a kind, or a kind, a colon and details in English."""

from __future__ import annotations

from typing import Final

EXPECTED: Final = ("narrow band",)
"""Kinds that every telephone call has: no news to anybody."""


def parts_of(note: str) -> tuple[str, str]:
    """The key of the kind's words in `messages.yaml`, and the details, empty where there are none."""
    kind, _, details = note.partition(": ")
    return f"note_{kind.replace(' ', '_').replace('-', '_')}", details
