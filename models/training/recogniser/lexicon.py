"""The word lists that synthetic calls are made from, read from `configs/`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

import yaml

CONFIGS = Path(__file__).resolve().parents[3] / "configs"
_WORDINGS = ("questions", "purposes", "script", "signals")
_CHOICE = re.compile(r"\{([^{}]*)\}")
_AS_SAID = re.compile(r"[\u4e00-\u9fff，{}/]{2,}$")


@dataclass(frozen=True)
class Vehicle:
    """A car of the catalogue; `spoken` are its forms on the phone."""

    brand: str
    model: str
    aliases: tuple[str, ...]
    spoken: tuple[str, ...]


@dataclass(frozen=True)
class Lexicon:
    """Everything that slots draw from; `words` maps a slot to its list; `given_characters` commonest first."""

    surnames: tuple[str, ...]
    given_names: tuple[str, ...]
    given_characters: tuple[str, ...]
    vehicles: tuple[Vehicle, ...]
    words: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Templates:
    """Templates of both sides, utterances that are said alone, and whole turns with {this/that} choices."""

    agent: tuple[str, ...]
    customer: tuple[str, ...]
    short: tuple[str, ...]
    wordings: tuple[str, ...]


_YAML_SLOTS = {
    "places": {
        "cities": "city",
        "provinces": "province",
        "districts": "district",
        "roads": "road",
        "compounds": "compound",
        "counties_and_towns": "town",
    },
    "employers": {"names": "company_name", "trades": "trade", "forms": "company_form", "known": "known_employer"},
    "banks": {"banks": "bank", "lenders": "lender", "online_loans": "online_loan"},
    "jobs": {"jobs": "job"},
}


@cache
def load_lexicon(configs: Path = CONFIGS) -> Lexicon:
    """Read the lexicon. Raises `FileNotFoundError` for a missing list and `KeyError` for a missing section."""
    folder = configs / "lexicon"
    words: dict[str, tuple[str, ...]] = {}
    for stem, sections in _YAML_SLOTS.items():
        lists = _read_yaml(folder / f"{stem}.yaml")
        for section, slot in sections.items():
            words[slot] = tuple(str(lists[section]).split())
    for stem in ("phrases", "places"):
        for slot, items in _read_yaml(configs / "training" / f"{stem}.yaml").items():
            words[slot] = _merged(words.get(slot, ()), str(items).split())
    names = {slot: str(items).split() for slot, items in _read_yaml(configs / "training" / "names.yaml").items()}
    given = _merged(_read_words(folder / "given_names.txt"), names["given_name"])
    return Lexicon(
        surnames=_read_words(folder / "surnames.txt"),
        given_names=given,
        given_characters=_merged(tuple(names["given_character"]), sorted(set("".join(given)))),
        vehicles=_read_vehicles(folder / "vehicles.tsv"),
        words=words,
    )


def _merged(first: tuple[str, ...], more: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *more)))


@cache
def load_templates(configs: Path = CONFIGS) -> Templates:
    """Read `configs/training/templates.yaml`, and the wordings of the language models beside it."""
    lists = _read_yaml(configs / "training" / "templates.yaml")
    short = tuple(" ".join(lists["short"]).split())
    wordings = tuple(dict.fromkeys(_read_wordings(configs / "training")))
    return Templates(agent=tuple(lists["agent"]), customer=tuple(lists["customer"]), short=short, wordings=wordings)


def choose_words(wording: str, rng: Random) -> str:
    """`wording` with one of the words of each {this/that}."""
    return _CHOICE.sub(lambda choice: rng.choice(choice[1].split("/")), wording)


def _read_wordings(folder: Path) -> Iterator[str]:
    """The wordings that are said as they are written: those with digits or Latin letters are read in many ways."""
    for stem in _WORDINGS:
        blocks: dict[str, str] = yaml.safe_load((folder / f"{stem}.yaml").read_text(encoding="utf-8"))
        for line in "\n".join(blocks.values()).splitlines():
            text = line.rpartition("|")[2].strip()
            if _AS_SAID.match(text):
                yield text


def _read_yaml(path: Path) -> dict[str, list[str]]:
    loaded: dict[str, list[str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def _read_words(path: Path) -> tuple[str, ...]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return tuple(word for line in lines if not line.startswith("#") for word in line.split())


def _read_vehicles(path: Path) -> tuple[Vehicle, ...]:
    lines = path.read_text(encoding="utf-8").splitlines()
    header = lines[0].split("\t")
    vehicles = []
    for line in lines[1:]:
        row = dict(zip(header, line.split("\t"), strict=False))
        spoken = tuple(form for form in row.get("spoken", "").split("|") if form) or (row["model"],)
        aliases = tuple(form for form in row["aliases"].split("|") if form)
        vehicles.append(Vehicle(row["brand"], row["model"], aliases, spoken))
    return tuple(vehicles)
