"""Which speaker label is the agent, which the customer, decided by what is said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from configs import path_of, read_yaml
from pipeline.contract import Role
from pipeline.errors import SettingsError
from pipeline.types import Turn

ROLES_FILE = "roles.yaml"
_REPEATED = 40
"""Characters of a turn that may say another's words again."""
_STOPS = str.maketrans(
    {"\uff0c": ",", "、": ",", "\uff1f": "?", "!": "。", "\uff01": "。", ".": "。", "\uff1b": "。", ";": "。"}
)


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"is not a regular expression ({error})") from error
    return pattern


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RoleCue(_Settings):
    """A pattern that speaks for a role, with its weight."""

    pattern: Annotated[str, AfterValidator(_compiles)]
    weight: Annotated[float, Field(gt=0)] = 1.0


Pattern = Annotated[str, AfterValidator(_compiles)]


class StandIn(_Settings):
    """What tells somebody who answers for the applicant; see `roles.yaml`."""

    within_turns: Annotated[int, Field(gt=0)] = 3
    claims: tuple[Pattern, ...] = ()
    himself: tuple[Pattern, ...] = ()
    himself_after: Pattern = "(?!)"
    himself_yes: Pattern = "(?!)"


class RoleRules(_Settings):
    """All of `roles.yaml`."""

    agent: tuple[RoleCue, ...]
    customer: tuple[RoleCue, ...]
    stand_in: StandIn = StandIn()
    assent: Pattern = "(?!)"
    same_role_share: Annotated[float, Field(gt=0)] = 0.6
    same_role_weight: float = 4.0


@lru_cache(maxsize=4)
def load_role_rules(own: Path | None = None) -> RoleRules:
    """Role cues of the lender's folder `own` or the embedded defaults. Raises `SettingsError`."""
    try:
        return RoleRules.model_validate(read_yaml(ROLES_FILE, own))
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part) for part in fault["loc"]) or "the top level"
        raise SettingsError(
            f"config file {path_of(ROLES_FILE, own)}: {key}: {fault['msg']}; "
            "mend this key or remove the file to use the default"
        ) from error


def assign_roles(turns: Sequence[Turn], *, own: Path | None = None) -> dict[str, Role]:
    """The role of every speaker label, in order of appearance.

    Labels that are roles already stand for themselves. Of the others the one with most of the script is the agent,
    the next by what a customer says and how much he speaks is the customer, and who says little and nothing of the
    script, or answers for the applicant, is a third party. Cues come from the lender's folder `own` or the embedded
    defaults.
    """
    rules = load_role_rules(own)
    labels = list(dict.fromkeys(turn.speaker for turn in turns))
    roles: dict[str, Role] = {label: role for label in labels for role in _own_role(label)}
    unknown = [label for label in labels if label not in roles]
    if not unknown:
        return roles
    own_words = _without_repeated(turns, _compiled(rules.assent))
    scores = {label: _Score([turn for turn in own_words if turn.speaker == label], rules) for label in labels}
    taken = set(roles.values())
    if unknown and "agent" not in taken and (len(labels) > 1 or scores[unknown[0]].leaning > 0):
        agent = max(unknown, key=lambda label: scores[label].leaning)
        roles[agent] = "agent"
        unknown.remove(agent)
    # Who answers for the applicant is a third party beside him, and holds his place where he never comes.
    applicants = [label for label in unknown if not _stands_in(label, turns, rules.stand_in)] or unknown
    if applicants and "customer" not in taken:
        customer = max(applicants, key=lambda label: (scores[label].substance, -labels.index(label)))
        roles[customer] = "customer"
        unknown.remove(customer)
    script = max((scores[label].script_a_turn for label, role in roles.items() if role == "agent"), default=0.0)
    for label in unknown:
        score = scores[label]
        speaks_script = score.script >= rules.same_role_weight and score.leaning > 0
        roles[label] = (
            "agent" if speaks_script and score.script_a_turn >= rules.same_role_share * script else "third_party"
        )
    return {label: roles[label] for label in labels}


