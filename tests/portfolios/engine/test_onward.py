"""A book that goes on: the same as deriving everything again, whatever the household and its policies."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from portfolios.engine.book import derive_book
from portfolios.engine.ledger import in_order
from portfolios.engine.onward import TRADES, BookSoFar, Followed
from portfolios.engine.policies import TaxRules
from portfolios.engine.records import (
    PortfolioRecord,
    ReliefMethod,
    TransactionKind,
    TransactionRecord,
)
from portfolios.engine.relief.registry import RELIEF
from portfolios.engine.relief.sales import Relief
from taxharvest.engine.conformance.fields import Fields
from taxharvest.engine.conformance.wash_ledger import accounts_of, ledger_rows, rules_of
from tests.portfolios.engine.household_ledgers import Case, households
from tests.portfolios.engine.ledger_rows import HOME, PORTFOLIOS, buy, sell

Household = tuple[list[TransactionRecord], dict[UUID, PortfolioRecord], TaxRules]


def household_of(case: Case, relief: ReliefMethod) -> Household:
    """A case as the engine takes it, every account with one method of relief."""
    fields = Fields(case, "case")
    transactions = list(fields.parts("transactions"))
    accounts = accounts_of(fields.part("accounts")).values()
    portfolios = {record.id: replace(record, relief=relief) for record in accounts}
    return in_order(ledger_rows(transactions)), portfolios, rules_of(fields, transactions)


def derived_anew(
    household: Household,
    rows: Sequence[TransactionRecord],
    more: Sequence[TransactionRecord],
    reliefs: Mapping[UUID, Relief],
) -> Followed:
    """What the whole book tells of the rows behind it."""
    _, portfolios, rules = household
    book = derive_book([*rows, *more], portfolios, rules, reliefs)
    keys = {row.id for row in more}
    return Followed(
        disposals=tuple(one for one in book.disposals if one.transaction_id in keys),
        washes=tuple(one for one in book.washes if not keys.isdisjoint((one.sale_id, one.replacement_id))),
    )


@given(households(), st.data(), st.sampled_from(ReliefMethod))
def test_going_on_is_the_same_as_deriving_everything(
    case: Case, data: st.DataObject, relief: ReliefMethod
) -> None:
    household = household_of(case, relief)
    rows, portfolios, rules = household
    place = data.draw(st.integers(0, len(rows) - 1))
    more = [replace(row, order_ref="") for row in rows[place:] if row.kind in TRADES]
    other = data.draw(st.sampled_from(ReliefMethod))
    reliefs = {row.id: RELIEF[other] for row in more if row.kind is TransactionKind.SELL}
    so_far = BookSoFar(rows[:place], portfolios, rules)

    assert so_far.after(more) == derived_anew(household, rows[:place], more, {})
    assert so_far.after(more, reliefs) == derived_anew(household, rows[:place], more, reliefs)
    assert so_far.after(more[:1]) == derived_anew(household, rows[:place], more[:1], {})
    assert so_far.lots_after(more) == derive_book([*rows[:place], *more], portfolios, rules).lots
    assert so_far.book == derive_book(rows[:place], portfolios, rules)


def test_rows_that_stand_before_the_last_one_are_put_in_their_place() -> None:
    rows = [buy("2026-03-01", "10", "20"), sell("2026-03-20", "10", "15")]
    early = buy("2026-03-10", "4", "16")
    household = rows, PORTFOLIOS, TaxRules()

    found = BookSoFar(rows, PORTFOLIOS, TaxRules()).after([early])

    assert found == derived_anew(household, rows, [early], {})
    assert [(wash.portfolio_id, wash.quantity) for wash in found.washes] == [(HOME, Decimal(4))]


def test_nothing_follows_from_no_rows() -> None:
    so_far = BookSoFar([buy("2026-03-01", "10", "20")], PORTFOLIOS, TaxRules())

    assert so_far.after([]) == Followed(disposals=(), washes=())
    assert [lot.quantity for lot in so_far.lots_after([])] == [Decimal(10)]


def test_a_trade_that_names_no_instrument_moves_no_lot() -> None:
    rows = [buy("2026-03-01", "10", "20")]
    nameless = replace(buy("2026-03-02", "5", "10"), instrument_id=None)
    so_far = BookSoFar(rows, PORTFOLIOS, TaxRules())

    assert so_far.after([nameless]) == Followed(disposals=(), washes=())
    assert [lot.quantity for lot in so_far.lots_after([nameless])] == [Decimal(10)]
