"""Make clips, train, export, evaluate and release the embedded recogniser."""

import argparse
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.errors import CallproofError

BUILD = Path("build/recogniser")
SAMPLES = Path("samples")
WEIGHTS = Path("models/weights/recogniser.pt")
LISTING = Path("configs/weights.yaml")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.training.recogniser", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    clips = commands.add_parser("clips", help="make training clips; those that exist stay")
    clips.add_argument("--folder", type=Path, default=BUILD / "clips")
    clips.add_argument("--shards", type=int, default=469, help="of 250 clips each (default %(default)s)")
    clips.add_argument("--first", type=int, default=0)
    train = commands.add_parser("train", help="train; continues from the folder's checkpoint")
    train.add_argument("--folder", type=Path, default=BUILD, help="checkpoint, curve and exports (default %(default)s)")
    train.add_argument("--clips", type=Path, default=BUILD / "clips")
    train.add_argument("--minutes", type=float, help="length of the schedule, instead of the recipe's")
    train.add_argument("--peak-rate", type=float, help="highest learning rate, instead of the recipe's")
    train.add_argument("--threads", type=int, help="processor threads, instead of the recipe's")
    train.add_argument("--share", action="store_true", help="use fewer threads while the machine is busy")
    train.add_argument("--start-from", type=Path, help="adapt an exported checkpoint of the same size")
    train.add_argument("--device", choices=("cpu", "cuda"))
    adapt = commands.add_parser("finetune", help="adapt any whisper checkpoint to recordings with texts")
    adapt.add_argument("--model", required=True, help="tiny … large-v3, or the path of a checkpoint")
    adapt.add_argument("--manifest", type=Path, required=True, help='JSON lines of {"audio": file, "text": said}')
    adapt.add_argument("--held-out", type=Path, help="the same, never trained on: its loss is in the curve")
    adapt.add_argument("--folder", type=Path, default=Path("build/finetune"), help="(default %(default)s)")
    adapt.add_argument("--models", type=Path, help="folder of downloaded whisper weights")
    adapt.add_argument("--steps", type=int, default=1000)
    adapt.add_argument("--batch", type=int, default=8, help="recordings at once (default %(default)s)")
    adapt.add_argument("--accumulate", type=int, default=2, help="batches to a step (default %(default)s)")
    adapt.add_argument("--rate", type=float, default=1e-5, help="highest learning rate (default %(default)s)")
    adapt.add_argument("--precision", choices=("auto", "bfloat16", "float16", "float32"), default="auto")
    adapt.add_argument("--freeze-encoder", action="store_true", help="adapt the decoder alone: half the memory")
    adapt.add_argument("--device", choices=("cpu", "cuda"))
    picture = commands.add_parser("picture", help="the curves of a training as SVG")
    picture.add_argument("--folder", type=Path, default=BUILD)
    picture.add_argument("--output", type=Path, default=BUILD / "curve.svg")
    export = commands.add_parser("export", help="the checkpoint of a training, as stock whisper loads it")
    export.add_argument("--folder", type=Path, default=BUILD)
    export.add_argument("--output", type=Path, default=BUILD / "latest.pt")
    calibrate = commands.add_parser("calibrate", help="fit word times and probabilities on held-out speech, in place")
    calibrate.add_argument("checkpoint", type=Path, nargs="?", default=BUILD / "final.pt")
    calibrate.add_argument("--clips", type=int, default=40, help="of each category (default %(default)s)")
    release = commands.add_parser("release", help="ship an export, with its entry in the weights list")
    release.add_argument("checkpoint", type=Path, nargs="?", default=BUILD / "final.pt")
    release.add_argument("--figures", type=Path, required=True, help="output of `callproof evaluate --audio --json`")
    language = commands.add_parser("language-model", help="count the n-grams of training texts; a few minutes")
    language.add_argument("--texts", type=int, default=800_000, help="(default %(default)s)")
    language.add_argument("--output", type=Path, help="a file of your own, instead of the shipped one")
    return parser


def _make_clips(options: argparse.Namespace) -> None:
    from models.training.recogniser.shards import make_shards

    make_shards(options.folder, options.shards, SAMPLES, first=options.first)


