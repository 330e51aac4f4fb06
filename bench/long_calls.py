"""Long generated calls: dialogues of held-out sentences, spoken in training voices, with exact truth."""

from __future__ import annotations

from random import Random
from typing import Any

from models.training.calls import SynthesizedCall, parse_script, synthesize
from models.training.recogniser.lexicon import load_lexicon, load_templates
from models.training.recogniser.texts import HeldOut, Sentence, TextSource

SECONDS_A_TURN = 4.45


def held_out_call(minutes: float, *, seed: int = 1, layout: str = "stereo") -> SynthesizedCall:
    """A call of about `minutes` minutes whose sentences were kept out of training."""
    rng = Random(seed)
    source, held_out = TextSource(load_lexicon(), load_templates()), HeldOut()
    turns: list[dict[str, Any]] = []
    for index in range(round(minutes * 60 / SECONDS_A_TURN)):
        kind: Any = "agent" if index % 2 == 0 else "customer"
        sentence = _held_out_sentence(source, held_out, kind, rng)
        turns.append({"speaker": kind, "text": sentence.text, "pause": round(rng.uniform(0.2, 0.9), 2)})
    script = {
        "schema": "callproof.script/1",
        "call_id": f"bench-{seed}",
        "seed": seed,
        "layout": layout,
        "voices": {"agent": "f2", "customer": "m3"},
        "channel": {"codec": "a-law", "snr_db": 28},
        "turns": turns,
    }
    return synthesize(parse_script(script))


def _held_out_sentence(source: TextSource, held_out: HeldOut, kind: Any, rng: Random) -> Sentence:
    while True:
        sentence = source.draw_kind(kind, rng)
        if held_out.side(sentence) == "test" and len(sentence.text) <= 60:
            return sentence
