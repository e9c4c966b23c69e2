"""The desk on which a plan is made: cash, lots and budget as the trades so far leave them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal, localcontext
from uuid import UUID

from common.money import ARITHMETIC, quantize
from portfolios.engine.figures import amount_text
from taxharvest.engine.rebalance.lots import Lots, added_up, unknown_units, whole_units
from taxharvest.engine.rebalance.records import (
    Account,
    Asset,
    Constraint,
    HeldLot,
    LotTaken,
    NotDone,
    Plan,
    PlannedTrade,
    RebalanceFacts,
    TargetOutcome,
)
from taxharvest.engine.rebalance.words import blocked_words, lots_words, opposite_words
from trading.engine.records import Side

ZERO = Decimal(0)
Pair = tuple[UUID, UUID]


class Desk:
    """One plan in the making. Every rule that a trade must keep is kept here, whoever wants the trade."""

    def __init__(self, facts: RebalanceFacts) -> None:
        self.facts = facts
        self.accounts: Mapping[UUID, Account] = {one.id: one for one in facts.accounts}
        self.assets: Mapping[UUID, Asset] = {one.id: one for one in facts.assets}
        self.cash = {one.id: one.cash + one.flow for one in facts.accounts}
        self.held: defaultdict[Pair, Decimal] = defaultdict(Decimal)
        self.gain = ZERO
        self.not_done: list[NotDone] = []
        self._sales: dict[Pair, PlannedTrade] = {}
        self._purchases: dict[Pair, PlannedTrade] = {}
        by_pair: defaultdict[Pair, list[HeldLot]] = defaultdict(list)
        for lot in facts.lots:
            by_pair[lot.account_id, lot.asset_id].append(lot)
            self.held[lot.account_id, lot.asset_id] += lot.quantity
        self.lots = {pair: self._lots_of(pair, lots) for pair, lots in by_pair.items()}
        self._unknown = {pair: unknown_units(lots) for pair, lots in by_pair.items()}
        self.wealth = self._wealth()
        self._before = [self.value_of(place) for place in range(len(facts.targets))]

    # --- How things stand ---

    def value_of(self, place: int | None) -> Decimal:
        """What belongs to one target now, fixed parts included; None: what belongs to none."""
        value = self.facts.fixed.get(place, ZERO)
        for (_, asset_id), units in self.held.items():
            asset = self.assets[asset_id]
            if asset.target == place and asset.price is not None:
                value += units * asset.price
        return value

    def goal_of(self, place: int) -> Decimal:
        """What one target should be worth."""
        return ARITHMETIC.multiply(self.wealth, self.facts.targets[place].weight)

    def weight_of(self, value: Decimal) -> Decimal:
        """A value as a fraction of the wealth; zero where there is none."""
        return ARITHMETIC.divide(value, self.wealth) if self.wealth > 0 else ZERO

    def key_of(self, place: int) -> str:
        """What a target is called."""
        return self.facts.labels[place] if self.facts.labels else self.facts.targets[place].key

    def start_of(self, place: int) -> Decimal:
        """The weight of a target before any trade."""
        return self.weight_of(self._before[place])

    def sellable(self, pair: Pair) -> Decimal:
        """Whole shares that may be sold of an account's asset."""
        account, asset = self.accounts[pair[0]], self.assets[pair[1]]
        lots = self.lots.get(pair)
        if lots is None or not account.may_trade or asset.price is None or self._is_traded(asset, Side.BUY):
            return ZERO
        return whole_units(lots.units)

    def is_buyable(self, asset: Asset) -> bool:
        """Whether an asset may be bought at all in this plan."""
        return asset.price is not None and asset.blocked is None and not self._is_traded(asset, Side.SELL)

    def budget_left(self) -> Decimal | None:
        """What of the gain budget is left; None without one."""
        budget = self.facts.wish.gain_budget
        return None if budget is None else budget - self.gain

    # --- Trades ---

    def sell(self, pair: Pair, units: Decimal, why: str, *, for_cash: bool = False) -> Decimal:
        """Sell whole shares as far as the rules let them go; the value that was sold.

        `for_cash` is a sale that a withdrawal needs: it may be smaller than the least trade.
        """
        asset = self.assets[pair[1]]
        wanted = whole_units(units)
        most = min(wanted, self.sellable(pair))
        if most < wanted:
            self._note_short(pair, asset, wanted - most)
        allowed = self._within_budget(pair, most)
        if allowed < most:
            self._note(asset, most - allowed, Constraint.GAIN_BUDGET, self._budget_words(asset))
        if allowed <= 0 or (not for_cash and self._is_small(pair, asset, allowed, Side.SELL)):
            return ZERO
        return self._sold(pair, allowed, why)

    def buy(self, pair: Pair, units: Decimal, why: str) -> Decimal:
        """Buy whole shares as far as cash, windows and sizes let it; the value that was bought.

        `why` says also why it is this account, where that was chosen.
        """
        account, asset = self.accounts[pair[0]], self.assets[pair[1]]
        if asset.blocked is not None:
            self._note(asset, units, Constraint.WINDOW, blocked_words(asset, asset.blocked))
        elif self._is_traded(asset, Side.SELL):
            self._note(asset, units, Constraint.NO_ROUND_TRIP, opposite_words(asset, Side.BUY))
        if not self.is_buyable(asset) or not account.may_trade:
            return ZERO
        allowed = self.affordable(account.id, asset, units)
        if allowed <= 0 or self._is_small(pair, asset, allowed, Side.BUY):
            return ZERO
        return self._bought(pair, allowed, why)

    def affordable(self, account_id: UUID, asset: Asset, units: Decimal) -> Decimal:
        """Whole shares, `units` at most, that an account's cash pays for with their costs."""
        costs = self.facts.costs
        each = (asset.price or ZERO) * (1 + costs.half_spread) + costs.per_share
        most = whole_units(ARITHMETIC.divide(max(self.cash[account_id] - costs.least, ZERO), each))
        return max(ZERO, min(whole_units(units), most))

    def note(self, subject: str, amount: Decimal, constraint: Constraint, words: str) -> None:
        """Say what is left undone; amounts of one subject under one constraint are told once, the largest."""
        for place, other in enumerate(self.not_done):
            if (other.subject, other.constraint) == (subject, constraint):
                if amount > other.amount:
                    self.not_done[place] = NotDone(
                        subject=subject, amount=amount, constraint=constraint, words=words
                    )
                return
        self.not_done.append(NotDone(subject=subject, amount=amount, constraint=constraint, words=words))

    def plan(self, name: str) -> Plan:
        """What was made so far, as a plan."""
        trades = (*self._sales.values(), *self._purchases.values())
        return Plan(
            name=name,
            trades=trades,
            not_done=tuple(self.not_done),
            outcomes=tuple(self._outcomes()),
            cash_after=dict(self.cash),
            short_gain=sum((one.short_gain for one in trades), ZERO),
            long_gain=sum((one.long_gain for one in trades), ZERO),
            washed=sum((one.washed for one in trades), ZERO),
            tax=sum((one.tax for one in trades), ZERO),
            cost=sum((one.cost for one in trades), ZERO),
            drift=self._drift(),
        )

    # --- Inside ---

    def _lots_of(self, pair: Pair, lots: list[HeldLot]) -> Lots:
        return Lots(self.facts, self.assets[pair[1]], lots, is_taxed=self.accounts[pair[0]].is_taxed)

    def _wealth(self) -> Decimal:
        held = (units * (self.assets[key].price or ZERO) for (_, key), units in self.held.items())
        return sum(held, ZERO) + sum(self.facts.fixed.values(), ZERO) + sum(self.cash.values(), ZERO)

    def _is_traded(self, asset: Asset, side: Side) -> bool:
        """Whether the plan trades the asset, or something identical with it, on `side` in any account."""
        made = self._sales if side is Side.SELL else self._purchases
        return any(self.assets[key].group == asset.group for _, key in made)

    def _within_budget(self, pair: Pair, units: Decimal) -> Decimal:
        """Whole shares, `units` at most, whose gains the budget still allows; the lots are not touched."""
        left = self.budget_left()
        if left is None or not self.accounts[pair[0]].is_taxed:
            return units
        allowed = ZERO
        for lot, remaining in self.lots[pair].fragments():
            each = self.lots[pair].counted_per_unit(lot)
            part = min(remaining, units - allowed)
            fits = part if each <= 0 else min(part, ARITHMETIC.divide(max(left, ZERO), each))
            allowed += fits
            left -= fits * each
            if fits < part:
                break
        return whole_units(allowed)

    def _is_small(self, pair: Pair, asset: Asset, units: Decimal, side: Side) -> bool:
        """Whether a trade is below the least size; then it is noted. Adding to a trade is never small."""
        made = self._sales if side is Side.SELL else self._purchases
        value = units * (asset.price or ZERO)
        least = self.facts.wish.least_trade
        if pair in made or value >= least:
            return False
        words = f"{asset.symbol} in {self.accounts[pair[0]].name}: below the least size of a trade."
        self.note(asset.symbol, quantize(value), Constraint.LEAST_TRADE, words)
        return True

    def _sold(self, pair: Pair, units: Decimal, why: str) -> Decimal:
        account, asset = self.accounts[pair[0]], self.assets[pair[1]]
        taken = self.lots[pair].take(units)
        earlier = self._sales.get(pair)
        trade = self._sale(account, asset, added_up((*earlier.lots, *taken) if earlier else taken), why)
        self._sales[pair] = trade
        self.held[pair] -= units
        self._move_cash(account.id, trade, earlier)
        self.gain += trade.short_gain + trade.long_gain
        if earlier:
            self.gain -= earlier.short_gain + earlier.long_gain
        return units * (asset.price or ZERO)

    def _sale(self, account: Account, asset: Asset, lots: tuple[LotTaken, ...], why: str) -> PlannedTrade:
        units = sum((lot.quantity for lot in lots), ZERO)
        counted = [lot for lot in lots if account.is_taxed]
        words = f"{why} {lots_words(lots, self.facts.currency, is_taxed=account.is_taxed)}"
        return self._trade(
            account,
            asset,
            Side.SELL,
            units,
            words,
            lots=lots,
            short_gain=_counted(lot for lot in counted if not lot.is_long),
            long_gain=_counted(lot for lot in counted if lot.is_long),
            washed=sum((lot.washed for lot in counted), ZERO),
            tax=sum((lot.tax for lot in counted), ZERO),
        )

    def _bought(self, pair: Pair, units: Decimal, why: str) -> Decimal:
        account, asset = self.accounts[pair[0]], self.assets[pair[1]]
        earlier = self._purchases.get(pair)
        total = units + (earlier.quantity if earlier else ZERO)
        trade = self._trade(account, asset, Side.BUY, total, why)
        self._purchases[pair] = trade
        self.held[pair] += units
        self._move_cash(account.id, trade, earlier)
        return units * (asset.price or ZERO)

    def _trade(
        self,
        account: Account,
        asset: Asset,
        side: Side,
        units: Decimal,
        words: str,
        *,
        lots: tuple[LotTaken, ...] = (),
        short_gain: Decimal = ZERO,
        long_gain: Decimal = ZERO,
        washed: Decimal = ZERO,
        tax: Decimal = ZERO,
    ) -> PlannedTrade:
        price = asset.price or ZERO
        value = quantize(units * price)
        return PlannedTrade(
            account_id=account.id,
            account=account.name,
            asset_id=asset.id,
            symbol=asset.symbol,
            side=side,
            quantity=units,
            price=price,
            value=value,
            cost=quantize(self.facts.costs.of(units, value)),
            lots=lots,
            short_gain=short_gain,
            long_gain=long_gain,
            washed=washed,
            tax=tax,
            words=words,
        )

    def _move_cash(self, account_id: UUID, trade: PlannedTrade, earlier: PlannedTrade | None) -> None:
        self.cash[account_id] += _cash_of(trade) - (_cash_of(earlier) if earlier else ZERO)

    def _note(self, asset: Asset, units: Decimal, constraint: Constraint, words: str) -> None:
        self.note(asset.symbol, quantize(units * (asset.price or ZERO)), constraint, words)

    def _note_short(self, pair: Pair, asset: Asset, units: Decimal) -> None:
        """Why fewer shares can be sold than are wanted."""
        if self._is_traded(asset, Side.BUY):
            self._note(asset, units, Constraint.NO_ROUND_TRIP, opposite_words(asset, Side.SELL))
        elif self._unknown.get(pair) and self.accounts[pair[0]].is_taxed:
            words = (
                f"{asset.symbol} in {self.accounts[pair[0]].name}: the basis or the day of lots is not known."
            )
            self._note(asset, units, Constraint.UNKNOWN_BASIS, words)

    def _budget_words(self, asset: Asset) -> str:
        budget = amount_text(self.facts.wish.gain_budget or ZERO, self.facts.currency)
        return f"Selling more {asset.symbol} would realise more than the gain budget of {budget}."

    def _outcomes(self) -> Iterator[TargetOutcome]:
        for place, target in enumerate(self.facts.targets):
            yield TargetOutcome(
                key=self.key_of(place),
                kind=target.kind.value,
                target=target.weight,
                band=target.band,
                before=self.start_of(place),
                after=self.weight_of(self.value_of(place)),
            )

    def _drift(self) -> Decimal:
        with localcontext(ARITHMETIC):
            off = [
                abs(self.goal_of(place) - self.value_of(place)) for place in range(len(self.facts.targets))
            ]
            named = sum((target.weight for target in self.facts.targets), ZERO)
            held = sum((self.value_of(place) for place in range(len(self.facts.targets))), ZERO)
            rest = abs((1 - named) * self.wealth - (self.wealth - held))
            return self.weight_of(sum(off, ZERO) + rest) / 2


def _counted(lots: Iterator[LotTaken]) -> Decimal:
    return sum(((lot.gain or ZERO) + lot.washed for lot in lots), ZERO)


def _cash_of(trade: PlannedTrade) -> Decimal:
    value = trade.value if trade.side is Side.SELL else -trade.value
    return value - trade.cost
