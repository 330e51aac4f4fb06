"""Duties of agents and warning signs of customers, as training examples: wordings alone and several in one breath."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from models.training.language.wordings import QUESTIONS, Example, Wording, read_wordings
from models.training.recogniser.lexicon import choose_words
from pipeline.findings.reading import plain_words

SCRIPT, SIGNALS = "script.yaml", "signals.yaml"
# Asking for the applicant comes with greeting, institution and notice; what is no question may be a notice.
WITH_NOTICES = {"identity.name", "identity.id_number"}
CHOICES = 3


def questions_without_notices() -> tuple[Wording, ...]:
    """Agents' questions, which do no duty of the script."""
    asked = read_wordings(QUESTIONS)
    return tuple(
        Wording(wording.text, frozenset()) for wording in asked if wording.fields and not wording.fields & WITH_NOTICES
    )


def cue_examples(
    wordings: Sequence[Wording], beside: Sequence[Wording], *, several: int, seed: int
) -> Iterator[Example]:
    """Every wording once, and `several` turns of one or two that mean nothing with none, one or two that do."""
    rng = Random(seed)
    known = {wording.text for wording in wordings}
    spoken = [*wordings, *(wording for wording in beside if wording.text not in known)]
    plain = [wording for wording in spoken if not wording.fields]
    telling = [wording for wording in spoken if wording.fields]
    for wording in spoken:
        for _ in range(CHOICES if "{" in wording.text else 1):
            yield Example(plain_words(choose_words(wording.text, rng)), (), wording.fields)
    for _ in range(several):
        parts = rng.choices(plain, k=rng.choice((1, 1, 2))) + rng.choices(telling, k=rng.choice((0, 1, 1, 2)))
        rng.shuffle(parts)
        about = frozenset(label for part in parts for label in part.fields)
        yield Example(plain_words("".join(choose_words(part.text, rng) for part in parts)), (), about)
