"""A row of a statement: its line, its place and its cells, with typed access that names the cell at fault."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from portfolios.engine.statements import values
from portfolios.engine.statements.currencies import currency_code
from portfolios.engine.statements.refusals import RowError
from portfolios.engine.statements.values import DayOrder

_MIDNIGHT = re.compile(r"[;, T]00:?00(:?00)?\s*$")


@dataclass(slots=True)
class Row:
    """One element of a Flex section; `cells` holds the attributes that say something."""

    line: int
    section: str
    tag: str
    cells: dict[str, str]
    order: DayOrder = DayOrder.UNKNOWN
    broken: str = ""

    def text(self, *names: str) -> str:
        """The first of the cells `names` that says something, else an empty string."""
        for name in names:
            value = self.cells.get(name)
            if value:
                return value
        return ""

    def codes(self, *names: str) -> frozenset[str]:
        """The broker's short codes in a cell (“P;Ca”), each by itself."""
        return frozenset(self.text(*names).replace(",", ";").split(";"))

    def number(self, *names: str) -> Decimal | None:
        """The number in the first of the cells that says something; None when none does."""
        for name in names:
            written = self.cells.get(name)
            if written:
                return values.number(written, field=name)
        return None

    def required(self, *names: str) -> Decimal:
        """The number in the first of the cells that says something. Raises RowError when none does."""
        found = self.number(*names)
        if found is None:
            raise RowError(f"“{names[0]}” is missing", field=names[0])
        return found

    def day(self, *names: str) -> date:
        """The day in the first of the cells that says something. Raises RowError when none does."""
        found = self.optional_day(*names)
        if found is None:
            raise RowError("the date is missing", field=names[0])
        return found

    def optional_day(self, *names: str) -> date | None:
        """The day in the first of the cells that says something; None when none does."""
        for name in names:
            if self.text(name):
                return values.day(self.text(name), field=name, order=self.order)
        return None

    def moment(self, name: str, *, day: str = "", clock: str = "") -> datetime | None:
        """The moment in cell `name`, else in the cells `day` and `clock` together; None for a day alone.

        Midnight is what the broker writes when it knows the day only.
        """
        if self.text(name):
            found = values.moment(self.text(name), field=name, order=self.order)
            return None if _MIDNIGHT.search(self.text(name)) else found
        if self.text(day) and self.text(clock):
            return values.at(self.day(day), self.text(clock), field=clock)
        return None

    def currency(self) -> str:
        """The row's currency. Raises RowError when it is missing or unknown."""
        return currency_code(self.text("currency"))
