"""Reads a turn: every kind of mention in its text, with exact offsets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from pathlib import Path

from pipeline.language.addresses import AddressReader
from pipeline.language.approximations import Amounts
from pipeline.language.births import BirthReader
from pipeline.language.durations import DurationReader, without_rates
from pipeline.language.identifiers import IdentifierReader
from pipeline.language.lifetimes import LifetimeReader
from pipeline.language.money import MoneyReader
from pipeline.language.names import NameReader
from pipeline.language.organisations import OrganisationReader
from pipeline.language.positions import PositionReader, is_trade
from pipeline.language.purposes import PurposeReader
from pipeline.language.ratios import read_ratios
from pipeline.language.registrations import read_registrations
from pipeline.language.relations import RelationReader
from pipeline.language.script import fold
from pipeline.language.sieve import ruled_out
from pipeline.language.since import SinceReader
from pipeline.language.vehicles import VehicleReader
from pipeline.language.vocabulary import FILES, VocabularyReader
from pipeline.types import Mention, Turn

LESSER = 2
TOLD_NAMES = frozenset({"strong", "asking", "clause"})
COUNTED, DEEDS, SHORTEST_FIRM = "个名位", "送跑开拉卖教搞", 2


class Reader:
    """Holds the word lists and reads turns with them. Build one and keep it: it is quick to use and safe to share.

    `own` is the lender's folder of configs, whose files take the place of the defaults. Raises SettingsError where a
    list cannot be used.
    """

    def __init__(self, own: Path | None = None) -> None:
        self.own = own
        self._amounts = Amounts(own)
        self._durations = DurationReader(own)
        self._money = MoneyReader(own)
        self._identifiers = IdentifierReader(own)
        self._names = NameReader(own)
        self._vehicles = VehicleReader(own)
        self._purposes = PurposeReader(own)
        self._organisations = OrganisationReader(own)
        self._addresses = AddressReader(own)
        self._relations = RelationReader(own)
        self._positions = PositionReader(own)
        self._births = BirthReader(own)
        self._since = SinceReader(own)
        self._lifetimes = LifetimeReader(own)
        self._vocabularies = tuple(VocabularyReader(kind, own) for kind in FILES)
        self._remembered: dict[str, tuple[Mention, ...]] = {}

    def for_call(self) -> Reader:
        """A reader with the same word lists that remembers what it reads: each text of a call is read once."""
        for_call = copy(self)
        for_call._remembered = {}
        return for_call

    def read(self, turn: Turn) -> tuple[Mention, ...]:
        """The mentions of a turn by place; of different kinds they may overlap (8500 is money and digits)."""
        return self.read_text(turn.text)

    def since_when(self, text: str) -> tuple[Mention, ...]:
        """What a folded answer to the question since when tells: years of any wording, or ages to reckon by."""
        lifetime = self._lifetimes.read(text)
        return (lifetime,) if lifetime is not None else tuple(self._since.named(text))

    def read_text(self, text: str) -> tuple[Mention, ...]:
        """The mentions of a text by place, as `read`."""
        known = self._remembered.get(text)
        if known is None:
            known = self._read(text)
            self._remembered[text] = known
        return known

    def wholes(self, text: str) -> list[tuple[int, int]]:
        """Where in a folded text the names of cars and people stand, which no stop parts."""
        cars = [m for m in self._vehicles.read(text) if "weak" not in m.attributes]
        return [(m.start, m.end) for m in (*cars, *filter(self._names.is_plain, self._names.read(text)))]

    def names(self, text: str) -> list[tuple[int, int]]:
        """Where in a folded text names of people stand that the words before them show."""
        told = (m for m in self._names.read(text) if m.attributes["frame"] in TOLD_NAMES)
        return [(m.start, m.end) for m in told if self._names.is_plainly_one(m.text)]

    def is_plainly_a_name(self, name: str) -> bool:
        """Whether what looks like a folded name is made up of what names are made of: no 边度, no 何事."""
        return self._names.is_plainly_one(name)

    def with_open_end(self, text: str, address: Mention) -> Mention:
        """An address with the clause behind it in a folded text that can only be a part of it."""
        return self._addresses.with_open_end(text, address)

    def is_home_of_others(self, behind: str) -> bool:
        """Whether what stands behind an address in a folded text says that it is no home of the speaker's."""
        return self._addresses.is_of_others(behind)

    def is_hired(self, text: str, start: int) -> bool:
        """Whether those at `start` of a folded text are hired or led by the speaker: 请了两个服务员."""
        return self._positions.is_hired(text, start)

    def is_title_denied(self, text: str, start: int, end: int) -> bool:
        """Whether a folded text denies the title that stands at `start:end`: 护士我可当不了."""
        return self._positions.is_denied(text, start, end)

    def _read(self, text: str) -> tuple[Mention, ...]:
        folded = fold(text)
        ruled_out(folded)  # once, for all readers
        vehicles = self._vehicles.read(folded)
        amounts = self._amounts.find(folded)
        since = self._since.read(folded)
        dates = self._births.read(folded, amounts)
        plates = read_registrations(folded)
        durations = _apart(self._durations.read(folded, amounts), since)
        ratios = read_ratios(folded, amounts)
        digits = _apart(
            (m for m in self._identifiers.read(folded) if not self._money.is_shorthand(folded, m.start, m.end)),
            [*dates, *plates],
        )
        firm_digits = [m for m in digits if not m.text.isascii() or m.attributes["form"] != "digits"]
        firm_vehicles = [mention for mention in vehicles if "weak" not in mention.attributes]
        taken = {
            index
            for mentions in (durations, ratios, firm_digits, firm_vehicles, dates, plates)
            for mention in mentions
            if mention.attributes.get("unit") != "bare"
            for index in range(mention.start, mention.end)
        }
        money = self._money.read(folded, amounts, taken)
        addresses = self._addresses.read(folded)
        positions = self._positions.read(folded)
        titles = _by_place(positions)
        places = _by_place(addresses).keys()
        organisations = [
            mention
            for mention in map(_without_deed(titles), self._organisations.read(folded))
            if "bare" not in mention.attributes or places.isdisjoint(range(mention.start, mention.end))
            if not _is_of_title(mention, titles.get(mention.end - 1))
        ]
        names = [name for name in self._names.read(folded) if taken.isdisjoint(range(name.start, name.end))]
        mentions = [
            *vehicles,
            *without_rates(durations, money),
            *ratios,
            *digits,
            *money,
            *since,
            *dates,
            *plates,
            *_apart(names, addresses),
            *_outside(self._purposes.read(folded), organisations),
            *self._relations.read(folded),
            *organisations,
            *addresses,
            *positions,
            *(mention for vocabulary in self._vocabularies for mention in vocabulary.read(folded)),
        ]
        return tuple(
            Mention(m.kind, m.start, m.end, text[m.start : m.end], m.quantity, m.value, m.attributes)
            for m in sorted(mentions, key=lambda mention: (mention.start, mention.end, mention.kind))
        )


