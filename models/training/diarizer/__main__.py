"""`python -m models.training.diarizer bank|segmentation|voice|release`: the steps, in this order.

The two trainings do not need each other and may run side by side.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from models.training.diarizer.bank import Bank, make_bank
from models.training.diarizer.recipe import RECIPE_FILE, Recipe, read_recipe

FOLDER = Path("build/diarizer")
HELD_OUT_SEED = 1000


def main() -> None:
    """Speak the bank of voices, train both networks on it, write the pipeline's folder."""
    parser = argparse.ArgumentParser(prog="python -m models.training.diarizer", description=__doc__)
    parser.add_argument("step", choices=("bank", "segmentation", "voice", "release"))
    parser.add_argument("--recipe", type=Path, default=RECIPE_FILE)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the bank and the checkpoint lie")
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
    else:
        _train(options.step, recipe, options.folder)


def _train(name: str, recipe: Recipe, folder: Path) -> None:
    from models.training.diarizer.running import Training, run
    from models.training.diarizer.segmentation import SegmentationTraining
    from models.training.diarizer.voices import VoiceTraining

    bank, held_out = (Bank.load(folder / file) for file in ("bank.npz", "held_out.npz"))
    training: Training = (
        SegmentationTraining(recipe, bank, held_out)
        if name == "segmentation"
        else VoiceTraining(recipe, bank, held_out)
    )
    run(training, folder / f"{name}.pt", say=partial(print, flush=True))


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
