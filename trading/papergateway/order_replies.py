"""What the gateway tells of orders and fills: the long messages, each in its exact number of fields."""

from decimal import Decimal

from trading.papergateway.exchange.records import (
    CommissionReport,
    ExecutionReport,
    MarginReport,
    OrderReport,
    PaperContract,
    PaperOrder,
)
from trading.papergateway.replies import contract_fields, eastern
from trading.papergateway.wire import (
    UNSET_DOUBLE,
    UNSET_INTEGER,
    UNSET_LONG,
    Message,
    Value,
    message,
)

# How the broker writes no amount.
NOUGHT = Decimal("0.0")
# A what-if before its margins are known, as it may come first.
UNSET_MARGINS: tuple[Value, ...] = (UNSET_DOUBLE,) * 12


def open_order(
    report: OrderReport,
    contract: PaperContract,
    *,
    margin: MarginReport | None = None,
    is_what_if: bool = False,
) -> Message:
    """5: an order as it stands, in 136 fields; of a what-if, what it would do (`margin`)."""
    order = report.order
    return message(
        5,
        order.order_id,
        *contract_fields(contract, right="?"),
        *_instruction(order),
        *("O", 0, order.order_ref, order.client_id, report.perm_id),
        *(order.outside_rth, 0, NOUGHT, "", f"{report.perm_id}.0/{order.account}/{order.quantity:f}"),
        *("", "", "", "", "", _good_till(order), "", "", ""),  # advisors; good till; 80A, offset, settling
        *(0, "", -1, 0, "", "", "", "", ""),  # short sales; auctions and stock ranges
        *(UNSET_INTEGER, 0, 0, 0, "", order.oca_type, 0, 0, ""),  # sizes shown, OCA, venues
        *(order.parent_id, 0),
        *("", 0, "None", "", 0, "", "", "", "?", 0, 0, ""),  # volatility and its delta-neutral block
        *(0, 0, order.trail_stop_price, order.trailing_percent),
        *(UNSET_INTEGER, UNSET_INTEGER, "", 0, 0, 0),  # basis points; no legs of a combination
        *("", "", "", ""),  # scale, hedge
        *(0, "", "IB", 0, 0, "", 0),  # routing, clearing; no delta-neutral contract, no algorithm
        is_what_if,
        *_state(report, margin, is_what_if=is_what_if),
        *(0, 0, 0),  # randomised size and price; no conditions
        *("None", UNSET_DOUBLE, order.trail_stop_price or UNSET_DOUBLE),
        *((UNSET_DOUBLE,) * 4),
        *(0, "", "", "", NOUGHT, 1, 0, 0, 0),  # units, soft dollars, cash quantity, flags
        *(UNSET_INTEGER, UNSET_INTEGER, 0),  # duration, after-trade systems, parents
        *("", "", "", "", ""),  # minimum and competing sizes and offsets
    )


def _instruction(order: PaperOrder) -> tuple[Value, ...]:
    """What the client asked for, as open and completed orders repeat it."""
    return (
        order.action,
        order.quantity,
        order.order_type,
        order.limit_price or NOUGHT,
        order.aux_price or NOUGHT,
        order.tif,
        order.oca_group,
        order.account,
    )


def _good_till(order: PaperOrder) -> str:
    return eastern(order.good_till) if order.good_till else ""


def _state(report: OrderReport, margin: MarginReport | None, *, is_what_if: bool) -> tuple[Value, ...]:
    """Status, nine margins, commissions, their currency and a warning: fifteen fields."""
    if is_what_if:
        margins = UNSET_MARGINS if margin is None else _margins(margin)
        return (
            report.status,
            *margins,
            "" if margin is None else "USD",
            "" if margin is None else margin.words,
        )
    commission: Value = "" if report.commission is None else report.commission
    return (report.status, *((UNSET_DOUBLE,) * 9), commission, "", "", "USD" if commission else "", "")


def _margins(margin: MarginReport) -> tuple[Value, ...]:
    before = (margin.initial_margin_before, margin.maintenance_margin_before, margin.equity_before)
    after = (margin.initial_margin_after, margin.maintenance_margin_after, margin.equity_after)
    change = tuple(late - early for early, late in zip(before, after, strict=True))
    return (*before, *change, *after, margin.commission, UNSET_DOUBLE, UNSET_DOUBLE)


def order_status(report: OrderReport) -> Message:
    """3: how far an order has come."""
    order = report.order
    return message(
        3,
        order.order_id,
        report.status,
        report.filled,
        report.remaining,
        report.average_price,
        report.perm_id,
        order.parent_id,
        report.last_fill_price,
        order.client_id,
        report.why_held,
        NOUGHT,
    )


def execution_details(req_id: int, report: ExecutionReport, contract: PaperContract) -> Message:
    """11: a fill; -1 stands for the number of a request when it is told as it happens."""
    order = report.order
    return message(
        11,
        req_id,
        order.order_id,
        *contract_fields(contract, report.exchange),
        report.exec_id,
        eastern(report.executed_at),
        order.account,
        report.exchange,
        "BOT" if order.action == "BUY" else "SLD",
        report.quantity,
        report.price,
        report.perm_id,
        order.client_id,
        0,
        report.cumulative,
        report.average_price,
        order.order_ref,
        "",
        "",
        "",
        1,
    )


def execution_details_end(req_id: int) -> Message:
    """55: no more fills."""
    return message(55, 1, req_id)


def commission_report(report: CommissionReport) -> Message:
    """59: what a fill cost, and what it gained."""
    realised: Value = UNSET_DOUBLE if report.realised is None else report.realised
    return message(59, 1, report.exec_id, report.commission, report.currency, realised, UNSET_DOUBLE, "")


def open_order_end() -> Message:
    """53: no more live orders."""
    return message(53, 1)


def completed_order(report: OrderReport, contract: PaperContract) -> Message:
    """101: an order that ended, in 101 fields; its own number and its client are not told."""
    order = report.order
    return message(
        101,
        *contract_fields(contract, right="?"),
        *_instruction(order),
        *("O", 0, order.order_ref, report.perm_id, order.outside_rth, 0, NOUGHT, ""),
        *("", "", "", "", "", _good_till(order), "", "", ""),
        *(0, "", -1, "", "", "", "", ""),
        *(UNSET_INTEGER, 0, 0, "", order.oca_type, 0),
        *("", 0, "None", "", 0, 0, 0, ""),
        *(0, 0, order.trail_stop_price, order.trailing_percent),
        *("", 0, 0, 0, "", "", "", ""),
        *("", "IB", 0, 0, "", 0),
        report.status,
        *(0, 0, 0),
        *(order.trail_stop_price or UNSET_DOUBLE, UNSET_DOUBLE, NOUGHT, 1, 0, ""),
        *(report.filled, 0, 0, "", 0, 0),
        report.parent_perm_id or UNSET_LONG,
        eastern(report.completed_at) if report.completed_at else "",
        _ending(report),
        *("", "", "", "", ""),
    )


def _ending(report: OrderReport) -> str:
    """How an order ended, in the words of the broker."""
    if report.reject_reason:
        return report.reject_reason
    if report.status == "Filled":
        return f"Filled Size: {report.filled:f}"
    return "Cancelled by Trader"


def completed_orders_end() -> Message:
    """102: no more orders that ended."""
    return message(102)
