"""Schedule D of Form 1040 from the totals of Form 8949, and the capital loss carry-over worksheet."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from common.errors import InvalidInput
from taxharvest.engine.netting import ZERO, Netting, net_year, rate_28_gain
from taxharvest.engine.records import FilingStatus, FormLine, ScheduleD
from taxharvest.engine.tables.registry import table_of
from taxharvest.engine.year_facts import check_status

# Boxes of Form 8949 by the line of Schedule D that takes their totals; the later ones are digital assets.
SHORT_LINES: Mapping[str, str] = MappingProxyType({"1b": "AG", "2": "BH", "3": "CI"})
LONG_LINES: Mapping[str, str] = MappingProxyType({"8b": "DJ", "9": "EK", "10": "FL"})
BOXES = "ABCDEFGHIJKL"
DIGITAL_BOXES = "GHIJKL"
# Form 8949 has boxes for digital assets from the tax year 2025.
FIRST_DIGITAL_YEAR = 2025


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Totals of columns d, e and g."""

    proceeds: Decimal = ZERO
    basis: Decimal = ZERO
    adjustment: Decimal = ZERO

    @property
    def gain(self) -> Decimal:
        """Column h: d less e, combined with g."""
        return self.proceeds - self.basis + self.adjustment


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxTotals:
    """The totals of all pages of Form 8949 with one box checked; a box may come more than once."""

    box: str
    totals: Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleDFacts:
    """What Schedule D is made of, in US dollars.

    `direct_short` and `direct_long` are sales entered on lines 1a and 8a without Form 8949. The carry-overs
    are positive. `collectibles_gain` is the part of the long-term result from collectibles. `taxable_income`
    is that of Form 1040, negative where deductions exceed income, for the worksheet; None where it is not
    known, and the deduction is then taken to be used in full.
    """

    year: int
    filing_status: FilingStatus
    boxes: tuple[BoxTotals, ...] = ()
    direct_short: Totals = Totals()
    direct_long: Totals = Totals()
    carry_short: Decimal = ZERO
    carry_long: Decimal = ZERO
    capital_gain_distributions: Decimal = ZERO
    collectibles_gain: Decimal = ZERO
    taxable_income: Decimal | None = None


def build_schedule_d(facts: ScheduleDFacts) -> ScheduleD:
    """Schedule D with its worksheet; IRC 1222, 1211(b), 1212(b), instructions for Schedule D (Form 1040).

    Lines 4, 5, 11 and 12 take results of other forms and are not part of it. Raises InvalidInput for a box
    that the year's form does not have, a negative carry-over, and a year or status without tables.
    """
    _check(facts)
    short = _part_lines("1a", facts.direct_short, SHORT_LINES, facts)
    long = _part_lines("8a", facts.direct_long, LONG_LINES, facts)
    netting = net_year(
        short=_sum(short),
        long=_sum(long) + facts.capital_gain_distributions,
        cap=table_of(facts.year).loss_cap[facts.filing_status],
        carry_short=facts.carry_short,
        carry_long=facts.carry_long,
        taxable_income=facts.taxable_income,
    )
    return ScheduleD(
        year=facts.year,
        filing_status=facts.filing_status,
        lines=(
            *short,
            _amount("6", "Short-term capital loss carryover", -facts.carry_short),
            _amount("7", "Net short-term capital gain or (loss)", netting.net_short),
            *long,
            _amount("13", "Capital gain distributions", facts.capital_gain_distributions),
            _amount("14", "Long-term capital loss carryover", -facts.carry_long),
            _amount("15", "Net long-term capital gain or (loss)", netting.net_long),
            *_summary(facts, netting),
        ),
        worksheet=tuple(_worksheet(facts.taxable_income, netting)) if netting.total < 0 else (),
        net_short=netting.net_short,
        net_long=netting.net_long,
        deducted=netting.deducted,
        carry_short=netting.carry_short,
        carry_long=netting.carry_long,
    )


def _part_lines(
    direct_number: str, direct: Totals, boxes_of: Mapping[str, str], facts: ScheduleDFacts
) -> list[FormLine]:
    """The lines of part I or II that have columns."""
    label = "Totals of Form 1099-B with basis reported to the IRS and no adjustments"
    lines = [_columns(direct_number, label, direct)]
    for number, boxes in boxes_of.items():
        if facts.year < FIRST_DIGITAL_YEAR:
            label = f"Totals of Form 8949 with Box {boxes[0]} checked"
        else:
            label = f"Totals of Form 8949 with Box {boxes[0]} or Box {boxes[1]} checked"
        lines.append(_columns(number, label, _add(item.totals for item in facts.boxes if item.box in boxes)))
    return lines


