"""The end of the year: which losses and gains to realise, which lots to keep, and the return after it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal, localcontext
from uuid import UUID

from common.errors import InvalidInput
from common.money import ARITHMETIC, parse_decimal
from portfolios.engine.figures import amount_text
from portfolios.engine.holding import long_from
from portfolios.engine.records import Term
from portfolios.engine.wash_groups import WINDOW
from taxharvest.engine.income_range import TaxRange, tax_difference
from taxharvest.engine.liability import year_liability
from taxharvest.engine.netting import Netting
from taxharvest.engine.savings import HarvestedLoss, Saving, saving_of
from taxharvest.engine.tables.registry import table_of
from taxharvest.engine.year_facts import YearFacts, check_facts
from taxharvest.engine.year_taxes import net_facts, taxes_at

ZERO = Decimal(0)
# How the keys of choices begin.
PREFIXES = ("loss_", "gain_")
# A lot that turns long-term within so many days is worth waiting for, or at least worth knowing of.
SOON = timedelta(days=120)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLot:
    """A lot of the return's accounts in US dollars, with what it would bring on the day it is looked at."""

    account_id: UUID
    instrument_id: UUID
    account: str
    symbol: str
    acquired: date | None
    holding_date: date
    shares: Decimal
    basis: Decimal
    value: Decimal
    term: Term

    @property
    def gain(self) -> Decimal:
        """What it has gained; negative for a loss."""
        return self.value - self.basis


@dataclass(frozen=True, slots=True, kw_only=True)
class WashedPart:
    """What of a position's losses counts if all its loss lots were sold now, by term, both positive.

    `free_on` is the first day on which no purchase so far washes anything.
    """

    short: Decimal
    long: Decimal
    free_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LossChoice:
    """The loss lots of one position and term: their loss (above zero), and what of it counts now.

    `worth` is what the part that counts saves this year if it alone were taken.
    """

    key: str
    account_id: UUID
    instrument_id: UUID
    account: str
    symbol: str
    term: Term
    shares: Decimal
    loss: Decimal
    counted: Decimal
    free_on: date | None
    worth: TaxRange | None

    @property
    def washed(self) -> Decimal:
        """What would be washed now."""
        return self.loss - self.counted


