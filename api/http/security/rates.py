"""Rate limits: one token bucket a caller, in this process's memory."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from pipeline.errors import TooManyRequestsError

MOST_CALLERS = 50_000


class RateLimit:
    """Allows `per_minute` requests a minute to each caller, as many of them at once as that."""

    def __init__(self, per_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = float(per_minute)
        self._per_second = per_minute / 60
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, caller: str, cost: float = 1) -> None:
        """Count one request. Raises `TooManyRequestsError` once the bucket is empty."""
        with self._lock:
            left, moment = self._left(caller)
            if left < cost:
                raise TooManyRequestsError(
                    "too many requests; try again later", retry_after=math.ceil((cost - left) / self._per_second)
                )
            self._buckets[caller] = (left - cost, moment)
            self._buckets.move_to_end(caller)
            if len(self._buckets) > MOST_CALLERS:
                self._buckets.popitem(last=False)

    def check(self, caller: str) -> None:
        """Raises `TooManyRequestsError` where the bucket is empty, and counts nothing."""
        with self._lock:
            left, _ = self._left(caller)
        if left < 1:
            raise TooManyRequestsError(
                "too many attempts; try again later", retry_after=math.ceil((1 - left) / self._per_second)
            )

    def _left(self, caller: str) -> tuple[float, float]:
        moment = self._clock()
        left, before = self._buckets.get(caller, (self._most, moment))
        return min(self._most, left + (moment - before) * self._per_second), moment
