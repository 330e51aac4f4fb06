"""Vehicle brands and models: catalogue names, aliases, mixed script (Model Y / 毛豆歪), short forms, sounds."""

from __future__ import annotations

import functools
import re

from pipeline.language.catalogue import CatalogueCar
from pipeline.reconcile.comparison import Comparison, Held
from pipeline.reconcile.lexicon import Lexicon, plain_model
from pipeline.reconcile.rules import Level
from pipeline.reconcile.sounds import sounding_characters, sounds_of

_SERIES = re.compile(r"(?:汽车|系列|款|型)$")


def model_alias(comparison: Comparison, level: Level) -> Held | None:
    """Both names lead to one catalogue entry, or differ in nothing but digits, blanks and the brand in front."""
    said, applied = _bare(comparison.said, comparison.lexicon), _bare(str(comparison.applied), comparison.lexicon)
    if said == applied:
        return Held(comparison.applied)
    lexicon = comparison.lexicon
    cars = _entries(said, lexicon) | _entries(plain_model(comparison.said), lexicon)
    same = cars & (_entries(applied, lexicon) | _entries(plain_model(str(comparison.applied)), lexicon))
    return Held(comparison.applied) if same else None


def model_short_form(comparison: Comparison, level: Level) -> Held | None:
    """One name begins with the other (秦 for 秦PLUS), unless both are models of their own (汉, 汉兰达)."""
    said, applied = _bare(comparison.said, comparison.lexicon), _bare(str(comparison.applied), comparison.lexicon)
    if not said or not applied or not (applied.startswith(said) or said.startswith(applied)):
        return None
    lexicon = comparison.lexicon
    if _entries(said, lexicon) and _entries(applied, lexicon):
        return None
    return Held(comparison.stated.value)


def model_sound(comparison: Comparison, level: Level) -> Held | None:
    """The names sound the same (雅格 for 雅阁), unless what was heard is another model of the catalogue."""
    said, applied = _bare(comparison.said, comparison.lexicon), _bare(str(comparison.applied), comparison.lexicon)
    if _entries(said, comparison.lexicon) - _entries(applied, comparison.lexicon):
        return None
    sounds = sounds_of(comparison.rules.sounds)
    ways = {applied} | {
        _bare(name, comparison.lexicon) for car in _entries(applied, comparison.lexicon) for name in car.names
    }
    return Held(comparison.applied) if any(sounds.same(said, way) for way in ways) else None


def names_of(comparison: Comparison) -> list[str]:
    """The ways to write the applied model, the longest first: with its brand, and as the catalogue lists them."""
    applied = str(comparison.applied)
    cars = _entries(_bare(applied, comparison.lexicon), comparison.lexicon)
    names = {applied, *(way for car in cars for name in car.names for way in (name, car.brand + name))}
    return sorted(names, key=lambda name: (-len(name), name))


def bare_model(comparison: Comparison, name: str) -> str:
    """A model's name without the brand in front, blanks and hyphens."""
    return _bare(name, comparison.lexicon)


def brand_short_form(comparison: Comparison, level: Level) -> Held | None:
    """One brand's name holds the other's (大众 for 一汽-大众, 长安 for 长安汽车)."""
    said, applied = (sounding_characters(str(value)) for value in (comparison.said, comparison.applied))
    shorter, longer = sorted((said, applied), key=len)
    return Held(comparison.applied) if len(shorter) >= 2 and shorter in longer else None


def _entries(name: str, lexicon: Lexicon) -> frozenset[CatalogueCar]:
    """The cars that `name`, in its plain form, may mean."""
    return lexicon.by_name.get(name, frozenset())


@functools.lru_cache(maxsize=1024)
def _bare(name: str, lexicon: Lexicon) -> str:
    """The model's name without blanks, hyphens and a brand in front; digits as digits, Latin in capitals."""
    plain = _SERIES.sub("", plain_model(name))
    for brand in map(plain_model, lexicon.brands):  # 五菱 is 5菱
        if plain.startswith(brand) and len(plain) > len(brand):
            return plain[len(brand) :]
    return plain
