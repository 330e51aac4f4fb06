"""`python -m models.training.diarizer bank|segmentation|voice|release`: the steps of a diarization pipeline, in this
order; `bank|apart|release-apart` those of the network that hears two voices apart.

The trainings do not need each other and may run side by side.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

from models.training.diarizer.bank import Bank, make_bank
from models.training.diarizer.recipe import RECIPE_FILE, Recipe, read_recipe

FOLDER = Path("build/diarizer")
HELD_OUT_SEED = 1000
APART_FILE = "voices-apart.pt"


def main() -> None:
    """Speak the bank of voices, train both networks on it, write the pipeline's folder."""
    parser = argparse.ArgumentParser(prog="python -m models.training.diarizer", description=__doc__)
    parser.add_argument("step", choices=("bank", "segmentation", "voice", "release", "apart", "release-apart"))
    parser.add_argument("--recipe", type=Path, default=RECIPE_FILE)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the bank and the checkpoint lie")
    parser.add_argument("--start-from", type=Path, help="a checkpoint of `apart` to go on from")
    parser.add_argument("--minutes", type=float, help="of training, in place of the recipe's")
    parser.add_argument("--output", type=Path, default=FOLDER / "pipeline", help="folder that `release` writes")
    options = parser.parse_args()
    changes = {} if options.minutes is None else {"minutes": options.minutes}
    recipe = read_recipe(options.recipe, **changes)
    if options.step == "bank":
        _speak(recipe, options.folder)
    elif options.step == "release":
        from models.training.diarizer.release import release

        release(options.folder, options.output)
    elif options.step == "release-apart":
        from models.training.diarizer.apart import release_apart

        release_apart(options.folder / "apart.pt", options.folder / APART_FILE)
    else:
        _train(options.step, recipe, options.folder, options.start_from)


def _train(name: str, recipe: Recipe, folder: Path, start: Path | None) -> None:
    from models.training.diarizer.apart import ApartTraining
    from models.training.diarizer.running import Training, run
    from models.training.diarizer.segmentation import SegmentationTraining
    from models.training.diarizer.voices import VoiceTraining

    bank, held_out = (Bank.load(folder / file) for file in ("bank.npz", "held_out.npz"))
    kinds: dict[str, Callable[[Recipe, Bank, Bank], Training]] = {
        "segmentation": SegmentationTraining,
        "voice": VoiceTraining,
        "apart": partial(ApartTraining, start=start),
    }
    run(kinds[name](recipe, bank, held_out), folder / f"{name}.pt", say=partial(print, flush=True))


def _speak(recipe: Recipe, folder: Path) -> None:
    bank = make_bank(recipe.speakers, stretches=recipe.stretches, seed=recipe.seed)
    bank.save(folder / "bank.npz")
    held_out = make_bank(
        recipe.held_out_speakers, stretches=recipe.stretches, seed=recipe.seed + HELD_OUT_SEED, held_out=True
    )
    held_out.save(folder / "held_out.npz")
    hours = len(bank.sounds) / 8000 / 3600
    print(f"{bank.count} voices, {len(bank.speakers)} stretches, {hours:.1f} h")


if __name__ == "__main__":
    main()