def _apart(mentions: Iterable[Mention], others: Sequence[Mention]) -> list[Mention]:
    """The mentions that touch none of the others."""
    covered = {index for other in others for index in range(other.start, other.end)}
    return [mention for mention in mentions if covered.isdisjoint(range(mention.start, mention.end))]


def _outside(mentions: Sequence[Mention], names: Sequence[Mention]) -> list[Mention]:
    """The mentions that are a lesser part of no name (the 网约车 of 闽东网约车公司)."""

    at = _by_place(name for name in names if name.attributes.get("general") != "yes")

    def is_within(mention: Mention) -> bool:
        name = at.get(mention.start)
        longer = name is not None and name.end - name.start >= mention.end - mention.start + LESSER
        return longer and name is not None and mention.end <= name.end

    return [mention for mention in mentions if not is_within(mention)]


def _is_of_title(firm: Mention, title: Mention | None) -> bool:
    """Whether what ends like a firm is a title but for its last character (机电工, 美容师, 个快递员)."""
    counted = firm.text[0] in COUNTED
    return title is not None and title.start <= firm.start + counted and title.end - firm.end == 1


def _without_deed(titles: Mapping[int, Mention]) -> Callable[[Mention], Mention]:
    """Cuts off a firm what is done for it: the 顺丰 of 给顺丰送快递."""

    def firm_alone(firm: Mention) -> Mention:
        deed = titles.get(firm.end - 1)
        told = deed is not None and deed.text[0] in DEEDS and deed.start - firm.start >= SHORTEST_FIRM
        if deed is None or not told or not is_trade(deed) or deed.end != firm.end:
            return firm
        name = firm.text[: deed.start - firm.start]
        return Mention("organisation", firm.start, deed.start, name, None, name, firm.attributes)

    return firm_alone


def _by_place(mentions: Iterable[Mention]) -> dict[int, Mention]:
    """The mention at each index that one covers."""
    return {index: mention for mention in mentions for index in range(mention.start, mention.end)}
