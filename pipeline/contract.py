"""The shapes that every entry point shares: transcript, application and report, as pydantic models.

Times are seconds from the start of the recording, money is CNY, dates are ISO 8601, unknown is null. Names of
fields, outcomes, signals and compliance items are the product's vocabulary.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

TRANSCRIPT_SCHEMA: Final = "callproof.transcript/1"
APPLICATION_SCHEMA: Final = "callproof.application/1"
REPORT_SCHEMA: Final = "callproof.report/1"
OUTLINE_SCHEMA: Final = "callproof.outline/1"

Purpose = Literal[
    "personal_use", "ride_hailing", "freight", "rental", "business_use", "for_other", "resale", "cash_out"
]
ActualUser = Literal["self", "spouse", "parent", "child", "sibling", "relative", "friend", "company", "other"]
MaritalStatus = Literal["single", "married", "divorced", "widowed"]
ResidenceType = Literal["owned", "mortgage", "rented", "family", "dormitory"]
ContactRelation = Literal["spouse", "parent", "child", "sibling", "relative", "friend", "colleague"]
Condition = Literal["new", "used"]
Outcome = Literal["match", "mismatch", "contradicted", "unclear", "not_stated", "not_applied"]
Severity = Literal["critical", "major", "minor"]
Disposition = Literal["escalate", "review", "callback", "pass"]
Band = Literal["low", "medium", "high"]
SignalCode = Literal[
    "straw_buyer",
    "undisclosed_commercial_use",
    "cash_out",
    "coached",
    "broker_involved",
    "not_the_applicant",
    "evasive",
    "identity_doubt",
    "undisclosed_loan",
    "over_indebted",
    "contact_changed",
    "refuses_recording",
]
ComplianceItem = Literal[
    "opening_identification",
    "recording_notice",
    "identity_check",
    "purpose_warning",
    "repayment_reminder",
    "next_steps_told",
    "closing_courtesy",
    "no_guarantee",
    "no_leading",
    "no_disclosure",
    "no_secret_request",
    "no_rudeness",
]
ComplianceStatus = Literal["done", "missing", "violated"]
Role = Literal["agent", "customer", "third_party"]
ROLES: tuple[str, ...] = get_args(Role)

ANONYMOUS_SPEAKER = re.compile(r"S\d{1,3}")


def _speaker(value: str) -> str:
    if value in ROLES or ANONYMOUS_SPEAKER.fullmatch(value):
        return value
    raise ValueError("must be agent, customer, third_party or an anonymous label S0, S1, …")


def _plain_number(value: float) -> int | float:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _no_control_characters(value: str) -> str:
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise ValueError("must not contain control characters")
    return value


def _aware(value: datetime) -> datetime:
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)


def _a_number(value: object) -> object:
    if isinstance(value, bool | str):
        raise ValueError("must be a number")
    return value


Number = Annotated[
    float, BeforeValidator(_a_number), PlainSerializer(_plain_number, return_type=int | float, when_used="json")
]
Seconds = Annotated[float, Field(ge=0, le=6 * 3600, allow_inf_nan=False)]
Money = Annotated[Number, Field(ge=0, le=1e12, allow_inf_nan=False)]
Probability = Annotated[float, Field(ge=0, le=1)]
Identifier = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_no_control_characters)]
ShortText = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_no_control_characters)]
Speaker = Annotated[str, AfterValidator(_speaker)]
Moment = Annotated[datetime, AfterValidator(_aware)]


class Shape(BaseModel):
    """Base of every shape: unknown keys are an error, so that a misspelt field is never silently lost."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


# --- transcript ------------------------------------------------------------------------------------------------------


class TranscriptWord(Shape):
    """One word with its times (s) and the recogniser's probability."""

    text: Annotated[str, Field(max_length=200)]
    start: Seconds
    end: Seconds
    probability: Probability | None = None


