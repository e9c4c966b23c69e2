"""What a Flex statement itself says is held: positions, cash, closes, rates and securities."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from common.money import ARITHMETIC, quantize
from portfolios.engine.records import (
    InstrumentFacts,
    RowStatus,
    StatedCash,
    StatedLot,
    StatedPosition,
    StatedPrice,
)
from portfolios.engine.statements import values
from portfolios.engine.statements.currencies import currency_code
from portfolios.engine.statements.flex_desk import Desk, enriched, facts_of
from portfolios.engine.statements.refusals import RowError, ignored
from portfolios.engine.statements.rows import Row


def read_securities(rows: list[Row], desk: Desk) -> None:
    """Names, identifiers and multipliers, which fill the gaps that other rows leave."""
    for row in rows:
        desk.attempt(row, _security)


def _security(row: Row, desk: Desk) -> None:
    facts = facts_of(row)
    if facts is None:
        raise RowError("the row names no instrument", field="symbol")
    for key in filter(None, (facts.conid, f"symbol {facts.symbol}")):
        known = desk.securities.get(key)
        desk.securities[key] = enriched(known, facts) if known else facts
    desk.outcome(row, RowStatus.READ)


def read_rates(rows: list[Row], desk: Desk) -> None:
    """Exchange rates by day, as closes of currency pairs."""
    for row in rows:
        desk.attempt(row, _rate)


def _rate(row: Row, desk: Desk) -> None:
    source = currency_code(row.text("fromCurrency"), field="fromCurrency")
    target = currency_code(row.text("toCurrency"), field="toCurrency")
    if source == target:
        raise ignored("the rate of a currency to itself")
    if not row.text("rate"):
        raise RowError("the rate is missing", field="rate")
    close = values.rate(row.text("rate"), field="rate")
    pair = InstrumentFacts(
        symbol=f"{source}.{target}", name=f"{source} in {target}", asset_class="currency", currency=target
    )
    desk.prices.append(
        StatedPrice(
            instrument=pair, day=desk.past(row.day("reportDate", "date"), row), close=close, currency=target
        )
    )
    desk.outcome(row, RowStatus.READ)


def read_positions(rows: list[Row], desk: Desk) -> None:
    """Positions at the end: the totals by instrument where there are any, else the sums of their lots."""
    lots = [row for row in rows if row.text("levelOfDetail").upper() == "LOT"]
    totals = [row for row in rows if row.text("levelOfDetail").upper() != "LOT"]
    for row in totals:
        desk.attempt(row, _position)
    for row in lots:
        desk.attempt(row, _lot if totals else _lot_as_position)


def _position(row: Row, desk: Desk) -> None:
    stated = _stated_position(row, desk)
    _keep(stated, desk)
    _mark(stated, desk)
    desk.outcome(row, RowStatus.READ)


def _lot_as_position(row: Row, desk: Desk) -> None:
    stated = replace(_stated_position(row, desk), lots=(_stated_lot(row),))
    index = _place(stated, desk)
    if index is None:
        _keep(stated, desk)
        _mark(stated, desk)
    else:
        known = desk.positions[index]
        cost = None if known.cost is None or stated.cost is None else known.cost + stated.cost
        desk.positions[index] = replace(
            known, quantity=known.quantity + stated.quantity, cost=cost, lots=(*known.lots, *stated.lots)
        )
    desk.outcome(row, RowStatus.READ)


def _lot(row: Row, desk: Desk) -> None:
    """A lot beside the total of its instrument: kept with the total, and never added to it."""
    index = _place(_stated_position(row, desk), desk)
    if index is None:
        raise ignored("a lot without a total of its instrument; totals were read")
    known = desk.positions[index]
    desk.positions[index] = replace(known, lots=(*known.lots, _stated_lot(row)))
    raise ignored("a lot inside a total that was read; it is not added to it")


def _stated_lot(row: Row) -> StatedLot:
    opened = row.optional_day("openDateTime", "holdingPeriodDateTime")
    return StatedLot(
        line=row.line,
        quantity=row.required("position", "quantity"),
        acquired=opened,
        cost=row.number("costBasisMoney"),
    )


def _place(stated: StatedPosition, desk: Desk) -> int | None:
    """Where the position of the same instrument stands among those found, if it does."""
    return desk.places.get((stated.instrument.conid, stated.instrument.symbol, stated.day))


def _keep(stated: StatedPosition, desk: Desk) -> None:
    desk.places[stated.instrument.conid, stated.instrument.symbol, stated.day] = len(desk.positions)
    desk.positions.append(stated)


def _stated_position(row: Row, desk: Desk) -> StatedPosition:
    facts, currency = desk.required_facts(row), row.currency()
    quantity, price = row.required("position", "quantity"), row.number("markPrice")
    value = row.number("positionValue")
    if facts.asset_class == "bond" and price is not None and value is not None and quantity:
        price = quantize(abs(ARITHMETIC.divide(value, quantity)))
    return StatedPosition(
        line=row.line,
        instrument=facts,
        quantity=quantity,
        currency=currency,
        day=_end_day(row, desk),
        cost=row.number("costBasisMoney"),
        price=price,
        fx_rate=desk.fx_rate(row, currency),
    )


def _end_day(row: Row, desk: Desk) -> date:
    day = row.optional_day("reportDate", "date", "toDate") or desk.last_day or row.day("reportDate")
    return desk.past(day, row)


def _mark(stated: StatedPosition, desk: Desk) -> None:
    if stated.price:
        desk.prices.append(
            StatedPrice(
                instrument=stated.instrument, day=stated.day, close=stated.price, currency=stated.currency
            )
        )


def read_prior_positions(rows: list[Row], desk: Desk) -> None:
    """Closes of what was held before the statement began; a position only where the row states a quantity."""
    for row in rows:
        desk.attempt(row, _prior_position)


def _prior_position(row: Row, desk: Desk) -> None:
    facts, currency = desk.required_facts(row), row.currency()
    day = desk.past(row.day("date", "reportDate"), row)
    price, quantity = row.number("price", "closePrice"), row.number("quantity", "position")
    if price:
        desk.prices.append(StatedPrice(instrument=facts, day=day, close=price, currency=currency))
    if quantity:
        _add_prior(row, desk, quantity, price)
    desk.outcome(row, RowStatus.READ, "" if quantity else "a close; the row states no quantity")


def read_mark_to_market(rows: list[Row], desk: Desk) -> None:
    """Positions on the eve of the statement, from the summary of marking to market."""
    for row in rows:
        desk.attempt(row, _eve_position)


def _eve_position(row: Row, desk: Desk) -> None:
    quantity = row.number("prevCloseQuantity")
    if not quantity or row.text("assetCategory").upper() in ("", "CASH") or desk.first_day is None:
        raise ignored("a result that follows from positions and prices")
    _add_prior(row, desk, quantity, row.number("prevClosePrice"))
    desk.outcome(row, RowStatus.READ, "the position before the first day of the statement")


def _add_prior(row: Row, desk: Desk, quantity: Decimal, price: Decimal | None) -> None:
    facts = desk.required_facts(row)
    currency = currency_code(facts.currency or desk.base_currency)
    eve = (desk.first_day or row.day("date", "reportDate")) - timedelta(days=1)
    if (facts.conid, facts.symbol, eve) in desk.places:
        return
    stated = StatedPosition(
        line=row.line,
        instrument=facts,
        quantity=quantity,
        currency=currency,
        day=eve,
        price=price,
        is_prior=True,
    )
    _keep(stated, desk)


def read_cash_report(rows: list[Row], desk: Desk) -> None:
    """Cash by currency. The total in base currency counts only when it can be nothing but that currency."""
    currencies = [row for row in rows if not _is_base_total(row)]
    for row in currencies:
        desk.attempt(row, _cash_balance)
    for row in rows:
        if _is_base_total(row):
            desk.attempt(row, _base_total if not currencies else _repeated_total)


def _is_base_total(row: Row) -> bool:
    return (
        row.text("currency").upper() == "BASE_SUMMARY"
        or row.text("levelOfDetail").casefold() == "basecurrency"
    )


def _cash_balance(row: Row, desk: Desk) -> None:
    _add_cash(row, desk, row.currency())
    desk.outcome(row, RowStatus.READ)


def _base_total(row: Row, desk: Desk) -> None:
    others = {transaction.currency for transaction in desk.transactions} - {desk.base_currency}
    if not desk.base_currency or others or row.number("fxTranslationGainLoss"):
        raise ignored("a total over several currencies; it cannot be compared with any one of them")
    _add_cash(row, desk, desk.base_currency)
    desk.outcome(row, RowStatus.READ, f"the statement knows cash in {desk.base_currency} only")


def _repeated_total(_row: Row, _desk: Desk) -> None:
    raise ignored("a total in base currency; the currencies themselves were read")


def _add_cash(row: Row, desk: Desk, currency: str) -> None:
    day = row.optional_day("toDate", "reportDate") or desk.last_day or row.day("toDate")
    desk.cash.append(
        StatedCash(
            line=row.line,
            currency=currency,
            start=row.number("startingCash"),
            end=row.required("endingCash"),
            day=desk.past(day, row),
        )
    )
