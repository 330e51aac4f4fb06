"""Whom the agent calls at the beginning, though the recogniser wrote another name: 郭芳是您吧, to 郭素芳.

Names are what recognisers know least, and the name that an agent calls is the one on paper. What stands beside the
words that people are called with is held against it by its sound.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.language.likeness import unlikeness
from pipeline.language.script import is_han

_BEFORE = re.compile("请问是不是|请问(?:您|你)?是|请问(?:一下)?|您好|你好|(?:您|你)(?:就)?是|是不是|喂|找|(?<!不)是")
_BEHIND = re.compile("先生|女士|小姐|师傅|大姐|大哥|本人|(?:就)?是(?:您|你|不是|吧|吗)|在不在|在吗|[吗吧]")
_SLACK = 1
_SHORT, _NEAR_SHORT, _NEAR = 2, 0.26, 0.34


def is_called_like(name: str, text: str) -> bool:
    """Whether somebody is called in a folded text by what sounds much like `name`."""
    near = _NEAR_SHORT if len(name) <= _SHORT else _NEAR
    return any(unlikeness(called, name) <= near * len(name) for called in _called(name, text))


def _called(name: str, text: str) -> Sequence[str]:
    """What may be the name that is called: the characters beside words of calling, as many or one fewer."""
    found: list[str] = []
    for size in range(max(_SHORT, len(name) - _SLACK), len(name) + 1):
        found += [text[match.end() : match.end() + size] for match in _BEFORE.finditer(text)]
        found += [text[max(0, match.start() - size) : match.start()] for match in _BEHIND.finditer(text)]
    return [each for each in found if each and all(map(is_han, each))]