def _summary(facts: ScheduleDFacts, netting: Netting) -> Iterator[FormLine]:
    """Part III: line 16, line 18 where both nets are gains, line 21 where there is a loss."""
    yield _amount("16", "Net capital gain or (loss): lines 7 and 15 combined", netting.total)
    if netting.net_long > 0 and netting.total > 0:
        gain = rate_28_gain(
            collectibles=facts.collectibles_gain,
            carry_long=facts.carry_long,
            net_short=netting.net_short,
        )
        yield _amount("18", "28% rate gain", gain)
    if netting.total < 0:
        cap = table_of(facts.year).loss_cap[facts.filing_status]
        label = f"Loss deducted: the smaller of the loss on line 16 and {cap:,}"
        yield _amount("21", label, -netting.deducted)


def _worksheet(taxable_income: Decimal | None, netting: Netting) -> Iterator[FormLine]:
    """The capital loss carry-over worksheet; the lines of a part whose condition fails are left out."""
    yield _amount("1", "Taxable income of the year, negative where deductions exceed income", taxable_income)
    yield _amount("2", "Loss from Schedule D line 21, as a positive amount", netting.deducted)
    room = None if taxable_income is None else max(ZERO, taxable_income + netting.deducted)
    yield _amount("3", "Lines 1 and 2 combined, not below zero", room)
    yield _amount("4", "Smaller of line 2 and line 3", netting.used)
    short_loss, short_gain = max(ZERO, -netting.net_short), max(ZERO, netting.net_short)
    long_loss, long_gain = max(ZERO, -netting.net_long), max(ZERO, netting.net_long)
    yield _amount("5", "Loss from Schedule D line 7, as a positive amount", short_loss)
    if short_loss:
        yield _amount("6", "Gain from Schedule D line 15", long_gain)
        yield _amount("7", "Lines 4 and 6 added", netting.used + long_gain)
        yield _amount(
            "8", "Short-term loss carried to the next year: line 5 less line 7", netting.carry_short
        )
    if long_loss:
        left = max(ZERO, netting.used - short_loss)
        yield _amount("9", "Loss from Schedule D line 15, as a positive amount", long_loss)
        yield _amount("10", "Gain from Schedule D line 7", short_gain)
        yield _amount("11", "Line 4 less line 5, not below zero", left)
        yield _amount("12", "Lines 10 and 11 added", short_gain + left)
        yield _amount(
            "13", "Long-term loss carried to the next year: line 9 less line 12", netting.carry_long
        )


def _add(parts: Iterable[Totals]) -> Totals:
    proceeds = basis = adjustment = ZERO
    for part in parts:
        proceeds += part.proceeds
        basis += part.basis
        adjustment += part.adjustment
    return Totals(proceeds=proceeds, basis=basis, adjustment=adjustment)


def _sum(lines: Iterable[FormLine]) -> Decimal:
    return sum((line.amount for line in lines if line.amount is not None), ZERO)


def _columns(number: str, label: str, totals: Totals) -> FormLine:
    return FormLine(
        number=number,
        label=label,
        proceeds=totals.proceeds,
        basis=totals.basis,
        adjustment=totals.adjustment,
        amount=totals.gain,
    )


def _amount(number: str, label: str, amount: Decimal | None) -> FormLine:
    return FormLine(number=number, label=label, amount=amount)


def _check(facts: ScheduleDFacts) -> None:
    check_status(facts.filing_status)
    for item in facts.boxes:
        if item.box not in BOXES or len(item.box) != 1:
            raise _refusal("boxes", f"Form 8949 has no Box {item.box}.")
        if item.box in DIGITAL_BOXES and facts.year < FIRST_DIGITAL_YEAR:
            raise _refusal("boxes", f"Form 8949 of {facts.year} has no Box {item.box} for digital assets.")
    for name in ("direct_short", "direct_long"):
        if getattr(facts, name).adjustment:
            raise _refusal(name, "Sales with an adjustment go on Form 8949, not straight on Schedule D.")
    for name in ("carry_short", "carry_long", "capital_gain_distributions"):
        if getattr(facts, name) < 0:
            words = name.replace("_", " ")
            raise _refusal(name, f"The {words} cannot be negative: {getattr(facts, name)}.")


def _refusal(field: str, sentence: str) -> InvalidInput:
    return InvalidInput(detail=sentence, code="invalid-schedule-d", fields={field: [sentence]})
