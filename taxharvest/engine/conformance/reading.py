"""Reading the input of a case: every value checked, every refusal naming the case and the field."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from common.errors import InvalidInput
from common.money import cents, parse_decimal
from taxharvest.engine.records import FilingStatus
from taxharvest.engine.tables.registry import TABLES

Case = Mapping[str, Any]
Result = dict[str, Any]

# Case files write the filing statuses short.
_STATUSES = MappingProxyType(
    {
        "mfj": FilingStatus.MARRIED_JOINT,
        "mfs": FilingStatus.MARRIED_SEPARATE,
        "hoh": FilingStatus.HEAD,
        **{status.value: status for status in FilingStatus},
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseInput:
    """The input of one case, by field; `case_id` is for refusals."""

    case_id: str
    fields: Mapping[str, Any]

    def amount(self, field: str, default: str | None = None) -> Decimal:
        """The amount in `field`, written as text or as a whole number."""
        value = self._value(field, default)
        if not isinstance(value, str | int) or isinstance(value, bool):
            raise refusal(self.case_id, field, f"{value!r} is not an amount written as text")
        try:
            return parse_decimal(str(value), field=field)
        except InvalidInput as wrong:
            raise refusal(self.case_id, field, wrong.detail) from wrong

    def natural(self, field: str, default: str | None = None) -> Decimal:
        """The amount in `field`, which cannot be negative."""
        value = self.amount(field, default)
        if value < 0:
            raise refusal(self.case_id, field, f"{value} is negative")
        return value

    def day(self, field: str) -> date:
        """The ISO date in `field`."""
        value = self._value(field, None)
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            raise refusal(self.case_id, field, f"{value!r} is not a date such as 2025-01-31") from None

    def is_set(self, field: str) -> bool:
        """The yes or no in `field`, no when it is absent."""
        value = self.fields.get(field, False)
        if not isinstance(value, bool):
            raise refusal(self.case_id, field, f"{value!r} is neither true nor false")
        return value

    def status(self, default: str | None = None) -> FilingStatus:
        """The filing status."""
        value = self._value("status", default)
        if not isinstance(value, str) or value not in _STATUSES:
            raise refusal(self.case_id, "status", f"{value!r} is none of {', '.join(_STATUSES)}")
        return _STATUSES[value]

    def year(self, default: int | None = None) -> int:
        """The tax year, one that there are tables for."""
        value = str(self._value("year", default))
        known = {str(year): year for year in TABLES}
        if value not in known:
            raise refusal(self.case_id, "year", f"there are tables for {', '.join(known)}, not for {value}")
        return known[value]

    def _value(self, field: str, default: str | int | None) -> Any:
        value = self.fields.get(field, default)
        if value is None:
            raise refusal(self.case_id, field, "it is missing")
        return value


def input_of(case: Case, known: Collection[str]) -> CaseInput:
    """The input of `case`; raises InvalidInput for a field that is not `known`: none is overlooked."""
    case_id = str(case.get("id", "a case without an id"))
    fields = case.get("input")
    if not isinstance(fields, Mapping):
        raise refusal(case_id, "input", "it is missing")
    for field in fields:
        if field not in known:
            raise refusal(case_id, str(field), "no rule of this kind knows it")
    return CaseInput(case_id=case_id, fields=fields)


def shaped(case: Case, values: Mapping[str, Any]) -> Result:
    """The `values` that the case asks for by the names in its `expected`; all when it names none.

    Raises InvalidInput for a name that is not among them.
    """
    asked = case.get("expected") or values
    for name in asked:
        if name not in values:
            raise refusal(str(case.get("id", "a case without an id")), f"expected.{name}", "no rule gives it")
    return {name: values[name] for name in asked}


def text(amount: Decimal) -> str:
    """An amount as case files write it: in cents."""
    return str(cents(amount))


def refusal(case_id: str, field: str, sentence: str) -> InvalidInput:
    """The refusal of one field of a case."""
    detail = f"Case {case_id}, field {field}: {sentence}."
    return InvalidInput(detail=detail, code="invalid-case", fields={field: [detail]})
