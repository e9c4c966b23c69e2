"""Splits, stock dividends, spin-offs and returns of capital: what they do to lots."""

from dataclasses import replace

from portfolios.engine.figures import day_text
from portfolios.engine.lots import LotQueue, OpenLot
from portfolios.engine.positions import Money, Position
from portfolios.engine.records import DisposalCause, FindingKind, LotOrigin, TransactionRecord
from portfolios.engine.trades import open_unknown
from portfolios.engine.units import ONE, apportion, divide, to_units
from portfolios.engine.walk import Walk, plain


def split(walk: Walk, position: Position, row: TransactionRecord) -> None:
    """Scales the lots; basis spreads over the new shares and dates stay (IRC 305, 307).

    Cash in lieu of a fraction is a sale of that fraction (Rev. Proc. 77-41).
    """
    ratio = _ratio(row)
    if ratio is None:
        return walk.unusable(row, "a split needs a positive ratio")
    walk.washes.split(position, row.trade_date, *ratio)
    queue = position.longs if position.longs.quantity else position.shorts
    if not queue.quantity:
        return _nothing_held(walk, row)
    if queue is position.longs and position.shorts.quantity:
        _scale_exactly(position, row, position.shorts, ratio)
    exact = divide(queue.quantity * ratio[0], ratio[1])
    return _scale(walk, position, row, queue, exact)


def stock_dividend(walk: Walk, position: Position, row: TransactionRecord) -> None:
    """Adds shares without cost: the basis of the held lots spreads over them (IRC 305(a), 307)."""
    added = to_units(row.quantity)
    if not added:
        return walk.unusable(row, "a stock dividend needs a quantity")
    queue = position.side(is_short=added < 0)
    if not queue.quantity:
        _nothing_held(walk, row)
        open_unknown(walk, position, row, added)
        return position.move(row.trade_date, added)
    ratio = _ratio(row)
    after = queue.quantity + abs(added)
    walk.washes.split(position, row.trade_date, *(ratio or (after, queue.quantity)))
    exact = after if ratio is None else divide(queue.quantity * ratio[0], ratio[1])
    return _scale(walk, position, row, queue, exact)


def spin_off(walk: Walk, position: Position, row: TransactionRecord) -> None:
    """Gives lots of the new company, with dates and a share of the basis of the parent's (IRC 355, 358).

    While the share is not known, the basis of both is not known: the parent's old figure would be wrong.
    """
    received = to_units(row.quantity)
    fraction = row.basis_fraction
    if row.counterpart_id is None or not received:
        return walk.unusable(row, "a spin-off needs the new instrument and a quantity of it")
    if fraction is not None and not 0 <= fraction <= 1:
        return walk.unusable(row, "the share of the basis that a spin-off moves lies between 0 and 1")
    child = walk.position(row.portfolio_id, row.counterpart_id)
    is_short = received < 0
    queue = position.side(is_short=is_short)
    if not queue.quantity:
        _nothing_held(walk, row)
        open_unknown(walk, child, row, received)
        return child.move(row.trade_date, received)
    if fraction is None:
        walk.note(
            FindingKind.ALLOCATION_UNKNOWN,
            row,
            "The share of the basis that moved to the new company is not known, so neither basis is.",
        )
    left_over = _fraction_of_spin_off(walk, row, queue, abs(received))
    total = abs(received) + left_over
    _spin(walk, queue, child.side(is_short=is_short), row, total)
    child.move(row.trade_date, -total if is_short else total)
    if left_over:
        cash = walk.money(child, row, to_units(row.amount))
        _pay_fraction(walk, child, row, left_over, cash, is_short=is_short)
    return None


def return_of_capital(walk: Walk, position: Position, row: TransactionRecord) -> None:
    """Reduces basis, the same per share; what exceeds it is a gain (IRC 301(c)(2), (3))."""
    amount = to_units(row.amount)
    if amount <= 0:
        return walk.unusable(row, "a return of capital needs a positive amount")
    lots = list(position.longs)
    if not lots:
        return _nothing_held(walk, row)
    parts = walk.money(position, row, amount).shared([lot.quantity for lot in lots])
    for lot, part in zip(lots, parts, strict=True):
        _return_on_lot(walk, position, row, lot, part)
    return None


def _ratio(row: TransactionRecord) -> tuple[int, int] | None:
    """The row's ratio as whole numbers, or None when it has none that is positive."""
    if row.ratio_new is None or row.ratio_old is None or row.ratio_new <= 0 or row.ratio_old <= 0:
        return None
    numerator, below = row.ratio_new.as_integer_ratio()
    above, denominator = row.ratio_old.as_integer_ratio()
    return numerator * denominator, above * below


def _nothing_held(walk: Walk, row: TransactionRecord) -> None:
    walk.note(
        FindingKind.NO_POSITION,
        row,
        f"The book holds nothing that this could apply to on {day_text(row.trade_date)}.",
    )


def _scale_exactly(
    position: Position, row: TransactionRecord, queue: LotQueue, ratio: tuple[int, int]
) -> None:
    before = queue.quantity
    queue.rescale(max(divide(before * ratio[0], ratio[1]), 1))
    position.move(row.trade_date, before - queue.quantity)