@dataclass(frozen=True, slots=True, kw_only=True)
class GainChoice:
    """The gain lots of one position and term; `cost` is what they add to the taxes if taken alone."""

    key: str
    account_id: UUID
    instrument_id: UUID
    account: str
    symbol: str
    term: Term
    shares: Decimal
    gain: Decimal
    cost: TaxRange | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingLot:
    """A short-term lot with a gain that turns long-term soon: `worth` is what waiting until then saves."""

    lot: OpenLot
    long_on: date
    days: int
    worth: TaxRange | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """Gains that could be realised without tax this year.

    `within_losses` only shrinks the loss that would be carried on. `at_zero` is taxed at the federal rate of
    0 % on long-term gains; None where the income is not known.
    """

    within_losses: Decimal
    at_zero: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnSide:
    """The lines of the return that realising changes: Schedule D, what carries over, and the taxes.

    `added` is what gains, losses and dividends change of all taxes; `total` the taxes of the year, None
    where the income is not known.
    """

    netting: Netting
    added: TaxRange
    total: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What is realised in a plan, all positive: losses that count and gains, by term."""

    short_loss: Decimal = ZERO
    long_loss: Decimal = ZERO
    short_gain: Decimal = ZERO
    long_gain: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class YearEndPlan:
    """The return before and after, and by how much all taxes change (negative for a saving)."""

    taken: Taken
    before: ReturnSide
    after: ReturnSide
    change: TaxRange


@dataclass(frozen=True, slots=True, kw_only=True)
class YearEndWindow:
    """The days around the last day of the year on which a purchase washes a loss that is sold on it."""

    last_day: date
    begins: date
    ends: date


def window_of(year: int) -> YearEndWindow:
    """IRC 1091(a) around 31 December: from 1 December until 30 January."""
    last = date(year, 12, 31)
    return YearEndWindow(
        last_day=last, begins=last - timedelta(days=WINDOW), ends=last + timedelta(days=WINDOW)
    )


def loss_choices(
    lots: Iterable[OpenLot], washed: Mapping[tuple[UUID, UUID], WashedPart], facts: YearFacts | None
) -> list[LossChoice]:
    """The losses that could be taken, by position and term, the largest that counts first."""
    found = []
    for (account_id, instrument_id, term), members in _by_position(lots, is_gain=False).items():
        loss = -sum((lot.gain for lot in members), ZERO)
        part = washed.get((account_id, instrument_id))
        counted = loss if part is None else min(loss, part.short if term is Term.SHORT else part.long)
        found.append(
            LossChoice(
                key=choice_key("loss", members[0]),
                account_id=account_id,
                instrument_id=instrument_id,
                account=members[0].account,
                symbol=members[0].symbol,
                term=term,
                shares=sum((lot.shares for lot in members), ZERO),
                loss=loss,
                counted=counted,
                free_on=part.free_on if part and counted < loss else None,
                worth=_worth(facts, term, counted),
            )
        )
    return sorted(found, key=lambda one: (-one.counted, one.symbol, one.account))


def gain_choices(lots: Iterable[OpenLot], facts: YearFacts | None) -> list[GainChoice]:
    """The gains that could be taken, by position and term: long-term first, then the largest."""
    found = []
    for (account_id, instrument_id, term), members in _by_position(lots, is_gain=True).items():
        gain = sum((lot.gain for lot in members), ZERO)
        found.append(
            GainChoice(
                key=choice_key("gain", members[0]),
                account_id=account_id,
                instrument_id=instrument_id,
                account=members[0].account,
                symbol=members[0].symbol,
                term=term,
                shares=sum((lot.shares for lot in members), ZERO),
                gain=gain,
                cost=_change(facts, _taken_gain(term, gain)),
            )
        )
    return sorted(found, key=lambda one: (one.term is Term.SHORT, -one.gain, one.symbol, one.account))


def waiting_lots(lots: Iterable[OpenLot], facts: YearFacts | None, day: date) -> list[WaitingLot]:
    """Short-term lots with a gain that turn long-term soon, the nearest first.

    What waiting saves is the tax on the gain as short-term less that as long-term, in this year's taxes and
    at today's price.
    """
    found = []
    for lot in lots:
        long_on = long_from(lot.holding_date)
        if lot.term is Term.SHORT and lot.gain > 0 and day < long_on <= day + SOON:
            found.append(
                WaitingLot(
                    lot=lot,
                    long_on=long_on,
                    days=(long_on - day).days,
                    worth=_worth_of_waiting(facts, lot.gain),
                )
            )
    return sorted(found, key=lambda one: (one.long_on, one.lot.symbol, one.lot.account))


def rooms_of(facts: YearFacts) -> Rooms:
    """Gains that could be realised without tax this year; see `Rooms`. Raises InvalidInput for bad facts."""
    check_facts(facts)
    table = table_of(facts.year)
    with localcontext(ARITHMETIC):
        netting = net_facts(facts, table, None)
        within = max(ZERO, -netting.total - table.loss_cap[facts.filing_status])
        if facts.ordinary_income is None:
            return Rooms(within_losses=within, at_zero=None)
        taxes = taxes_at(facts, facts.ordinary_income, table)
        top = table.long_term[facts.filing_status].top_of_0
        # A net loss takes the gain up first; a long-term loss then lowers short-term gains less.
        is_taken_up = netting.total < 0 or netting.net_long < 0
        room = ZERO if is_taken_up else max(ZERO, top - (taxes.adjusted_gross - taxes.deductions))
    return Rooms(within_losses=within, at_zero=room)


def year_end_plan(facts: YearFacts, taken: Taken) -> YearEndPlan:
    """What realising does to the return: Schedule D and taxes before and after.

    Raises InvalidInput for facts that no tax can be computed from.
    """
    after = _with(facts, taken)
    check_facts(facts)
    with localcontext(ARITHMETIC):
        change = tax_difference(after, facts, table_of(facts.year)).total
    return YearEndPlan(taken=taken, before=_side(facts), after=_side(after), change=change)


def saving_of_all(facts: YearFacts, losses: Sequence[LossChoice]) -> Saving:
    """What all losses that count save together, and where they go. Raises as `saving_of`."""
    return saving_of(
        facts,
        HarvestedLoss(
            short=sum((one.counted for one in losses if one.term is Term.SHORT), ZERO),
            long=sum((one.counted for one in losses if one.term is Term.LONG), ZERO),
        ),
    )


def taken_of(
    amounts: Mapping[str, Decimal], losses: Sequence[LossChoice], gains: Sequence[GainChoice]
) -> Taken:
    """The amounts chosen by key, added up by term; of a loss that part counts that is not washed.

    An amount above what there is counts as all of it, one below zero as none.
    """
    sums = {(kind, term): ZERO for kind in ("loss", "gain") for term in (Term.SHORT, Term.LONG)}
    for loss in losses:
        part = _within(amounts.get(loss.key, ZERO), loss.loss)
        counted = ARITHMETIC.divide(ARITHMETIC.multiply(part, loss.counted), loss.loss)
        sums["loss", loss.term] += counted
    for gain in gains:
        sums["gain", gain.term] += _within(amounts.get(gain.key, ZERO), gain.gain)
    return Taken(
        short_loss=sums["loss", Term.SHORT],
        long_loss=sums["loss", Term.LONG],
        short_gain=sums["gain", Term.SHORT],
        long_gain=sums["gain", Term.LONG],
    )


def choice_key(kind: str, lot: OpenLot) -> str:
    """What a choice is called in an address: the same for as long as the position is held."""
    return f"{kind}_{lot.term.value}_{lot.account_id.hex[-12:]}_{lot.instrument_id.hex[-12:]}"


def amounts_named(said: Mapping[str, str]) -> tuple[dict[str, Decimal], dict[str, str]]:
    """The amounts of an address by key, and what is wrong with those that cannot be read."""
    amounts: dict[str, Decimal] = {}
    faults: dict[str, str] = {}
    for name, text in said.items():
        if not name.startswith(PREFIXES) or not str(text).strip():
            continue
        try:
            amounts[name] = parse_decimal(str(text).replace(",", ""), field=name)
        except InvalidInput as refusal:
            faults[name] = refusal.detail
    return amounts, faults


def use_words(saving: Saving) -> list[str]:
    """Where losses go, a sentence each."""
    use = saving.use
    parts = (
        (use.short_gain, "lowers short-term gains"),
        (use.long_gain, "lowers long-term gains"),
        (use.ordinary_income, "is deducted from other income"),
        (use.carry_short, "carries on as a short-term loss"),
        (use.carry_long, "carries on as a long-term loss"),
    )
    return [f"{amount_text(amount, 'USD')} {words}." for amount, words in parts if amount > 0]


def _by_position(lots: Iterable[OpenLot], *, is_gain: bool) -> dict[tuple[UUID, UUID, Term], list[OpenLot]]:
    found: dict[tuple[UUID, UUID, Term], list[OpenLot]] = {}
    for lot in lots:
        if lot.gain and (lot.gain > 0) is is_gain:
            found.setdefault((lot.account_id, lot.instrument_id, lot.term), []).append(lot)
    return found


def _worth(facts: YearFacts | None, term: Term, counted: Decimal) -> TaxRange | None:
    """What a loss saves this year if it alone were taken."""
    if facts is None:
        return None
    loss = HarvestedLoss(short=counted) if term is Term.SHORT else HarvestedLoss(long=counted)
    return saving_of(facts, loss).taxes.total


def _change(facts: YearFacts | None, taken: Taken) -> TaxRange | None:
    if facts is None:
        return None
    with localcontext(ARITHMETIC):
        return tax_difference(_with(facts, taken), facts, table_of(facts.year)).total


def _taken_gain(term: Term, gain: Decimal) -> Taken:
    return Taken(short_gain=gain) if term is Term.SHORT else Taken(long_gain=gain)


def _worth_of_waiting(facts: YearFacts | None, gain: Decimal) -> TaxRange | None:
    if facts is None:
        return None
    short, long = _with(facts, Taken(short_gain=gain)), _with(facts, Taken(long_gain=gain))
    with localcontext(ARITHMETIC):
        return tax_difference(short, long, table_of(facts.year)).total


def _with(facts: YearFacts, taken: Taken) -> YearFacts:
    return replace(
        facts,
        short_gain=facts.short_gain + taken.short_gain - taken.short_loss,
        long_gain=facts.long_gain + taken.long_gain - taken.long_loss,
    )


def _side(facts: YearFacts) -> ReturnSide:
    liability = year_liability(facts)
    return ReturnSide(
        netting=liability.netting,
        added=liability.added.total,
        total=None if liability.taxes is None else liability.taxes.total,
    )


def _within(amount: Decimal, most: Decimal) -> Decimal:
    return max(ZERO, min(amount, most))
