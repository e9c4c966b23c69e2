"""Naming the lots of a sale, until its settlement: the choice is kept, and the book follows from it."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from common.audit import audit_record, event_record
from common.errors import Conflict, InvalidInput
from common.transactions import write_transaction
from portfolios.engine.figures import day_text
from portfolios.engine.lot_selections import selection_problems
from portfolios.engine.records import LotChoice
from portfolios.models import LotSelection, Transaction
from portfolios.selectors.lot_selections import SaleLots, sale_lots
from portfolios.services.book import book_derive
from portfolios.services.ledger import household_lock


@write_transaction
def lot_selection_record(
    *, sale: Transaction, choices: Sequence[LotChoice], now: datetime, actor_id: UUID | None
) -> LotSelection:
    """Name the lots that `sale` takes and derive the book again; the newest choice counts.

    No choices leave the sale to the account's method again. The same choice sent again changes nothing.
    Raises Conflict once the sale has settled or cannot take lots, and InvalidInput with a sentence for each
    lot that was not open in the account, was smaller, or does not add up to the sale.
    """
    household_lock(sale.portfolio.household_id)
    found = sale_lots(sale, now)
    if not found.is_open:
        raise Conflict(found.refusal, code="lots-settled")
    _check(found, choices)
    wanted = [{"lot_id": str(choice.lot_id), "quantity": f"{choice.quantity:f}"} for choice in choices]
    if found.newest is not None and _same(found.newest.lots, choices):
        return found.newest
    selection = LotSelection(transaction=sale, chosen_by_id=actor_id, chosen_at=now, lots=wanted)
    selection.save(force_insert=True)
    audit_record(actor_id=actor_id, action="transaction.choose_lots", subject=sale, detail={"lots": wanted})
    event_record(
        topic="ledger.lots_chosen",
        household_id=sale.portfolio.household_id,
        payload={"portfolio": str(sale.portfolio_id), "transaction": str(sale.pk)},
    )
    touched = [] if sale.instrument_id is None else [sale.instrument_id]
    book_derive(household_id=sale.portfolio.household_id, instrument_ids=touched)
    return selection


def _check(found: SaleLots, choices: Sequence[LotChoice]) -> None:
    problems = selection_problems(
        choices,
        sold=found.sold,
        open_now={lot.lot_id: lot.quantity for lot in found.lots},
        names={
            lot.lot_id: f"of {day_text(lot.acquired)}" if lot.acquired else "of an unknown day"
            for lot in found.lots
        },
    )
    if problems:
        count = len(problems)
        raise InvalidInput(
            f"Nothing was changed in “{found.sale.portfolio.name}”: "
            + (problems[0] if count == 1 else f"{count} things to mend."),
            code="invalid-lots",
            fields={"lots": problems},
        )


def _same(stored: list[dict[str, str]], choices: Sequence[LotChoice]) -> bool:
    return {UUID(lot["lot_id"]): Decimal(lot["quantity"]) for lot in stored} == {
        choice.lot_id: choice.quantity for choice in choices
    }
