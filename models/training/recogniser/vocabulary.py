"""The part of whisper's multilingual vocabulary that is trained, and how each character sounds."""

from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path

from pypinyin import Style, lazy_pinyin
from whisper.tokenizer import Tokenizer, get_tokenizer

from models.training.recogniser.lexicon import CONFIGS
from models.training.recogniser.texts import common_characters

_SILENT, _LATIN, _OTHER = 0, 1, 2
_FIRST_SOUND = 3
NO_TONE = 0
TONES = 7


@cache
def stock_tokenizer() -> Tokenizer:
    """Whisper's own tokenizer, set to Mandarin transcription."""
    return get_tokenizer(True, language="zh", task="transcribe")


def training_characters(configs: Path = CONFIGS) -> str:
    """All characters of the configured texts, of the common words, of GB 2312's first level, and printable ASCII."""
    characters = common_characters()
    for path in sorted([*(configs / "training").glob("*.yaml"), *(configs / "lexicon").iterdir()]):
        characters.update(path.read_text(encoding="utf-8"))
    for row in range(0xB0, 0xD8):
        for cell in range(0xA1, 0xFF if row < 0xD7 else 0xFA):
            characters.add(bytes((row, cell)).decode("gb2312"))
    chinese = {character for character in characters if "\u3400" <= character <= "\u9fff"}
    return "".join(sorted(chinese)) + "".join(map(chr, range(33, 127)))


class Vocabulary:
    """Trained tokens, numbered without gaps: `stock_ids[i]` is the stock number of trained token i.

    Text is encoded character by character; a character takes one to three byte tokens.
    """

    def __init__(self, characters: str) -> None:
        self.characters = characters
        tokenizer = stock_tokenizer()
        stock = {character: tokenizer.encode(character) for character in characters}
        start = tokenizer.sot_sequence_including_notimestamps
        used = {token for tokens in stock.values() for token in tokens}
        self.stock_ids = sorted(used | set(start) | {tokenizer.eot, tokenizer.no_speech})
        number = {token: index for index, token in enumerate(self.stock_ids)}
        self._tokens = {character: tuple(number[token] for token in tokens) for character, tokens in stock.items()}
        self.start = tuple(number[token] for token in start)
        self.end = number[tokenizer.eot]
        self.no_speech = number[tokenizer.no_speech]

    def __len__(self) -> int:
        return len(self.stock_ids)

    def covers(self, units: Sequence[str]) -> bool:
        """Whether every character of `units` can be encoded."""
        return all(character in self._tokens for unit in units for character in unit)

    def encode(self, character: str) -> tuple[int, ...]:
        """The trained tokens of one character. Raises `KeyError` outside the vocabulary."""
        return self._tokens[character]

    @cached_property
    def _sounds(self) -> tuple[dict[str, int], dict[str, int]]:
        # A character without a known reading (㗎) stands for itself there: no class of its own, or one rare character
        # in a list changes the number of classes and a stored head no longer fits.
        readings = [self._reading(character) for character in self.characters if character > "\u3000"]
        initials = sorted({initial for run in readings for initial, _, _ in run if initial.isascii()})
        finals = sorted({final for run in readings for _, final, _ in run if final.isascii()})
        return (
            {initial: index + _FIRST_SOUND for index, initial in enumerate(initials)},
            {final: index + _FIRST_SOUND for index, final in enumerate(finals)},
        )

    @property
    def sound_classes(self) -> tuple[int, int, int]:
        """How many classes of initials, finals and tones `sounds` uses."""
        initials, finals = self._sounds
        return len(initials) + _FIRST_SOUND, len(finals) + _FIRST_SOUND, TONES

    def sounds(self, units: Sequence[str]) -> list[tuple[int, int, int]]:
        """Initial, final and tone class of each unit, read in context (polyphones); Latin units share one class."""
        initials, finals = self._sounds
        labels: list[tuple[int, int, int]] = []
        run = ""
        for unit in [*units, ""]:
            if len(unit) == 1 and unit > "\u3000":
                run += unit
                continue
            if run:
                readings = self._reading(run)
                if len(readings) != len(run):
                    readings = [("?", "?", NO_TONE)] * len(run)
                labels += [
                    (initials.get(initial, _OTHER), finals.get(final, _OTHER), tone)
                    for initial, final, tone in readings
                ]
                run = ""
            if unit:
                labels.append((_LATIN, _LATIN, TONES - 1))
        return labels

    @staticmethod
    def _reading(run: str) -> list[tuple[str, str, int]]:
        initials = lazy_pinyin(run, style=Style.INITIALS, strict=False)
        finals = lazy_pinyin(run, style=Style.FINALS_TONE3, strict=False, neutral_tone_with_five=True)
        readings = []
        for initial, final in zip(initials, finals, strict=True):
            tone = int(final[-1]) if final and final[-1].isdigit() else 5
            readings.append((initial, final.rstrip("12345"), tone))
        return readings
