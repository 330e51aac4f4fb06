"""Train the models that read turns, and ship them with their entries in the weights list."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from models.read.language_model import LanguageModel
from models.read.linear import LinearModel
from models.training.language.answers import ANSWERS, AnswerBank, answer_examples
from models.training.language.call_turns import grid_turns, honest_turns, signed_turns
from models.training.language.cues import SCRIPT, SIGNALS, cue_examples, questions_without_notices
from models.training.language.dialogue_texts import dialogue_texts
from models.training.language.perceptron import train_spans
from models.training.language.stops import gaps, spoken_texts
from models.training.language.wordings import PURPOSES, QUESTIONS, Example, Wording, examples, read_wordings
from models.training.listing import list_weights
from models.weights import FOLDER
from pipeline.dialogue.features import features
from pipeline.language import Reader

LISTING = Path("configs/weights.yaml")
RARE = 2
WORDINGS_ALONE = "wordings written for the project; no recordings, no calls"
WORDINGS_AND_TURNS = "wordings written for the project; customers' turns of its invented calls; no recordings"
WORDINGS_AND_CALLS = "wordings written for the project, texts made from word lists; its invented calls; no recordings"
ANSWERED, ROUNDS = 26000, 5
STOPS_STRENGTH, STOPS_RARE = 8.0, 3


@dataclass(frozen=True, slots=True)
class Task:
    """One model: its wordings, how many turns of several of them, and whether what was spoken of before counts.

    A model of `cues` reads turns without their values marked, with agents' questions or customers' turns of labelled
    calls beside them where it says so. `strength` is how closely the model follows its examples (scikit-learn's C).
    """

    name: str
    file: str
    purpose: str
    several: int
    context: bool = False
    cues: bool = False
    beside_questions: bool = False
    beside_calls: bool = False
    strength: float = 30.0


TASKS = (
    Task("questions", QUESTIONS, "which fields an agent's turn asks about", 6000, context=True),
    Task("purposes", PURPOSES, "what a customer says that the car is for", 1500),
    Task("script", SCRIPT, "which duties of the script an agent's turn does", 6000, cues=True, beside_questions=True),
    Task(
        "signals",
        SIGNALS,
        "which warning signs a customer's turn holds",
        9000,
        cues=True,
        beside_calls=True,
        strength=20.0,
    ),
)


def train(data: Sequence[Example], *, strength: float) -> LinearModel:
    """One logistic regression a field on the features of turns."""
    return fit([(features(example.masked, example.recent), example.fields) for example in data], strength=strength)


def fit(data: Sequence[tuple[Collection[str], frozenset[str]]], *, strength: float, rare: int = RARE) -> LinearModel:
    """One logistic regression a label (scikit-learn, liblinear) on feature vectors of length one.

    `data` are features and labels of each example; features of fewer than `rare` examples do not count.
    """
    counts = Counter(name for found, _ in data for name in found)
    vocabulary = {name: row for row, name in enumerate(sorted(n for n, count in counts.items() if count >= rare))}
    rows = [np.array(sorted(vocabulary[name] for name in found if name in vocabulary), np.int32) for found, _ in data]
    lengths = np.array([len(row) for row in rows])
    matrix = csr_matrix(
        (
            np.repeat(1 / np.sqrt(np.maximum(lengths, 1)), lengths),
            np.concatenate(rows),
            np.cumsum([0, *lengths], dtype=np.int32),
        ),
        shape=(len(rows), len(vocabulary)),
    )
    labels = sorted({label for _, about in data for label in about})
    weights = np.empty((len(vocabulary), len(labels)), np.float32)
    bias = np.empty(len(labels), np.float32)
    for column, label in enumerate(labels):
        wanted = np.array([label in about for _, about in data])
        fitted = LogisticRegression(C=strength, solver="liblinear", max_iter=300).fit(matrix, wanted)
        weights[:, column], bias[column] = fitted.coef_[0], fitted.intercept_[0]
    return LinearModel(labels, vocabulary, weights, bias)


def _examples(task: Task, wordings: Sequence[Wording], reader: Reader, seed: int) -> Iterator[Example]:
    if task.cues:
        beside = questions_without_notices() if task.beside_questions else ()
        beside = (*signed_turns(), *honest_turns(), *grid_turns()) if task.beside_calls else beside
        return cue_examples(wordings, beside, several=task.several, seed=seed)
    return examples(wordings, reader, several=task.several, seed=seed, context=task.context)


def train_answers(reader: Reader, file: Path, seed: int) -> None:
    """Trains the model of names in answers and writes it to `file`."""
    data = list(answer_examples(AnswerBank(), reader, count=ANSWERED, seed=seed))
    train_spans(data, rounds=ROUNDS, seed=seed).save(file)
    print(f"answers: {len(data)} answers: {file}")


def count_dialogue(file: Path, seed: int) -> None:
    """Counts the model of what is said in calls and writes it to `file`."""
    texts = list(dialogue_texts(seed=seed))
    LanguageModel.count(texts).save(file)
    print(f"dialogue: {len(texts)} sentences: {file}")


def train_stops(file: Path, seed: int) -> None:
    """Trains the model of stops and writes it to `file`."""
    data = list(gaps(spoken_texts(seed)))
    fit(data, strength=STOPS_STRENGTH, rare=STOPS_RARE).save(file)
    print(f"stops: {len(data)} gaps: {file}")


def main(arguments: list[str] | None = None) -> None:
    """Train and write the models of `models/weights/`."""
    parser = argparse.ArgumentParser(prog="python -m models.training.language", description=__doc__)
    parser.add_argument(
        "models",
        nargs="*",
        help="which to train (all): " + ", ".join((*(task.name for task in TASKS), "answers", "dialogue", "stops")),
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, default=FOLDER, help="folder of the models (%(default)s)")
    options = parser.parse_args(arguments)
    reader = Reader()
    for task in (task for task in TASKS if not options.models or task.name in options.models):
        wordings = read_wordings(task.file)
        data = list(_examples(task, wordings, reader, options.seed))
        file = options.output / f"{task.name}.npz"
        train(data, strength=task.strength).save(file)
        print(f"{task.name}: {len(wordings)} wordings, {len(data)} turns: {file}")
        if options.output == FOLDER:
            _list(
                task.name,
                file,
                task.purpose,
                task.file,
                training_data=WORDINGS_AND_TURNS if task.beside_calls else WORDINGS_ALONE,
            )
    if not options.models or "answers" in options.models:
        file = options.output / "answers.npz"
        train_answers(reader, file, options.seed)
        if options.output == FOLDER:
            _list("answers", file, "where employer, position, dealer or contact stands in an answer", ANSWERS)
    if not options.models or "dialogue" in options.models:
        file = options.output / "dialogue.npz"
        count_dialogue(file, options.seed)
        if options.output == FOLDER:
            purpose = "which character of several of the same sound was said"
            _list("dialogue", file, purpose, "*.yaml", training_data=WORDINGS_AND_CALLS)
    if not options.models or "stops" in options.models:
        file = options.output / "stops.npz"
        train_stops(file, options.seed)
        if options.output == FOLDER:
            _list("stops", file, "where a stop was spoken", "*.yaml", training_data=WORDINGS_AND_CALLS)


def _list(name: str, file: Path, purpose: str, wordings: str, *, training_data: str = WORDINGS_ALONE) -> None:
    list_weights(
        LISTING,
        name,
        file,
        purpose=purpose,
        source=f"trained from nothing by models/training/language on configs/training/{wordings}",
        training_data=training_data,
    )


if __name__ == "__main__":
    main()
