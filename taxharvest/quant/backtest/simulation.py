"""Accounts walked through their histories session by session: deposits, harvests, and the way back.

The walk knows no tax rate. It writes down what was realised on each session, by term; what that is worth
under one pair of rates or another is reckoned afterwards (`credits`), from the same walk.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from taxharvest.quant.backtest.histories import Histories
from taxharvest.quant.backtest.lots import Lots
from taxharvest.quant.backtest.market import Floats
from taxharvest.quant.backtest.schedules import Flags, Whole, day_numbers, long_days
from taxharvest.quant.backtest.trades import NO_RECORD, Trades

# 30 days before and after the sale (IRC 1091(a)): on the 31st day a purchase is free again.
WINDOW = 31
# A deposit buys so many names in turn; into all at once, no name would ever be free to harvest.
TURN = 5
LONG_AGO = -(10**6)
# Smaller losses, as a share of basis, are rounding.
LEAST_LOSS = 1e-9

# The loss, as a share of basis, from which on a lot is sold: by volatility (history, name) and age in days.
ThresholdRule = Callable[[Floats, Whole], Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How accounts are run.

    - reviews, deposits: sessions (history, session) that are one.
    - threshold: None: the account is not harvested at all.
    - keeps_wash_rule: proceeds are parked for 31 days; else the same share is bought back at once.
    - returns_at_a_gain: whether the parked money goes back although its gain is short-term and taxed; else it
      stays until it shows a loss or its gain is long-term.
    - deposit: what comes in each time, in parts of the money of the first day.
    """

    reviews: Flags
    deposits: Flags
    threshold: ThresholdRule | None
    keeps_wash_rule: bool = True
    returns_at_a_gain: bool = True
    deposit: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What happened to the accounts (history, session), in parts of the money of the first day.

    - loss_short, loss_long: sold at reviews at a loss.
    - back_short, back_long: gain (negative: loss) of parked money on its way back.
    - traded: everything bought or sold for the sake of harvesting.
    - before, after: the account's worth before and after the deposit of a session.
    - end, end_short, end_long: worth on the last session (history), and the gain in it by term.
    """

    loss_short: Floats
    loss_long: Floats
    back_short: Floats
    back_long: Floats
    traded: Floats
    paid_in: Floats
    before: Floats
    after: Floats
    end: Floats
    end_short: Floats
    end_long: Floats

    @property
    def gross(self) -> Floats:
        """Losses sold at reviews (history, session)."""
        return self.loss_short + self.loss_long


def walk(histories: Histories, rules: Rules, trades: Trades = NO_RECORD) -> Walk:
    """Run the accounts to the end of their histories; `trades` writes down those of the first history."""
    account = _Accounts.opened(histories, rules, trades)
    for session in range(1, histories.days.shape[1]):
        account.step(session)
    return account.walked()


@dataclass(slots=True, kw_only=True)
class _Accounts:
    """The accounts in the middle of their walk."""

    histories: Histories
    rules: Rules
    trades: Trades
    day: Whole
    turns: Whole
    lots: Lots
    last_loss: Whole
    last_buy: Whole
    has_parked: Flags
    waiting: Floats
    deposits_made: Whole
    flows: dict[str, Floats] = field(default_factory=dict)

    @classmethod
    def opened(cls, histories: Histories, rules: Rules, trades: Trades) -> "_Accounts":
        count, length, names = histories.prices.shape
        account = cls(
            histories=histories,
            rules=rules,
            trades=trades,
            day=day_numbers(histories.days),
            turns=_turns(histories),
            lots=Lots.none(count, names),
            last_loss=np.full((count, names), LONG_AGO),
            last_buy=np.full((count, names), LONG_AGO),
            has_parked=np.zeros((count, names), dtype=np.bool_),
            waiting=np.zeros(count),
            deposits_made=np.zeros(count, dtype=np.int64),
            flows={name: np.zeros((count, length)) for name in _FLOWS},
        )
        everything = np.ones((count, names), dtype=np.bool_)
        account.buy(0, everything, np.full((count, names), 1 / names))
        account.flows["paid_in"][:, 0] = 1
        account.flows["before"][:, 0] = account.flows["after"][:, 0] = 1
        return account

    def step(self, session: int) -> None:
        """One session: the way back, the review, the deposit, in this order."""
        if self.rules.keeps_wash_rule and self.has_parked.any():
            self.go_back(session)
        if self.rules.threshold is not None and self.rules.reviews[:, session].any():
            self.harvest(session, self.rules.threshold)
        self.flows["before"][:, session] = self.flows["after"][:, session] = self.worth(session)
        if self.rules.deposits[:, session].any():
            self.take_in(session)

    def worth(self, session: int) -> Floats:
        """What each account holds."""
        total: Floats = self.values(session).sum(axis=(1, 2)) + self.waiting
        return total

    def values(self, session: int) -> Floats:
        """What each lot is worth."""
        return self.lots.values(self.histories.prices[:, session], self.histories.stand_in[:, session])

    def buy(self, session: int, where: Flags, money: Floats) -> None:
        """Buy names with `money` (history, name)."""
        price = self.histories.prices[:, session]
        self._add(session, where, money, price, parks=False)
        self.last_buy = np.where(where, self.day[:, session, None], self.last_buy)

    def harvest(self, session: int, threshold: ThresholdRule) -> None:
        """Sell the lots whose loss is large enough, and buy what takes their place."""
        lots, day = self.lots, self.day[:, session]
        value = self.values(session)
        wanted = threshold(self.histories.volatility[:, session], day[:, None, None] - lots.bought)
        loss = lots.basis - value
        sold = (loss > np.maximum(wanted, LEAST_LOSS) * lots.basis) & ~lots.is_parked & (lots.units > 0)
        sold &= self.rules.reviews[:, session, None, None]
        if self.rules.keeps_wash_rule:
            sold &= (day[:, None] - self.last_buy >= WINDOW)[..., None]
        if not sold.any():
            return
        self._realise(session, sold, loss, "loss_short", "loss_long")
        names, money = self._sell(session, sold, value)
        self.last_loss = np.where(names, day[:, None], self.last_loss)
        if self.rules.keeps_wash_rule:
            self._add(session, names, money, self.histories.stand_in[:, session], parks=True)
            self.has_parked |= names
        else:
            self.buy(session, names, money)

    def go_back(self, session: int) -> None:
        """Sell what is parked once no loss of the name can be washed any more, and buy the name."""
        lots, day = self.lots, self.day[:, session]
        due = self.has_parked & (day[:, None] - self.last_loss >= WINDOW)
        if not due.any():
            return
        value = self.values(session)
        gain = value - lots.basis
        if not self.rules.returns_at_a_gain:
            is_costly = lots.is_parked & (gain > 0) & (lots.long_from > day[:, None, None])
            due &= ~is_costly.any(axis=2)
        sold = lots.is_parked & due[..., None]
        if not sold.any():
            return
        self._realise(session, sold, gain, "back_short", "back_long")
        names, money = self._sell(session, sold, value)
        self.has_parked &= ~names
        self.buy(session, names, money)

    def take_in(self, session: int) -> None:
        """A deposit buys names in turn, but none whose loss it would wash; what finds no name waits."""
        is_deposit = self.rules.deposits[:, session]
        self.flows["paid_in"][:, session] = np.where(is_deposit, self.rules.deposit, 0)
        money = np.where(is_deposit, self.rules.deposit + self.waiting, 0)
        names = self.lots.units.shape[1]
        place = np.arange(names)[None, :]
        in_turn = (place - self.deposits_made[:, None] * TURN) % names < TURN
        is_free = np.ones_like(in_turn)
        if self.rules.keeps_wash_rule:
            is_free = self.day[:, session, None] - self.last_loss >= WINDOW
        where = np.where((in_turn & is_free).any(axis=1)[:, None], in_turn & is_free, is_free)
        where &= is_deposit[:, None]
        count = where.sum(axis=1)
        self.waiting = np.where(is_deposit, np.where(count > 0, 0, money), self.waiting)
        self.deposits_made += is_deposit
        share = money / np.maximum(count, 1)
        self.buy(session, where, np.broadcast_to(share[:, None], where.shape))
        self.flows["after"][:, session] = self.worth(session)

    def walked(self) -> Walk:
        """The result, at the prices of the last session."""
        last = self.histories.days.shape[1] - 1
        gain = self.values(last) - self.lots.basis
        is_long = self.lots.long_from <= self.day[:, last, None, None]
        return Walk(
            end=self.worth(last),
            end_short=np.where(is_long, 0, gain).sum(axis=(1, 2)),
            end_long=np.where(is_long, gain, 0).sum(axis=(1, 2)),
            **self.flows,
        )

    def _sell(self, session: int, sold: Flags, value: Floats) -> tuple[Flags, Floats]:
        """Take lots out; the names that had one, and the money of each."""
        money: Floats = np.where(sold, value, 0).sum(axis=2)
        names: Flags = np.any(sold, axis=2)
        self.flows["traded"][:, session] += 2 * money.sum(axis=1)
        self.trades.sold(self.day[0, session], self.lots, sold[0], value[0])
        self.lots.remove(sold)
        return names, money

    def _add(self, session: int, where: Flags, money: Floats, price: Floats, *, parks: bool) -> None:
        day, turns = self.day[:, session], self.turns[:, session]
        self.lots.add(where, money=money, price=price, day=day, turns=turns, parks=parks)
        self.trades.bought(day[0], where[0], money[0], price[0], is_parked=parks)

    def _realise(self, session: int, sold: Flags, amount: Floats, short: str, long: str) -> None:
        """Write down what a sale realised, by term."""
        is_long = self.lots.long_from <= self.day[:, session, None, None]
        self.flows[short][:, session] += np.where(sold & ~is_long, amount, 0).sum(axis=(1, 2))
        self.flows[long][:, session] += np.where(sold & is_long, amount, 0).sum(axis=(1, 2))


_FLOWS = (
    "loss_short",
    "loss_long",
    "back_short",
    "back_long",
    "traded",
    "paid_in",
    "before",
    "after",
)


def _turns(histories: Histories) -> Whole:
    """When what is bought on each session turns long-term; each calendar day is looked up once."""
    unique, place = np.unique(histories.days, return_inverse=True)
    result: Whole = long_days(unique)[place].reshape(histories.days.shape)
    return result
