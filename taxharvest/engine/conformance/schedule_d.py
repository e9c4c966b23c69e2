"""Cases of kind `schedule_d` held against Schedule D."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from taxharvest.engine.conformance.reading import Case, CaseInput, Result, input_of, shaped, text
from taxharvest.engine.schedule_d import ScheduleDFacts, Totals, build_schedule_d
from taxharvest.engine.tables.registry import NEWEST

_FIELDS = ("year", "status", "st", "lt", "co_st", "co_lt", "distributions", "taxable_income")


def schedule_d_result(case: Case) -> Result:
    """The nets, the deduction and the carry-overs of a case."""
    given = input_of(case, _FIELDS)
    schedule = build_schedule_d(_facts(given))
    return shaped(
        case,
        {
            "net_short": text(schedule.net_short),
            "net_long": text(schedule.net_long),
            "deduct": text(schedule.deducted),
            "carry_short": text(schedule.carry_short),
            "carry_long": text(schedule.carry_long),
        },
    )


def _facts(given: CaseInput) -> ScheduleDFacts:
    return ScheduleDFacts(
        # Netting is the same in every year, and for every status but one: many cases name neither.
        year=given.year(NEWEST),
        filing_status=given.status("single"),
        direct_short=Totals(proceeds=given.amount("st", "0")),
        direct_long=Totals(proceeds=given.amount("lt", "0")),
        carry_short=given.natural("co_st", "0"),
        carry_long=given.natural("co_lt", "0"),
        capital_gain_distributions=given.natural("distributions", "0"),
        taxable_income=given.amount("taxable_income") if "taxable_income" in given.fields else None,
    )


RESULTS: Mapping[str, Callable[[Case], Result]] = MappingProxyType({"schedule_d": schedule_d_result})
