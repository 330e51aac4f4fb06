"""Caches of what the texts of a call give: they serve one analysis and keep nothing of it afterwards."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
K = TypeVar("K")
V = TypeVar("V")
_forget: list[Callable[[], None]] = []


def remembered(most: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorator: the last `most` results are remembered until `forget_call`."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        cached = lru_cache(maxsize=most)(function)
        _forget.append(cached.cache_clear)
        return cached  # type: ignore[return-value]

    return decorate


class Memory(dict[K, V]):
    """What was found out of the texts of a call, until `forget_call`; it begins anew where there is more than `most`.

    Make them once, with the module that uses them.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        _forget.append(self.clear)

    def __setitem__(self, key: K, value: V) -> None:
        if len(self) >= self._most:
            self.clear()
        super().__setitem__(key, value)


def forget_call() -> None:
    """Forget every text of the call that was analysed."""
    for forget in _forget:
        forget()