def _scale(walk: Walk, position: Position, row: TransactionRecord, queue: LotQueue, exact: int) -> None:
    """Brings the lots to `exact`, sells the fraction that was paid in cash, or keeps what was delivered."""
    if not exact:
        return walk.unusable(row, "less than 0.00000001 would be left")
    is_short = queue is position.shorts
    sign = -1 if is_short else 1
    before = queue.quantity
    stated = before + sign * to_units(row.quantity) if row.quantity else None
    if stated is not None and (stated < 0 or abs(stated - exact) >= ONE):
        _note_difference(walk, row, exact, stated)
        stated = None
    total = exact if row.amount else stated or exact
    queue.rescale(total)
    position.move(row.trade_date, sign * (total - before))
    if row.amount:
        fraction = exact - (exact // ONE * ONE if stated is None else stated)
        if fraction > 0:
            cash = walk.money(position, row, to_units(row.amount))
            _pay_fraction(walk, position, row, fraction, cash, is_short=is_short)
        else:
            _note_cash(walk, row)
    return None


def _pay_fraction(
    walk: Walk, position: Position, row: TransactionRecord, fraction: int, cash: Money, *, is_short: bool
) -> None:
    money = cash._replace(own=-cash.own, base=None if cash.base is None else -cash.base) if is_short else cash
    walk.close(position, row, fraction, money, is_short=is_short, cause=DisposalCause.CASH_IN_LIEU)
    position.move(row.trade_date, fraction if is_short else -fraction)


def _note_difference(walk: Walk, row: TransactionRecord, exact: int, stated: int) -> None:
    walk.note(
        FindingKind.POSITION_DIFFERS,
        row,
        f"The ratio gives {plain(exact)}, the stated change gives {plain(stated)}: the ratio was used.",
    )


def _note_cash(walk: Walk, row: TransactionRecord) -> None:
    walk.note(
        FindingKind.ALLOCATION_UNKNOWN,
        row,
        "Cash was paid in lieu of a fraction, but the fraction is not known, so neither is the gain on it.",
    )


def _fraction_of_spin_off(walk: Walk, row: TransactionRecord, queue: LotQueue, received: int) -> int:
    """The fraction of a share of the new company that was paid in cash, or 0."""
    if not row.amount:
        return 0
    ratio = _ratio(row)
    fraction = 0 if ratio is None else divide(queue.quantity * ratio[0], ratio[1]) - received
    if 0 < fraction < ONE:
        return fraction
    _note_cash(walk, row)
    return 0


def _spin(walk: Walk, parents: LotQueue, children: LotQueue, row: TransactionRecord, total: int) -> None:
    lots = list(parents)
    spun: list[OpenLot] = []
    for lot, quantity in zip(lots, apportion(total, [lot.quantity for lot in lots]), strict=True):
        if not quantity:
            # A lot too small for 0.00000001 of a new share keeps its basis.
            continue
        child = replace(lot, quantity=quantity, purchase=None, is_spent=False)
        for name in ("basis", "basis_base", "deferred", "loss_basis"):
            moved = _moved(row, getattr(lot, name))
            setattr(child, name, moved)
            setattr(lot, name, _kept(getattr(lot, name), moved))
        child.cost, child.cost_base = child.basis, child.basis_base
        child.deferred, lot.deferred = child.deferred or 0, lot.deferred or 0
        spun.append(child)
    for child in walk.successors(row, spun, LotOrigin.SPIN_OFF):
        children.add(child)


def _moved(row: TransactionRecord, basis: int | None) -> int | None:
    if row.basis_fraction is None or basis is None:
        return None
    numerator, denominator = row.basis_fraction.as_integer_ratio()
    return divide(basis * numerator, denominator)


def _kept(basis: int | None, moved: int | None) -> int | None:
    return None if basis is None or moved is None else basis - moved


def _return_on_lot(walk: Walk, position: Position, row: TransactionRecord, lot: OpenLot, part: Money) -> None:
    same_currency = lot.currency == part.currency
    if not same_currency and lot.basis is not None:
        walk.note(
            FindingKind.ALLOCATION_UNKNOWN,
            row,
            f"Capital was returned in {part.currency} on a lot in {lot.currency}: "
            "its basis is known in the base currency only.",
        )
    lot.basis, excess = _reduced(lot.basis, part.own if same_currency else None)
    lot.basis_base, excess_base = _reduced(lot.basis_base, part.base)
    lot.loss_basis, _ = _reduced(lot.loss_basis, part.base)
    if excess or excess_base:
        gain = part._replace(own=excess or 0, base=excess_base)
        free = replace(
            lot,
            basis=None if excess is None else 0,
            basis_base=None if excess_base is None else 0,
            loss_basis=None,
        )
        walk.dispose(position, row, free, gain, cause=DisposalCause.RETURN_OF_CAPITAL)


def _reduced(basis: int | None, amount: int | None) -> tuple[int | None, int | None]:
    """What is left of `basis` after `amount` came back, and what came back beyond it."""
    if basis is None or amount is None:
        return None, None
    return max(basis - amount, 0), max(amount - basis, 0)
