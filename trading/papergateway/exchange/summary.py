"""The lines of an account's summary, and what an order would do to them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from trading.papergateway.exchange.commissions import order_commission
from trading.papergateway.exchange.floor import Floor
from trading.papergateway.exchange.funds import (
    INITIAL_MARGIN,
    MAINTENANCE_MARGIN,
    buying_power,
    gross_value,
    position_value,
    reserved,
)
from trading.papergateway.exchange.records import MarginReport
from trading.papergateway.exchange.rows import OrderRow


def account_summary(floor: Floor, name: str, now: datetime) -> Sequence[tuple[str, Decimal, str]]:
    """Tag, value and currency, under the tags of the TWS API. Sales settle at once on this exchange."""
    account = floor.account(name)
    value, gross = position_value(floor, name, now), gross_value(floor, name, now)
    equity = account.cash + value
    initial, maintenance = _margins(gross, is_margin=account.is_margin)
    cost = sum((row.cost for row in floor.positions if row.account == name), Decimal(0))
    free = equity - initial if account.is_margin else account.cash - reserved(floor, name)
    lines = {
        "NetLiquidation": equity,
        "TotalCashValue": account.cash,
        "SettledCash": account.cash,
        "AvailableFunds": free,
        "ExcessLiquidity": equity - maintenance if account.is_margin else free,
        "BuyingPower": buying_power(floor, name, now),
        "EquityWithLoanValue": equity if account.is_margin else account.cash,
        "GrossPositionValue": gross,
        "InitMarginReq": initial,
        "MaintMarginReq": maintenance,
        "RealizedPnL": account.realised,
        "UnrealizedPnL": value - cost,
    }
    return [(tag, amount, account.currency) for tag, amount in lines.items()]


def margin_report(floor: Floor, row: OrderRow, now: datetime) -> MarginReport:
    """What filling an order whole, at the price that it is counted with, would do to its account."""
    name, con_id = row.order.account, row.order.con_id
    account = floor.account(name)
    price = row.reserve_price
    fee = order_commission(row.order.quantity, row.order.quantity * price)
    gross = gross_value(floor, name, now)
    held = floor.position(name, con_id).quantity
    signed = row.order.quantity if row.is_buy else -row.order.quantity
    last = floor.last(con_id, now)
    gross_after = gross + (abs(held + signed) - abs(held)) * last
    before, after = (_margins(each, is_margin=account.is_margin) for each in (gross, gross_after))
    equity = account.cash + position_value(floor, name, now)
    return MarginReport(
        order=row.order,
        commission=fee,
        initial_margin_before=before[0],
        initial_margin_after=after[0],
        maintenance_margin_before=before[1],
        maintenance_margin_after=after[1],
        equity_before=equity,
        equity_after=equity - fee + signed * (last - price),
    )


def _margins(gross: Decimal, *, is_margin: bool) -> tuple[Decimal, Decimal]:
    """Initial and maintenance margin of positions: a cash account owns them whole."""
    if not is_margin:
        return gross, gross
    return gross * INITIAL_MARGIN, gross * MAINTENANCE_MARGIN