def _train(options: argparse.Namespace) -> None:
    from models.training.recogniser.settings import read_recipe
    from models.training.recogniser.texts import HeldOut, excluded_sentences
    from models.training.recogniser.train import Places, Trainer, stored_characters
    from models.training.recogniser.vocabulary import Vocabulary, training_characters

    chosen = {key: getattr(options, key) for key in ("minutes", "peak_rate", "threads")}
    recipe = read_recipe(choose_threads=options.share, **{key: value for key, value in chosen.items() if value})
    checkpoint = options.folder / "training.pt"
    trainer = Trainer(
        recipe,
        Vocabulary(stored_characters(checkpoint) or training_characters()),
        Places(options.clips, options.folder),
        held_out=HeldOut(excluded_sentences(SAMPLES)),
        first_weights=options.start_from,
        device=options.device,
    )
    _stop_on_signals(trainer.stop)
    trainer.run()
    if trainer.done_share() < 1:
        print(f"stopped after step {trainer.progress.step}; the same command continues from {checkpoint}")
        return
    trainer.export(options.folder / "final.pt")
    print(f"{trainer.progress.step} steps, {trainer.progress.presentations} clips: {options.folder / 'final.pt'}")


def _finetune(options: argparse.Namespace) -> None:
    from models.training.manifest import read_manifest
    from models.training.recogniser.finetune import FineTuner, FineTuneRecipe

    keys = ("steps", "batch", "accumulate", "rate", "precision", "freeze_encoder")
    tuner = FineTuner(
        options.model,
        read_manifest(options.manifest),
        options.folder,
        FineTuneRecipe(**{key: getattr(options, key) for key in keys}),
        held_out=read_manifest(options.held_out) if options.held_out else (),
        device=options.device,
        download_root=options.models,
    )
    _stop_on_signals(tuner.stop)
    tuner.run()
    if tuner.step < tuner.recipe.steps:
        print(f"stopped after step {tuner.step}; the same command continues from {tuner.checkpoint}")
        return
    print(options.folder / "final.pt")


def _stop_on_signals(stop: Callable[[], None]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop())


def _picture(options: argparse.Namespace) -> None:
    from models.training.recogniser.curve_picture import draw_curves

    draw_curves(options.folder / "curve.csv", options.folder / "held-out.csv", options.output)
    print(options.output)


def _export(options: argparse.Namespace) -> None:
    from models.training.recogniser.export import export_training

    export_training(options.folder / "training.pt", options.output)
    print(options.output)


def _calibrate(options: argparse.Namespace) -> None:
    from models.training.recogniser.calibrate import calibrate

    for name, value in calibrate(options.checkpoint, clips=options.clips, samples=SAMPLES).items():
        print(f"{name}: {value}")


def _release(options: argparse.Namespace) -> None:
    from models.training.recogniser.release import read_figures, release

    entry = release(options.checkpoint, WEIGHTS, LISTING, read_figures(options.figures))
    print(f"{entry['file']}: {entry['bytes']} bytes, sha256 {entry['sha256']}")


def _language_model(options: argparse.Namespace) -> None:
    from models.read.language_model import LanguageModel
    from models.training.recogniser.spoken_texts import release_language_model, training_texts

    model = LanguageModel.count(training_texts(options.texts, SAMPLES))
    if options.output:
        model.save(options.output)
        print(options.output)
        return
    entry = release_language_model(model, WEIGHTS.parent, LISTING, texts=options.texts)
    print(f"{entry['file']}: {entry['bytes']} bytes, sha256 {entry['sha256']}")


COMMANDS: dict[str, Callable[[argparse.Namespace], Any]] = {
    "clips": _make_clips,
    "train": _train,
    "finetune": _finetune,
    "picture": _picture,
    "export": _export,
    "calibrate": _calibrate,
    "release": _release,
    "language-model": _language_model,
}


def main(arguments: list[str] | None = None) -> None:
    """Run one command."""
    options = _parser().parse_args(arguments)
    try:
        COMMANDS[options.command](options)
    except CallproofError as error:
        print(error.message, file=sys.stderr)
        sys.exit(error.exit_status)


if __name__ == "__main__":
    main()
