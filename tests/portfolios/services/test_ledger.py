"""Appending to the ledger, once each, and taking rows back."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from common.errors import Conflict
from common.models import AuditEvent, OutboxEvent
from portfolios.engine.records import TransactionKind
from portfolios.models import Instrument, Transaction
from portfolios.services.ledger import day_sequence, transaction_reverse, transactions_record
from tests.factories.portfolios import PortfolioFactory, buy, parsed, sell, stock

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 3, 2)


def test_rows_are_appended_with_everything_their_source_said() -> None:
    portfolio = PortfolioFactory()
    item = buy(MONDAY, 10, "1001.00", price=Decimal(100), fees=Decimal(1), note="first")

    result = transactions_record(portfolio=portfolio, parsed=[item], source="csv")

    row = Transaction.objects.get()
    assert (result.new, result.known, result.new_keys) == (1, 0, frozenset({item.natural_key}))
    assert result.instruments == {row.instrument_id}
    assert (row.kind, row.trade_date, row.quantity, row.amount) == ("buy", MONDAY, 10, Decimal(-1001))
    assert (row.price, row.fees, row.fx_rate, row.note) == (100, 1, 1, "first")
    assert (row.source, row.source_line, row.source_row) == ("csv", item.line, item.row)
    assert len(row.source_hash) == 64


def test_the_same_event_read_twice_is_one_row() -> None:
    portfolio = PortfolioFactory()
    item = buy(MONDAY, 10, "1000")
    transactions_record(portfolio=portfolio, parsed=[item, item], source="csv")

    again = transactions_record(portfolio=portfolio, parsed=[item], source="csv")

    assert (again.new, again.known) == (0, 1)
    assert Transaction.objects.count() == 1


def test_an_overlapping_file_adds_only_what_is_new() -> None:
    portfolio = PortfolioFactory()
    rows = [buy(MONDAY, shares, "100") for shares in (1, 2, 3)]
    transactions_record(portfolio=portfolio, parsed=rows[:2], source="csv")

    result = transactions_record(portfolio=portfolio, parsed=rows[1:], source="csv")

    assert (result.new, result.known) == (1, 1)
    assert sorted(Transaction.objects.values_list("quantity", flat=True)) == [1, 2, 3]


def test_an_instrument_of_a_file_belongs_to_the_household_that_brought_it() -> None:
    portfolio, other = PortfolioFactory(), PortfolioFactory()
    transactions_record(portfolio=portfolio, parsed=[buy(MONDAY, 1, "10")], source="csv")
    transactions_record(portfolio=other, parsed=[buy(MONDAY, 1, "10")], source="csv")

    owners = Instrument.objects.filter(symbol="ACME").values_list("household_id", flat=True)

    assert set(owners) == {portfolio.household_id, other.household_id}


def test_one_symbol_with_two_contract_ids_is_two_instruments() -> None:
    portfolio = PortfolioFactory()
    rows = [
        parsed(TransactionKind.BUY, MONDAY, instrument=stock("GCM", conid=conid), quantity=Decimal(1))
        for conid in ("80845553", "129258970")
    ]
    transactions_record(portfolio=portfolio, parsed=rows, source="flex")

    assert set(Instrument.objects.values_list("conid", flat=True)) == {"80845553", "129258970"}


def test_a_rate_is_not_invented_for_another_currency() -> None:
    portfolio = PortfolioFactory()
    row = parsed(TransactionKind.DEPOSIT, MONDAY, currency="EUR", amount=Decimal(100))

    transactions_record(portfolio=portfolio, parsed=[row], source="csv")

    assert Transaction.objects.get().fx_rate is None


def test_the_ledger_refuses_changes_and_deletion() -> None:
    portfolio = PortfolioFactory()
    transactions_record(portfolio=portfolio, parsed=[buy(MONDAY, 1, "10")], source="csv")
    row = Transaction.objects.get()

    for attempt in (row.save, row.delete, Transaction.objects.all().delete):
        with pytest.raises(Conflict):
            attempt()
    with pytest.raises(Conflict):
        Transaction.objects.update(quantity=5)
    with pytest.raises(Conflict):
        Transaction.objects.bulk_update([row], ["quantity"])
    assert Transaction.objects.get().quantity == 1


def test_a_reversal_names_its_row_and_carries_the_opposite_amounts() -> None:
    portfolio = PortfolioFactory()
    transactions_record(portfolio=portfolio, parsed=[buy(MONDAY, 4, "100")], source="csv")
    row = Transaction.objects.get()

    reversal = transaction_reverse(transaction=row, reason="typed twice", actor_id=None)

    reversal.refresh_from_db()
    assert (reversal.reverses_id, reversal.quantity, reversal.amount) == (row.pk, -4, 100)
    assert (reversal.note, reversal.source) == ("typed twice", "reversal")
    assert list(Transaction.objects.effective()) == []
    assert AuditEvent.objects.get(action="transaction.reverse").object_id == reversal.pk
    assert OutboxEvent.objects.filter(topic="ledger.reversed").count() == 1


def test_a_row_is_reversed_once_and_a_reversal_never() -> None:
    portfolio = PortfolioFactory()
    transactions_record(portfolio=portfolio, parsed=[buy(MONDAY, 4, "100")], source="csv")
    row = Transaction.objects.get()
    reversal = transaction_reverse(transaction=row, reason="once", actor_id=None)

    for target in (row, reversal):
        with pytest.raises(Conflict):
            transaction_reverse(transaction=target, reason="twice", actor_id=None)
    assert Transaction.objects.count() == 2


def test_a_cancelling_row_of_a_file_takes_its_row_back_once() -> None:
    portfolio = PortfolioFactory()
    trade = buy(MONDAY, 4, "100", natural_key="exec:1")
    cancel = sell(MONDAY, 4, "100", natural_key="exec:1:cancel", reverses_key="exec:1")
    second = sell(MONDAY, 4, "100", natural_key="exec:1:again", reverses_key="exec:1")

    transactions_record(portfolio=portfolio, parsed=[trade, cancel, second], source="flex")

    taken_back = Transaction.objects.get(natural_key="exec:1:cancel").reverses
    assert taken_back is not None
    assert taken_back.natural_key == "exec:1"
    assert Transaction.objects.get(natural_key="exec:1:again").reverses is None


def test_the_two_legs_of_a_transfer_share_an_identifier() -> None:
    giver = PortfolioFactory()
    taker = PortfolioFactory(holder=giver.holder)
    out = parsed(
        TransactionKind.TRANSFER_OUT, MONDAY, instrument=stock(), transfer_key="t1", quantity=Decimal(-5)
    )
    into = parsed(
        TransactionKind.TRANSFER_IN, MONDAY, instrument=stock(), transfer_key="t1", quantity=Decimal(5)
    )
    transactions_record(portfolio=giver, parsed=[out], source="csv")
    transactions_record(portfolio=taker, parsed=[into], source="csv")

    ids = set(Transaction.objects.values_list("transfer_id", flat=True))

    assert len(ids) == 1
    assert None not in ids


def test_rows_without_a_time_come_before_timed_ones_and_a_backward_file_keeps_true_order() -> None:
    timed = buy(MONDAY, 1, "1", executed_at=datetime(2026, 3, 2, 14, 30, tzinfo=UTC))
    early, late = buy(MONDAY, 1, "1", line=7), buy(MONDAY, 1, "1", line=9)

    assert day_sequence(early, backwards=False) < day_sequence(late, backwards=False)
    assert day_sequence(early, backwards=True) > day_sequence(late, backwards=True)
    assert day_sequence(late, backwards=False) < day_sequence(timed, backwards=False)