def heard_from_applicant(turns: Sequence[Turn], *, own: Path | None = None) -> tuple[Turn, ...]:
    """`turns` (with roles) as evidence of facts: who holds the customer's place for somebody else is a third party from
    the turn after he says so, unless the applicant comes to the telephone."""
    rules = load_role_rules(own).stand_in
    if not _stands_in("customer", turns, rules):
        return tuple(turns)
    said = next(
        place
        for place, turn in enumerate(turns)
        if turn.speaker == "customer" and _holds(rules.claims, _plain(turn.text))
    )
    return tuple(
        replace(turn, speaker="third_party") if place > said and turn.speaker == "customer" else turn
        for place, turn in enumerate(turns)
    )


def _stands_in(label: str, turns: Sequence[Turn], rules: StandIn) -> bool:
    """Whether `label` says among its first turns that the applicant is somebody else, and never that it is he."""
    before, said, claimed = "", 0, False
    for turn in turns:
        text = _plain(turn.text)
        if turn.speaker != label:
            before = text
            continue
        said += 1
        claims = _holds(rules.claims, text)
        claimed = claimed or (said <= rules.within_turns and claims)
        confirms = _compiled(rules.himself_after).search(before) and _compiled(rules.himself_yes).search(text)
        if not claims and (confirms or _holds(rules.himself, text)):
            return False
        before = ""
    return claimed


def _without_repeated(turns: Sequence[Turn], assent: re.Pattern[str]) -> list[Turn]:
    """The turns without those in which another's words are only said again: 两年,对吧? behind 两年."""
    kept: list[Turn] = []
    before = ""
    for place, turn in enumerate(turns):
        text = _plain(turn.text)
        words = assent.sub("", text) if len(text) <= _REPEATED else text
        others = place > 0 and turns[place - 1].speaker != turn.speaker
        if not (others and 1 < len(words) <= _REPEATED and words in before):
            kept.append(turn)
        before = text
    return kept


def _holds(patterns: Sequence[str], text: str) -> bool:
    return any(_compiled(pattern).search(text) for pattern in patterns)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """The compiled pattern; `re` forgets when there are more than a few hundred."""
    return re.compile(pattern)


def _plain(text: str) -> str:
    return re.sub(r"\s", "", text).translate(_STOPS)


class _Score:
    """How much of the script one label speaks, how much of a customer's answers, and how much at all."""

    def __init__(self, turns: Sequence[Turn], rules: RoleRules) -> None:
        texts = [_plain(turn.text) for turn in turns]
        self.script = _weight(texts, rules.agent)
        self.answers = _weight(texts, rules.customer)
        self.letters = sum(len(text) for text in texts)
        self.script_a_turn = self.script / max(1, len(texts))

    @property
    def leaning(self) -> float:
        """Above 0 towards the agent, below towards the customer."""
        return self.script - self.answers

    @property
    def substance(self) -> float:
        """What speaks for the customer: his kind of answers, less the script, and ten letters for a point."""
        return self.answers - self.script + self.letters / 10


def _weight(texts: Sequence[str], cues: Sequence[RoleCue]) -> float:
    searches = [(_compiled(cue.pattern).search, cue.weight) for cue in cues]
    return sum(weight for text in texts for search, weight in searches if search(text))


def with_roles(turns: Iterable[Turn], roles: Mapping[str, Role]) -> tuple[Turn, ...]:
    """The turns with what their speakers are in place of their labels."""
    return tuple(
        turn if roles.get(turn.speaker, turn.speaker) == turn.speaker else replace(turn, speaker=roles[turn.speaker])
        for turn in turns
    )


def _own_role(label: str) -> tuple[Role, ...]:
    named: tuple[Role, ...] = get_args(Role)
    return tuple(role for role in named if role == label)