class TranscriptTurn(Shape):
    """One speaker's stretch of speech."""

    id: Annotated[int, Field(ge=0)]
    speaker: Speaker
    start: Seconds
    end: Seconds
    text: Annotated[str, Field(max_length=200_000)]
    words: list[TranscriptWord] | None = None
    confidence: Probability | None = None
    raw_text: str | None = None
    flags: list[str] | None = None


class Transcript(Shape):
    """`callproof.transcript/1`: what was said, by whom, when."""

    schema_: Literal["callproof.transcript/1"] = Field(alias="schema")
    call_id: Identifier
    language: Literal["zh"] = "zh"
    duration: Seconds | None = None
    recorded_at: Moment | None = None
    turns: Annotated[list[TranscriptTurn], Field(max_length=50_000)]

    @model_validator(mode="after")
    def _turn_ids_are_unique(self) -> Self:
        seen: set[int] = set()
        for turn in self.turns:
            if turn.id in seen:
                raise ValueError(f"turn id {turn.id} occurs twice")
            seen.add(turn.id)
        return self


# --- outline ---------------------------------------------------------------------------------------------------------


class OutlineRegion(Shape):
    """Where somebody speaks on a channel (from 0), in seconds."""

    channel: int
    start: Seconds
    end: Seconds


class Outline(Shape):
    """`callproof.outline/1`: how a recording looks. `channels` are peaks, 0 to 255, `points_per_second` of them."""

    schema_: Literal["callproof.outline/1"] = Field(alias="schema")
    duration: Seconds
    points_per_second: float
    layout: Literal["stereo", "dual_mono", "mono"]
    channels: list[list[int]]
    regions: list[OutlineRegion]


# --- application -----------------------------------------------------------------------------------------------------


class Identity(Shape):
    name: ShortText | None = None
    id_number: ShortText | None = None
    mobile: ShortText | None = None
    marital_status: MaritalStatus | None = None
    residence: ShortText | None = None
    residence_type: ResidenceType | None = None


class Employment(Shape):
    employer: ShortText | None = None
    position: ShortText | None = None
    years: Annotated[Number, Field(ge=0, le=80)] | None = None


class Income(Shape):
    monthly: Money | None = None


class Debt(Shape):
    has_other_loans: Annotated[bool, Field(strict=True)] | None = None
    monthly_payment: Money | None = None


class Loan(Shape):
    amount: Money | None = None
    term_months: Annotated[int, BeforeValidator(_a_number), Field(ge=1, le=600)] | None = None
    down_payment: Money | None = None
    monthly_payment: Money | None = None
    purpose: Purpose | None = None


class Vehicle(Shape):
    brand: ShortText | None = None
    model: ShortText | None = None
    condition: Condition | None = None
    price: Money | None = None
    actual_user: ActualUser | None = None
    dealer: ShortText | None = None


class Contact(Shape):
    name: ShortText | None = None
    relation: ContactRelation | None = None


class Application(Shape):
    """`callproof.application/1`: what the applicant has put on paper. Every leaf is optional."""

    schema_: Literal["callproof.application/1"] = Field(alias="schema")
    application_id: Identifier | None = None
    identity: Identity = Field(default_factory=Identity)
    employment: Employment = Field(default_factory=Employment)
    income: Income = Field(default_factory=Income)
    debt: Debt = Field(default_factory=Debt)
    loan: Loan = Field(default_factory=Loan)
    vehicle: Vehicle = Field(default_factory=Vehicle)
    contact: Contact = Field(default_factory=Contact)

    def applied(self) -> dict[str, str | bool | int | float]:
        """The filled leaves by field path, in the contract's order: `{"income.monthly": 9500, …}`."""
        return dict(self._leaves())

    def _leaves(self) -> Iterator[tuple[str, str | bool | int | float]]:
        for section, name in field_paths():
            value = getattr(getattr(self, section), name)
            if value is not None:
                yield f"{section}.{name}", _plain_number(value) if isinstance(value, float) else value


