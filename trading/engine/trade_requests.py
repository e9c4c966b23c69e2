"""What somebody asks to trade, and how it was judged before anything was kept."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from portfolios.engine.records import LotChoice
from trading.engine.controls.verdicts import Outcome, Verdict, overall
from trading.engine.records import ContractFacts, OrderTicket, Quote
from trading.engine.tax_looks import TaxLook

MOST_ORDERS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderWanted:
    """One order that somebody asks for. `parent` is the place in the request of the order it waits for.

    `filled` is what was traded of it before, where an order at work is to change; `lots` are for the rest.
    """

    portfolio_id: UUID
    instrument_id: UUID
    ticket: OrderTicket
    lots: tuple[LotChoice, ...] = ()
    parent: int | None = None
    filled: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeRequest:
    """Orders that are accepted together or not at all.

    `confirmed` names the controls that the person has answered, `origin` is what made the orders, and
    `origin_id` which one of its kind: a plan, a rebalance.
    """

    orders: tuple[OrderWanted, ...]
    confirmed: frozenset[str] = frozenset()
    origin: str = "api"
    origin_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderJudged:
    """An order as it was judged.

    `price` is what the tax book reckons it at, `notional` and `reserved` what it is worth at most and what it
    would hold back, in the account's currency; None where it could not be priced.
    """

    wanted: OrderWanted
    contract: ContractFacts
    quote: Quote | None
    verdicts: tuple[Verdict, ...]
    price: Decimal | None
    notional: Decimal | None
    reserved: Decimal | None
    tax: TaxLook | None

    @property
    def outcome(self) -> Outcome:
        """The gravest verdict."""
        return overall(self.verdicts)


def request_problems(request: TradeRequest) -> dict[str, list[str]]:
    """What is wrong with the orders as a whole, by field; each order's own ticket is judged by itself."""
    if not request.orders:
        return {"orders": ["Name at least one order."]}
    if len(request.orders) > MOST_ORDERS:
        return {"orders": [f"At most {MOST_ORDERS} orders can be placed together."]}
    problems: dict[str, list[str]] = {}
    for place, order in enumerate(request.orders):
        if sentence := _parent_problem(request, place, order):
            problems[field_of(request, place, "parent")] = [sentence]
    return problems


def field_of(request: TradeRequest, place: int, field: str) -> str:
    """How a field of one order is named to whoever asked: by its place when there are several."""
    return field if len(request.orders) == 1 else f"orders.{place}.{field}"


def _parent_problem(request: TradeRequest, place: int, order: OrderWanted) -> str:
    """A bracket's children follow their parent, in its account and instrument, on the other side."""
    if order.parent is None:
        return ""
    if not 0 <= order.parent < place:
        return "An order can wait only for one that is named before it."
    parent = request.orders[order.parent]
    if parent.parent is not None:
        return "An order that waits cannot have others wait for it."
    if (parent.portfolio_id, parent.instrument_id) != (order.portfolio_id, order.instrument_id):
        return "An order waits for one in the same account and instrument."
    if parent.ticket.side is order.ticket.side:
        return "The orders of a bracket close what the first one opens: they go the other way."
    return ""
