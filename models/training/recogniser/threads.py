"""How many processor threads to train with on a machine that is shared with other work.

Two threads wait for each other at every operation: on a busy machine one thread is faster than two. This tries both
now and then and keeps the faster.
"""

import torch

_TRIAL_STEPS = 5
_STEPS_BETWEEN_TRIALS = 80


class ThreadChooser:
    """Chooses between one thread and `most` by the clock; `most` 1 leaves no choice."""

    def __init__(self, most: int) -> None:
        self._candidates = (1, most) if most > 1 else (1,)
        self._seconds: dict[int, float] = {}
        self._work: dict[int, float] = {}
        self._step = 0
        self.chosen = most

    def before_step(self) -> None:
        """Set the number of threads of the coming step."""
        place = self._step % (_STEPS_BETWEEN_TRIALS + _TRIAL_STEPS * len(self._candidates))
        trial = place // _TRIAL_STEPS
        if trial < len(self._candidates):
            if place == 0:
                self._seconds, self._work = {}, {}
            self.chosen = self._candidates[trial]
        elif place == _TRIAL_STEPS * len(self._candidates):
            self.chosen = max(self._candidates, key=lambda count: self._work[count] / self._seconds[count])
        torch.set_num_threads(self.chosen)

    def after_step(self, seconds: float, work: float) -> None:
        """Note how long a step took for its amount of `work` (frames)."""
        self._seconds[self.chosen] = self._seconds.get(self.chosen, 1e-6) + seconds
        self._work[self.chosen] = self._work.get(self.chosen, 0.0) + work
        self._step += 1
