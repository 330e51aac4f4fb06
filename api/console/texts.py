"""The console's words, Chinese and English, from `configs/console/NAME.yaml`: `texts("inbox.title")`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, get_args

from api import notes
from configs import DEFAULTS, read_yaml
from pipeline.errors import SettingsError

Language = Literal["zh", "en"]
LANGUAGES: Final[tuple[str, ...]] = get_args(Language)
FOR_SCRIPTS: Final = "js_"
MESSAGES: Final = "messages"


class Texts:
    """Words in one language; calling it with `NAME.KEY` gives the text, filled with the values given."""

    def __init__(self, language: Language, own: Path | None = None) -> None:
        self.language = language
        self._own = own
        self._all = _load(own)

    def __call__(self, key: str, **values: object) -> str:
        found = self._all.get(key)
        if found is None:
            raise SettingsError(f"console text {key!r}: not in configs/console")
        return found[self.language].format(**values) if values else found[self.language]

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in self._all

    def of_code(self, kind: str, code: str) -> str:
        """What the vocabulary calls a code, `outcome` `match` for one; the code itself where it has no word."""
        key = f"{MESSAGES}.{kind}_{code}"
        return self(key) if key in self._all else code

    def of_reason(self, code: str | None) -> str:
        """Why a call was not finished, in words; the code where there are none."""
        known = self.has(f"{MESSAGES}.reason_{code}")
        return self(f"{MESSAGES}.reason_{code}") if known else self.of_title(code) or code or "—"

    def of_title(self, code: str | None) -> str:
        """An error's title, which only Chinese has; empty where it has none."""
        return str(read_yaml("messages.yaml", self._own).get(f"error_{code}", {}).get(self.language) or "")

    def of_note(self, note: str) -> str:
        """What a report notes of its recording; the details, which are English, in English only."""
        key, details = notes.parts_of(note)
        if not self.has(f"{MESSAGES}.{key}"):
            return note
        words = self(f"{MESSAGES}.{key}")
        return f"{words} ({details})" if details and self.language == "en" else words

    def for_scripts(self, *names: str) -> dict[str, str]:
        """Texts that a page's scripts use: those of the shell and of `names` whose key begins with `js_`."""
        starts = tuple(f"{name}.{FOR_SCRIPTS}" for name in ("shell", *names))
        return {key: text[self.language] for key, text in self._all.items() if key.startswith(starts)}


def names() -> list[str]:
    """The files that the console's words are in."""
    return sorted(path.stem for path in (DEFAULTS / "console").glob("*.yaml"))


@cache
def _load(own: Path | None) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    sources: dict[str, Any] = {name: read_yaml(f"console/{name}.yaml", own) for name in names()}
    shared = read_yaml("messages.yaml", own)
    sources[MESSAGES] = {key: text for key, text in shared.items() if text.keys() == set(LANGUAGES)}
    for name, entries in sources.items():
        for key, text in entries.items():
            if not isinstance(text, dict) or text.keys() != set(LANGUAGES):
                raise SettingsError(f"console/{name}.yaml: {key}: needs zh and en")
            found[f"{name}.{key}"] = {language: str(said) for language, said in text.items()}
    return found