def field_paths() -> tuple[tuple[str, str], ...]:
    """Every field of the application as (section, name), in the contract's order."""
    sections: dict[str, type[Shape]] = {
        "identity": Identity,
        "employment": Employment,
        "income": Income,
        "debt": Debt,
        "loan": Loan,
        "vehicle": Vehicle,
        "contact": Contact,
    }
    return tuple((section, name) for section, shape in sections.items() for name in shape.model_fields)


# --- report ----------------------------------------------------------------------------------------------------------

Scalar = str | bool | Number | None


class EvidenceItem(Shape):
    """The place in the call that proves something; `quote` stands in that turn letter for letter."""

    turn: int
    start: Seconds
    end: Seconds
    speaker: Speaker
    quote: str


class StatedItem(Shape):
    """A value as it was said: `text` is what was heard, `value` is canonical, a range has `low` and `high`."""

    value: Scalar
    low: Number | None = None
    high: Number | None = None
    text: str
    polarity: Literal["stated", "confirmed"]
    hedged: bool = False


class FieldOutcome(Shape):
    """What the call says about one field, held against the application. `level` is the rung that decided."""

    field: str
    outcome: Outcome
    severity: Severity | None
    confidence: Probability
    applied: Scalar
    stated: StatedItem | None
    history: list[StatedItem] = Field(default_factory=list)
    level: str | None = None
    explanation: str
    explanation_zh: str
    evidence: list[EvidenceItem] = Field(default_factory=list)


class SignalItem(Shape):
    code: SignalCode
    severity: Severity
    confidence: Probability
    explanation: str = ""
    explanation_zh: str = ""
    evidence: list[EvidenceItem] = Field(default_factory=list)


class ComplianceResult(Shape):
    item: ComplianceItem
    status: ComplianceStatus
    evidence: list[EvidenceItem] = Field(default_factory=list)


class Risk(Shape):
    score: Probability
    band: Band
    reasons: list[str]


class Coverage(Shape):
    required: int
    settled: int
    missing: list[str]


class Conduct(Shape):
    """How the call was held. Ratios are of the whole duration or of all speech; null where no times are known."""

    agent_talk_ratio: float | None = None
    silence_ratio: float | None = None
    interruptions: int | None = None
    agent_chars_per_minute: float | None = None
    overlap_seconds: float | None = None


class NextStep(Shape):
    """What is to be done: `text` in Chinese, as a customer gets it; `text_en` says the same in English.

    Reports from before there was an English text have it empty.
    """

    for_: Literal["customer", "agent", "reviewer"] = Field(alias="for")
    text: str
    text_en: str = ""


class Versions(Shape):
    callproof: str
    asr: str | None
    diarizer: str | None = None
    rules: str


class Report(Shape):
    """`callproof.report/1`: the outcome of one call. It recommends; a person decides."""

    schema_: Literal["callproof.report/1"] = Field(alias="schema", default="callproof.report/1")
    call_id: Identifier
    application_id: Identifier | None
    roles: dict[str, Role]
    disposition: Disposition
    risk: Risk
    fields: list[FieldOutcome]
    signals: list[SignalItem]
    compliance: list[ComplianceResult]
    coverage: Coverage
    conduct: Conduct
    next_steps: list[NextStep]
    notes: list[str] = Field(default_factory=list)
    versions: Versions


SHAPES: dict[str, type[Shape]] = {"transcript": Transcript, "application": Application, "report": Report}


def to_json(shape: Shape) -> dict[str, Any]:
    """The JSON-ready dictionary of a shape, with the contract's key names and whole numbers as integers."""
    return shape.model_dump(mode="json", by_alias=True)


def json_schema(name: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of `transcript`, `application` or `report`."""
    schema = SHAPES[name].model_json_schema(by_alias=True, mode="serialization" if name == "report" else "validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
