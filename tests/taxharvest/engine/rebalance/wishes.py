"""Facts of a rebalancing for tests: two accounts, a few assets, lots by a short hand."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from portfolios.engine.targets import TargetKind, TargetRecord
from taxharvest.engine.rebalance.records import (
    Account,
    Asset,
    Block,
    HeldLot,
    Plan,
    RebalanceFacts,
    RecentPurchase,
    TradeCosts,
    Wish,
)
from taxharvest.engine.savings import MarginalRates

DAY = date(2026, 6, 1)
FREE = TradeCosts(half_spread=Decimal(0), per_share=Decimal(0), least=Decimal(0))
RATES = MarginalRates(short=Decimal("0.4"), long=Decimal("0.2"))
TAXABLE, IRA = UUID(int=1), UUID(int=2)
NAMES = {TAXABLE: "Taxable", IRA: "IRA"}


def asset_id(symbol: str) -> UUID:
    """A symbol's identifier, in the order of the alphabet."""
    return UUID(bytes=symbol.encode().rjust(16, b"\0"))


def account(key: UUID = TAXABLE, cash: str = "0", flow: str = "0", *, may_trade: bool = True) -> Account:
    """The taxable account, or the IRA."""
    return Account(
        id=key,
        name=NAMES[key],
        is_taxed=key == TAXABLE,
        may_trade=may_trade,
        cash=Decimal(cash),
        flow=Decimal(flow),
    )


def asset(
    symbol: str,
    price: str | None,
    target: int | None,
    *,
    group: str = "",
    is_tax_inefficient: bool = False,
    blocked: str = "",
) -> Asset:
    """An asset by its symbol."""
    return Asset(
        id=asset_id(symbol),
        symbol=symbol,
        group=asset_id(group or symbol),
        price=None if price is None else Decimal(price),
        target=target,
        is_tax_inefficient=is_tax_inefficient,
        blocked=Block(until=date(2026, 6, 20), words=blocked) if blocked else None,
    )


def lot(
    number: int,
    symbol: str,
    quantity: str,
    basis: str | None,
    *,
    at: UUID = TAXABLE,
    is_long: bool | None = True,
) -> HeldLot:
    """A lot by its number; `basis` is of all its shares."""
    return HeldLot(
        id=UUID(int=100 + number),
        account_id=at,
        asset_id=asset_id(symbol),
        acquired=date(2024, 1, number),
        quantity=Decimal(quantity),
        basis=None if basis is None else Decimal(basis),
        is_long=is_long,
    )


def target(key: str, weight: str, band: str = "0.05") -> TargetRecord:
    """A target for an instrument."""
    return TargetRecord(kind=TargetKind.INSTRUMENT, key=key, weight=Decimal(weight), band=Decimal(band))


def recent(symbol: str, shares: str, number: int = 99) -> RecentPurchase:
    """Shares bought in the last thirty days."""
    return RecentPurchase(group=asset_id(symbol), lot_id=UUID(int=100 + number), shares=Decimal(shares))


def facts(
    accounts: list[Account],
    assets: list[Asset],
    lots: list[HeldLot],
    targets: list[TargetRecord],
    wish: Wish | None = None,
    *,
    recent: tuple[RecentPurchase, ...] = (),
    costs: TradeCosts = FREE,
    fixed: dict[int | None, Decimal] | None = None,
) -> RebalanceFacts:
    """Facts without trading costs, unless they are given."""
    return RebalanceFacts(
        day=DAY,
        currency="USD",
        accounts=tuple(accounts),
        assets=tuple(assets),
        lots=tuple(lots),
        targets=tuple(targets),
        rates=RATES,
        wish=wish or Wish(),
        costs=costs,
        recent=recent,
        fixed=fixed or {},
    )


def told(plan: Plan) -> list[tuple[object, ...]]:
    """The trades of a plan: account, side, symbol and shares."""
    return [(one.account, one.side.value, one.symbol, one.quantity) for one in plan.trades]
