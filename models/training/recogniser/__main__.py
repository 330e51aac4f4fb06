"""`python -m models.training.recogniser`: make clips, train, export, evaluate."""

import argparse
from pathlib import Path

BUILD = Path("build/recogniser")
SAMPLES = Path("samples")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.training.recogniser", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    clips = commands.add_parser("clips", help="make training clips")
    clips.add_argument("--folder", type=Path, default=BUILD / "clips")
    clips.add_argument("--shards", type=int, default=300, help="of 250 clips each (default %(default)s)")
    clips.add_argument("--first", type=int, default=0)
    train = commands.add_parser("train", help="train, or continue training")
    train.add_argument("--folder", type=Path, default=BUILD, help="checkpoint, curve and exports (default %(default)s)")
    train.add_argument("--clips", type=Path, default=BUILD / "clips")
    train.add_argument("--minutes", type=float, help="length of the schedule, instead of the recipe's")
    train.add_argument("--peak-rate", type=float, help="highest learning rate, instead of the recipe's")
    train.add_argument("--threads", type=int, help="processor threads, instead of the recipe's")
    train.add_argument("--share", action="store_true", help="use fewer threads while the machine is busy")
    train.add_argument("--start-from", type=Path, help="an exported checkpoint of the same size to begin with")
    train.add_argument("--device", choices=("cpu", "cuda"))
    return parser


def _train(options: argparse.Namespace) -> None:
    from models.training.recogniser.settings import read_recipe
    from models.training.recogniser.texts import HeldOut, excluded_sentences
    from models.training.recogniser.train import Places, Trainer, stored_characters
    from models.training.recogniser.vocabulary import Vocabulary, training_characters

    changes = {key: getattr(options, key) for key in ("minutes", "peak_rate", "threads") if getattr(options, key) is not None}
    recipe = read_recipe(choose_threads=options.share, **changes)
    folder: Path = options.folder
    checkpoint = folder / "training.pt"
    trainer = Trainer(
        recipe,
        Vocabulary(stored_characters(checkpoint) or training_characters()),
        Places(options.clips, checkpoint, folder / "curve.csv", folder / "latest.pt"),
        held_out=HeldOut(excluded_sentences(SAMPLES)),
        first_weights=options.start_from,
        device=options.device,
    )
    trainer.run()
    trainer.export(folder / "final.pt")
    print(f"trained {trainer.progress.step} steps, {trainer.progress.presentations} clips: {folder / 'final.pt'}")


def main(arguments: list[str] | None = None) -> None:
    """Run one command."""
    options = _parser().parse_args(arguments)
    if options.command == "clips":
        from models.training.recogniser.shards import make_shards

        make_shards(options.folder, options.shards, SAMPLES, first=options.first)
    elif options.command == "train":
        _train(options)


if __name__ == "__main__":
    main()
