"""Cases of kinds `qualified_dividend` and `holding_period` held against the rules of days held."""

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType

from portfolios.engine.holding import is_long
from taxharvest.engine.conformance.reading import Case, CaseInput, Result, input_of, refusal, shaped
from taxharvest.engine.qualified_dividends import days_in_window, is_qualified


def qualified_dividend_result(case: Case) -> Result:
    """Days held in the window of a case, and whether they are enough."""
    given = input_of(case, ("acquired", "sold", "ex_dividend_date"))
    acquired, sold = _held(given)
    ex_dividend = given.day("ex_dividend_date")
    return shaped(
        case,
        {
            "days_in_window": days_in_window(acquired, sold, ex_dividend),
            "qualified": is_qualified(acquired, sold, ex_dividend),
        },
    )


def holding_period_result(case: Case) -> Result:
    """The term of a case: S or L."""
    acquired, sold = _held(input_of(case, ("acquired", "sold")))
    return shaped(case, {"term": "L" if is_long(acquired, sold) else "S"})


def _held(given: CaseInput) -> tuple[date, date]:
    acquired, sold = given.day("acquired"), given.day("sold")
    if sold < acquired:
        raise refusal(given.case_id, "sold", "it is before the day of purchase")
    return acquired, sold


RESULTS: Mapping[str, Callable[[Case], Result]] = MappingProxyType(
    {"qualified_dividend": qualified_dividend_result, "holding_period": holding_period_result}
)
