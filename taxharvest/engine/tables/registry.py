"""The tax tables by year."""

from collections.abc import Mapping
from types import MappingProxyType

from common.errors import InvalidInput
from taxharvest.engine.tables import us_2024, us_2025, us_2026
from taxharvest.engine.tables.record import TaxTable

TABLES: Mapping[int, TaxTable] = MappingProxyType(
    {table.year: table for table in (us_2024.TABLE, us_2025.TABLE, us_2026.TABLE)}
)
NEWEST = max(TABLES)


def table_of(year: int) -> TaxTable:
    """The table of a tax year; raises InvalidInput, naming the years there are, when there is none."""
    if year in TABLES:
        return TABLES[year]
    known = ", ".join(map(str, sorted(TABLES)))
    sentence = f"There are no tax tables for {year}; there are tables for {known}."
    raise InvalidInput(detail=sentence, code="no-tax-table", fields={"year": [sentence]})
