"""The ledger as the rules read it: order, reversals, what belongs together."""

from dataclasses import replace
from uuid import UUID

import pytest

from portfolios.engine.ledger import closure, effective, in_order, instrument_links
from portfolios.engine.records import FindingKind, TransactionKind
from tests.portfolios.engine.ledger_rows import ACME, AWAY, BETA, CORE, book, buy, kinds, open_lots, row, sell


def test_rows_are_read_by_day_then_sequence_then_identifier() -> None:
    late = buy("2024-01-03", "1", "1", sequence=0)
    second = buy("2024-01-02", "1", "1", sequence=2, id=UUID(int=1))
    first = buy("2024-01-02", "1", "1", sequence=1, id=UUID(int=9))
    third = buy("2024-01-02", "1", "1", sequence=2, id=UUID(int=2))
    assert in_order([late, third, second, first]) == [first, second, third, late]


def test_a_reversal_and_the_row_it_names_both_drop_out() -> None:
    kept = buy("2024-01-02", "10", "100")
    wrong = buy("2024-01-03", "99", "1")
    reversal = sell("2024-01-04", "99", "1", reverses_id=wrong.id)
    rows, findings = effective([reversal, wrong, kept])
    assert rows == [kept]
    assert findings == []
    assert book([kept, wrong, reversal]) == book([kept])


def test_a_reversal_may_stand_before_the_row_it_names() -> None:
    wrong = buy("2024-01-03", "99", "1")
    assert book([wrong, row(TransactionKind.BUY, "2024-01-01", reverses_id=wrong.id)]) == book([])


@pytest.mark.parametrize(
    "elsewhere", [{"portfolio_id": AWAY}, {"instrument_id": BETA}, {"reverses_id": CORE}]
)
def test_a_reversal_that_takes_nothing_back_is_a_finding_and_changes_nothing(
    elsewhere: dict[str, UUID],
) -> None:
    kept = buy("2024-01-02", "10", "100")
    stray = replace(sell("2024-01-04", "10", "100", reverses_id=kept.id), **elsewhere)  # type: ignore[arg-type]
    found = book([kept, stray])
    assert open_lots(found) == [("10", "100", "2024-01-02", "2024-01-02")]
    assert [(finding.kind, finding.transaction_id) for finding in found.findings] == [
        (FindingKind.REVERSAL_UNMATCHED, stray.id)
    ]


def test_a_row_is_taken_back_once_and_a_reversal_not_at_all() -> None:
    wrong = buy("2024-01-03", "10", "100")
    first = sell("2024-01-04", "10", "100", reverses_id=wrong.id)
    again = sell("2024-01-05", "10", "100", reverses_id=wrong.id)
    undo = buy("2024-01-06", "10", "100", reverses_id=first.id)
    found = book([wrong, first, again, undo])
    assert found.lots == ()
    assert kinds(found) == [FindingKind.REVERSAL_UNMATCHED, FindingKind.REVERSAL_UNMATCHED]


def test_spin_offs_and_mergers_link_instruments() -> None:
    rows = [
        buy("2024-01-02", "1", "1"),
        row(TransactionKind.SPIN_OFF, "2024-02-01", counterpart_id=BETA),
        row(TransactionKind.MERGER, "2024-03-01", instrument_id=BETA, counterpart_id=CORE),
        row(TransactionKind.DEPOSIT, "2024-03-01", instrument_id=None),
    ]
    assert instrument_links(rows) == frozenset({(ACME, BETA), (BETA, CORE)})


def test_a_closure_follows_links_both_ways_and_no_further() -> None:
    links = [(ACME, BETA), (CORE, BETA), (UUID(int=1), UUID(int=2))]
    assert closure([ACME], links) == {ACME, BETA, CORE}
    assert closure([CORE], links) == {ACME, BETA, CORE}
    assert closure([UUID(int=2)], links) == {UUID(int=1), UUID(int=2)}
    assert closure([UUID(int=3)], links) == {UUID(int=3)}
    assert closure([], links) == frozenset()
