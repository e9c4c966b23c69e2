"""The facts of a rebalancing and its plans: frozen records that enter the rules and come out of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from portfolios.engine.targets import TargetRecord
from taxharvest.engine.savings import MarginalRates
from trading.engine.records import Side

ZERO = Decimal(0)
# Half the spread of a liquid US stock or fund, and the broker's fixed price for a share and for an order.
HALF_SPREAD, PER_SHARE, LEAST_COMMISSION = Decimal("0.0002"), Decimal("0.005"), Decimal(1)


# Closes in today's shares, oldest first, by asset.
Closes = Mapping[UUID, Sequence[tuple[date, Decimal]]]


class Constraint(StrEnum):
    """What keeps a plan from doing more."""

    NOT_DUE = "not_due"
    CASH = "cash"
    GAIN_BUDGET = "gain_budget"
    WINDOW = "window"
    LEAST_TRADE = "least_trade"
    WHOLE_SHARES = "whole_shares"
    UNKNOWN_BASIS = "unknown_basis"
    NO_ROUND_TRIP = "no_round_trip"
    NOT_TRADED = "not_traded"
    NOTHING_TO_BUY = "nothing_to_buy"
    KEPT = "kept"


CONSTRAINT_LABELS: Mapping[Constraint, str] = MappingProxyType(
    {
        Constraint.NOT_DUE: "inside its band",
        Constraint.CASH: "cash",
        Constraint.GAIN_BUDGET: "gain budget",
        Constraint.WINDOW: "wash window",
        Constraint.LEAST_TRADE: "least size",
        Constraint.WHOLE_SHARES: "whole shares",
        Constraint.UNKNOWN_BASIS: "basis not known",
        Constraint.NO_ROUND_TRIP: "no round trip",
        Constraint.NOT_TRADED: "account or price",
        Constraint.NOTHING_TO_BUY: "nothing to buy",
        Constraint.KEPT: "kept",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Something that must not be bought: until which day, where that is known, and why."""

    until: date | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """An instrument: what one unit of it costs in the currency of the whole, and its place among the targets.

    `group` is what it is substantially identical with (IRC 1091). `price` is above zero, and None where there
    is no usable one, or it is in another currency: it is then neither bought nor sold. `is_tax_inefficient`
    is what is better held where income is not taxed each year: bonds and property.
    """

    id: UUID
    symbol: str
    group: UUID
    price: Decimal | None
    target: int | None
    is_tax_inefficient: bool = False
    blocked: Block | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account: its cash, and the wish about it. `flow` is put in above zero and taken out below.

    `is_taxed` tells an account whose gains reach the household's return from a retirement account.
    """

    id: UUID
    name: str
    is_taxed: bool
    may_trade: bool
    cash: Decimal
    flow: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLot:
    """Shares of one undivided lot held long; `value` for all of them, None without a price.

    `basis` and `is_long` are None where they are not known.
    """

    id: UUID
    account_id: UUID
    asset_id: UUID
    acquired: date | None
    quantity: Decimal
    basis: Decimal | None
    is_long: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentPurchase:
    """Shares of a group bought in the last thirty days: they take up losses of other lots (IRC 1091)."""

    group: UUID
    lot_id: UUID
    shares: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked of a plan.

    `gain_budget` bounds the gains that it realises net of the losses that count; None is no bound. Trades
    are worth `least_trade` or more. `risk_weight` is what a unit of active variance a year is worth, as a
    fraction of the wealth, to the convex plan; `tax_weight` what a unit of tax is.
    """

    gain_budget: Decimal | None = None
    least_trade: Decimal = ZERO
    sells_untargeted: bool = False
    invests_cash: bool = True
    risk_weight: Decimal = Decimal(20)
    tax_weight: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeCosts:
    """What trading costs: half the spread on the value, and a commission by the share with a least one."""

    half_spread: Decimal = HALF_SPREAD
    per_share: Decimal = PER_SHARE
    least: Decimal = LEAST_COMMISSION

    def of(self, units: Decimal, value: Decimal) -> Decimal:
        """The cost of one trade, exact."""
        return value * self.half_spread + max(units * self.per_share, self.least)


@dataclass(frozen=True, slots=True, kw_only=True)
class RebalanceFacts:
    """Everything a plan is made from, in one currency.

    `fixed` is the value of what counts and cannot be traded here, by place of its target (None: of none):
    short positions, other currencies. `labels` are what targets are called, their keys where there are none.
    `rates` are those on the next dollar of gain; where the income is not
    known they are the highest, and `rate_note` says so.
    """

    day: date
    currency: str
    accounts: tuple[Account, ...]
    assets: tuple[Asset, ...]
    lots: tuple[HeldLot, ...]
    targets: tuple[TargetRecord, ...]
    labels: tuple[str, ...] = ()
    rates: MarginalRates
    rate_note: str = ""
    wish: Wish = field(default_factory=Wish)
    costs: TradeCosts = field(default_factory=TradeCosts)
    recent: tuple[RecentPurchase, ...] = ()
    fixed: Mapping[int | None, Decimal] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class LotTaken:
    """Shares taken from a lot: its gain, what of a loss would be washed (positive), and the tax on it."""

    lot_id: UUID
    acquired: date | None
    quantity: Decimal
    is_long: bool | None
    gain: Decimal | None
    washed: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTrade:
    """One order of a plan. Gains are those that count: of taxed accounts, washed losses left out."""

    account_id: UUID
    account: str
    asset_id: UUID
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    value: Decimal
    cost: Decimal
    lots: tuple[LotTaken, ...]
    short_gain: Decimal
    long_gain: Decimal
    washed: Decimal
    tax: Decimal
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotDone:
    """What a plan leaves undone, how much of it, and the constraint that binds."""

    subject: str
    amount: Decimal
    constraint: Constraint
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetOutcome:
    """One target before and after, as fractions of the wealth after money put in or taken out."""

    key: str
    kind: str
    target: Decimal
    band: Decimal
    before: Decimal
    after: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Trades in the order in which they are made, sales first, and what they come to.

    `tax` is at marginal rates and negative for a saving; `cash_after` is by account. `drift` is the half of
    the sum of all distances to the targets: the part of the wealth that stands in the wrong place.
    """

    name: str
    trades: tuple[PlannedTrade, ...]
    not_done: tuple[NotDone, ...]
    outcomes: tuple[TargetOutcome, ...]
    cash_after: Mapping[UUID, Decimal]
    short_gain: Decimal
    long_gain: Decimal
    washed: Decimal
    tax: Decimal
    cost: Decimal
    drift: Decimal

    @property
    def net_gain(self) -> Decimal:
        """What counts against the gain budget."""
        return self.short_gain + self.long_gain


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimised:
    """What the optimiser adds to a greedy plan: its own plan, or why there is none, and tracking errors.

    `tracking` is by the name of the plan and `tracking_now` that of doing nothing, as fractions a year, from
    so many `days` of closes; `stand_ins` are symbols with too few.
    """

    plan: Plan | None
    reason: str
    tracking_now: Decimal
    tracking: Mapping[str, Decimal]
    days: int
    stand_ins: tuple[str, ...]


# Handed over by whoever runs it, so that the rules and the services need not load a solver.
Optimiser = Callable[[RebalanceFacts, Closes, Plan], Optimised]
