"""Memories of what the texts of a call give: they serve one analysis and keep nothing of it afterwards."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
K = TypeVar("K")
V = TypeVar("V")


class _Calls:
    """How many calls are being analysed now, and what is remembered of them."""

    def __init__(self) -> None:
        self.open = 0
        self.forget: list[Callable[[], None]] = []
        self.lock = Lock()


_CALLS = _Calls()


@contextmanager
def one_call() -> Iterator[None]:
    """While a call is analysed; behind it everything is forgotten."""
    with _CALLS.lock:
        _CALLS.open += 1
    try:
        yield
    finally:
        with _CALLS.lock:
            _CALLS.open -= 1
        for forget in _CALLS.forget:
            forget()


def remembered(most: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorator: while a call is analysed the last `most` results are remembered."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        cached = functools.lru_cache(maxsize=most)(function)
        _CALLS.forget.append(cached.cache_clear)

        @functools.wraps(function)
        def during_call(*args: P.args, **kwargs: P.kwargs) -> R:
            return cached(*args, **kwargs) if _CALLS.open else function(*args, **kwargs)  # type: ignore[arg-type]

        return during_call

    return decorate


class Memory(dict[K, V]):
    """What was found out while a call is analysed; at other times nothing is put in.

    It begins anew where there is more than `most`. Make them once, with the module that uses them.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        _CALLS.forget.append(self.clear)

    def __setitem__(self, key: K, value: V) -> None:
        if _CALLS.open:
            if len(self) >= self._most:
                self.clear()
            super().__setitem__(key, value)
