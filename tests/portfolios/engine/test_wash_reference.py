"""The engine against the second reading of the rule, on random households, and what holds for each."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import assume, given
from hypothesis import strategies as st

from portfolios.engine.book import derive_book
from portfolios.engine.policies import TaxRules
from portfolios.engine.records import Book, PortfolioRecord, TransactionKind, TransactionRecord, Treatment
from taxharvest.engine.conformance.answers import identifier
from taxharvest.engine.conformance.comparison import differences
from taxharvest.engine.conformance.fields import Fields
from taxharvest.engine.conformance.wash import wash_sale
from taxharvest.engine.conformance.wash_ledger import accounts_of, ledger_rows, rules_of
from tests.portfolios.engine.household_ledgers import Case, households
from tests.portfolios.engine.reference_wash import Reading, result_of

PURCHASES = (TransactionKind.BUY, TransactionKind.REINVEST)


class Ledger:
    """A case as the engine takes it, and the book that comes of it."""

    def __init__(self, case: Case) -> None:
        fields = Fields(case, "case")
        transactions = list(fields.parts("transactions"))
        self.rows: list[TransactionRecord] = list(ledger_rows(transactions))
        self.portfolios: dict[UUID, PortfolioRecord] = {
            record.id: record for record in accounts_of(fields.part("accounts")).values()
        }
        self.rules: TaxRules = rules_of(fields, transactions)

    def book(self, rows: Iterable[TransactionRecord] | None = None) -> Book:
        return derive_book(self.rows if rows is None else rows, self.portfolios, self.rules)

    def is_taxed(self, portfolio_id: UUID) -> bool:
        return self.portfolios[portfolio_id].treatment is Treatment.TAXABLE


@given(households())
def test_the_engine_agrees_with_the_reference(case: Case) -> None:
    reading = Reading(case)
    reading.read()
    assume(not reading.is_ambiguous)

    assert differences(case | {"expected": result_of(reading)}, wash_sale(case)) == []


@given(households())
def test_no_gain_or_loss_is_made_or_lost(case: Case) -> None:
    """Gain recognised = proceeds - purchases + open basis + permanent, to the last unit."""
    ledger = Ledger(case)
    book = ledger.book()
    disposals = [piece for piece in book.disposals if ledger.is_taxed(piece.portfolio_id)]
    bought = added(
        -row.amount for row in ledger.rows if row.kind in PURCHASES and ledger.is_taxed(row.portfolio_id)
    )
    still_open = added(lot.basis_base for lot in book.lots if ledger.is_taxed(lot.portfolio_id))
    proceeds = added(piece.proceeds_base for piece in disposals)
    permanent = added(piece.permanent_base for piece in disposals)

    assert added(piece.recognised_base for piece in disposals) == proceeds - bought + still_open + permanent
    assert all(piece.recognised_base == 0 for piece in disposals if piece.disallowed_base)
    assert all(0 <= piece.permanent_base <= piece.disallowed_base for piece in disposals)


@given(households())
def test_a_loss_in_an_untaxed_account_goes_nowhere(case: Case) -> None:
    ledger = Ledger(case)
    book = ledger.book()
    sheltered = [piece for piece in book.disposals if not ledger.is_taxed(piece.portfolio_id)]
    shares = [lot for lot in book.lots if not ledger.is_taxed(lot.portfolio_id)]

    assert all(piece.disallowed_base == 0 for piece in sheltered)
    assert all(lot.deferred_base == 0 and lot.holding_date == lot.acquired for lot in shares)


@given(households(max_splits=0))
def test_each_share_of_a_purchase_replaces_once_at_most(case: Case) -> None:
    ledger = Ledger(case)
    book = ledger.book()
    bought = {row.id: row.quantity for row in ledger.rows if row.kind in PURCHASES}
    replaced: dict[UUID, Decimal] = defaultdict(Decimal)
    matched: dict[UUID, Decimal] = defaultdict(Decimal)
    disallowed: dict[UUID, Decimal] = defaultdict(Decimal)
    for wash in book.washes:
        assert abs((wash.replaced_on - wash.sold).days) <= 30
        assert wash.quantity == wash.replacement_quantity
        replaced[wash.replacement_id] += wash.replacement_quantity
        matched[wash.disposal_id] += wash.quantity
        disallowed[wash.disposal_id] += wash.disallowed_base

    assert all(quantity <= bought[row] for row, quantity in replaced.items())
    washed = {piece.id: piece for piece in book.disposals if piece.disallowed_base}
    assert matched == {key: piece.quantity for key, piece in washed.items()}
    assert disallowed == {key: piece.disallowed_base for key, piece in washed.items()}


@given(households(max_splits=0), st.data())
def test_a_split_of_everything_changes_no_amount(case: Case, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(case["transactions"]) - 1))
    orders = [row.get("purchase") for row in case["transactions"]]
    assume(not place or orders[place] is None or orders[place - 1] != orders[place])
    before, after = case["transactions"][:place], case["transactions"][place:]
    splits = [
        {
            "id": f"split {symbol}",
            "date": after[0]["date"],
            "account": "T1",
            "symbol": symbol,
            "action": "split",
            "ratio": "2",
        }
        for symbol in "ABC"
    ]
    divided = case | {"transactions": [*before, *splits, *(doubled(row) for row in after)]}

    expected, found = without_shares(wash_sale(case)), without_shares(wash_sale(divided))
    assert differences(case | {"expected": expected}, found) == []


@given(households())
def test_deriving_one_identity_group_gives_its_part_of_the_whole(case: Case) -> None:
    ledger = Ledger(case)
    whole = ledger.book()
    for symbols in ("AB", "C"):
        group = {identifier("instrument", symbol) for symbol in symbols}
        part = ledger.book(row for row in ledger.rows if row.instrument_id in group)

        assert part == part_of(whole, group)


@given(households(), st.randoms(use_true_random=False))
def test_the_order_in_which_rows_are_given_does_not_matter(case: Case, random: Any) -> None:
    ledger = Ledger(case)
    shuffled = list(ledger.rows)
    random.shuffle(shuffled)

    assert ledger.book(shuffled) == ledger.book()


def added(amounts: Iterable[Decimal | None]) -> Decimal:
    """The sum of amounts, all of which must be known."""
    total = Decimal(0)
    for amount in amounts:
        assert amount is not None
        total += amount
    return total


def doubled(row: dict[str, Any]) -> dict[str, Any]:
    """The row in shares after a split 2 for 1, for the same money."""
    twice = row | {"shares": str(Decimal(row["shares"]) * 2)}
    if "lots" in row:
        twice["lots"] = [choice | {"shares": str(Decimal(choice["shares"]) * 2)} for choice in row["lots"]]
    return twice


def without_shares(result: dict[str, Any]) -> dict[str, Any]:
    return {name: [row | {"shares": "0"} for row in rows] for name, rows in result.items()}


def part_of(book: Book, instruments: set[UUID]) -> Book:
    """What of the book belongs to `instruments`, in its order."""
    names = ("lots", "disposals", "holdings", "movements", "findings", "washes")
    return Book(
        **{
            name: tuple(record for record in getattr(book, name) if record.instrument_id in instruments)
            for name in names
        }
    )
