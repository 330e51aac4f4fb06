"""What the customer has stated so far, field by field."""

from __future__ import annotations

from collections import defaultdict

from pipeline.dialogue.digits import SHORTEST, WHOLE, DigitsInProgress
from pipeline.dialogue.instalments import Instalments
from pipeline.dialogue.settle import Statement
from pipeline.types import Stated


class Record:
    """The statements of a call in their order, and what is still being put together (digits, instalments)."""

    def __init__(self) -> None:
        self.statements: dict[str, list[Statement]] = defaultdict(list)
        self.digits = {name: DigitsInProgress(name) for name in WHOLE}
        self.instalments = Instalments()

    def add(self, statement: Statement | None) -> None:
        """Notes a statement; None is nothing to note."""
        if statement is not None:
            self.statements[statement.field].append(statement)

    def latest(self, name: str) -> Stated | None:
        """The value last stated or agreed to."""
        said = [each.stated for each in self.statements[name] if each.act in ("state", "confirm")]
        return said[-1] if said else None

    def in_progress(self, name: str) -> bool:
        """Whether digits of the field have been said that are not complete yet."""
        return name in self.digits and self.digits[name].any

    def is_only_begun(self, name: str) -> bool:
        """Whether too few digits of the field have been said to mean anything."""
        return name in self.digits and 0 < len(self.digits[name].digits) < SHORTEST

    def has_value(self, name: str) -> bool:
        """Whether a value of the field has been stated or agreed to."""
        return any(statement.act in ("state", "confirm") for statement in self.statements.get(name, ()))
