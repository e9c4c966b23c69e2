"""Three years of the demo household, told as ledger rows: deposits, purchases, dividends, sales, one split,
one transfer in kind, one wash-sale trap and three sales for the tax year: one whose loss a reinvestment in
an IRA takes for good, one with its lots named, one whose loss still waits. Three purchases of late stand at a
loss when the story ends: two that may be harvested, and one that a purchase of the spouse would wash. Seeded,
so the same market always gives the same story.
"""

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from portfolios.engine.records import ParsedTransaction, TransactionKind
from wealthalloc.demo.household import ACCOUNTS, DemoAccount
from wealthalloc.demo.market import CENT, DemoMarket

# Dividend yields a year, made for the demo (the real closes already contain dividends).
YIELDS = {
    "AAPL": "0.006", "BAC": "0.025", "BBY": "0.038", "BND": "0.032", "CVX": "0.040", "GE": "0.010",
    "HD": "0.022", "IVV": "0.014", "JNJ": "0.027", "JPM": "0.026", "KO": "0.030", "LLY": "0.009",
    "MRK": "0.029", "MSFT": "0.008", "MTUM": "0.012", "PEP": "0.028", "PFE": "0.035", "PG": "0.025",
    "QUAL": "0.013", "RRC": "0.010", "SIZE": "0.016", "UNH": "0.013", "USMV": "0.017", "VLUE": "0.024",
    "VOO": "0.014", "WMT": "0.016", "XOM": "0.041",
}  # fmt: skip
QUARTER = 3  # months
TRANSFER_SESSION, TRANSFER_SYMBOL, TRANSFER_SHARES = 410, "JNJ", Decimal(60)
# The trap, in sessions before the end: Elena buys a fund, sells all of it at a loss, and Marcus buys some.
TRAP_SYMBOL, TRAP_SHARES, TRAP_REBOUGHT = "VLUE", Decimal(120), Decimal(25)
MATURING_SYMBOL, MATURING_SHARES = "XOM", Decimal(40)
TRAP_START, TRAP_SALE, TRAP_PURCHASE = 235, 13, 9
# Sales for the tax year, in sessions before the end as well and at the closes, so that they change nothing
# that is told before them. Elena loses on a fund that her Roth IRA buys from its distribution days later.
LOST_SYMBOL, LOST_SHARES = "MTUM", Decimal(20)
LATE_START, LOST_SALE, LOST_PURCHASE = 22, 7, 3
# She names the dearest lot for a sale: a loss where the oldest lot would have been sold at a gain.
NAMED_SYMBOL, NAMED_SHARES, NAMED_SALE = "MSFT", Decimal(5), 28
# Marcus sells at a loss that nobody has bought back so far.
PENDING_SYMBOL, PENDING_SHARES = "AMD", Decimal(40)
PENDING_SALE = 4
# Losses to be harvested, in sessions before the end and at the closes: what Elena buys with new money falls.
# Marcus buys a fund on the same index days before the end, so the loss of her third purchase would be washed.
PLANTED = {25: (("AAPL", Decimal(60)), ("VOO", Decimal(40))), 23: (("QUAL", Decimal(150)),)}
PLANTED_DEPOSIT = Decimal(43_500)
SHADOW_SYMBOL, SHADOW_SHARES, SHADOW_DEPOSIT, SHADOW_START = "IVV", Decimal(25), Decimal(11_500), 10


@dataclass(slots=True)
class _Purse:
    """What an account holds while the story is told, and the rows told so far."""

    account: DemoAccount
    cash: Decimal = Decimal(0)
    shares: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    paid: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    rows: list[ParsedTransaction] = field(default_factory=list)

    def tell(self, kind: TransactionKind, day: date, **facts: Any) -> None:
        number = len(self.rows) + 1
        row = {
            "account": self.account.number,
            "row": str(number),
            "kind": kind.value,
            "date": day.isoformat(),
        }
        for name in ("quantity", "price", "amount", "fees"):
            if name in facts:
                row[name] = str(facts[name])
        if "instrument" in facts:
            row["symbol"] = facts["instrument"].symbol
        self.cash += facts.get("amount", Decimal(0))
        self.rows.append(
            ParsedTransaction(
                natural_key=f"demo:{self.account.key}:{number}",
                line=number,
                section="Demo",
                row=row,
                kind=kind,
                trade_date=day,
                currency="USD",
                fx_rate=Decimal(1),
                **facts,
            )
        )


def tell_story(market: DemoMarket) -> dict[str, list[ParsedTransaction]]:
    """The ledger rows of each account by its key, oldest first."""
    return _Story(market).tell()


class _Story:
    def __init__(self, market: DemoMarket) -> None:
        self._market = market
        self._random = random.Random(8949)  # noqa: S311 - a fixed story, not a secret
        self._purses = {account.key: _Purse(account) for account in ACCOUNTS}

    def tell(self) -> dict[str, list[ParsedTransaction]]:
        month, months = None, -1
        last = len(self._market.sessions) - 1
        events: dict[int, Callable[[int], None]] = {
            self._market.split_session: self._split,
            TRANSFER_SESSION: self._transfer,
            last - TRAP_START: self._trap_start,
            last - TRAP_SALE: self._trap_sale,
            last - TRAP_PURCHASE: self._trap_purchase,
            last - NAMED_SALE: self._named_sale,
            last - LATE_START: self._late_purchases,
            last - min(PLANTED): self._planted_purchases,
            last - max(PLANTED): self._planted_purchases,
            last - SHADOW_START: self._shadow_purchase,
            last - LOST_SALE: self._lost_sale,
            last - PENDING_SALE: self._pending_sale,
            last - LOST_PURCHASE: self._lost_purchase,
        }
        for session, day in enumerate(self._market.sessions):
            if session in events:
                events[session](session)
            if day.month != month:
                month, months = day.month, months + 1
                # The last two months hold nothing that would blur the trap.
                self._month(session, months, quiet=session > last - 45)
        return {key: purse.rows for key, purse in self._purses.items()}

    def _month(self, session: int, months: int, *, quiet: bool) -> None:
        for purse in self._purses.values():
            self._dividends(purse, session, months, quiet=quiet)
            if quiet:
                continue
            self._deposit(purse, session, months)
            if purse.account.sells and months > QUARTER and months % QUARTER == QUARTER - 1:
                self._sale(purse, session, seeks_loss=months % 2 == 1)
            self._purchases(purse, session, months)

    def _deposit(self, purse: _Purse, session: int, months: int) -> None:
        if months % QUARTER:
            return
        account = purse.account
        amount = account.quarterly_deposit if months else account.opening_deposit
        purse.tell(TransactionKind.DEPOSIT, self._day(session), amount=amount, note="Transfer from bank")
        if months and account.commission:
            interest = (purse.cash * Decimal("0.004")).quantize(CENT)
            purse.tell(TransactionKind.INTEREST, self._day(session), amount=interest, note="Credit interest")
        if account.commission and months:
            purse.tell(TransactionKind.FEE, self._day(session), amount=Decimal("-4.50"), note="Market data")

    def _purchases(self, purse: _Purse, session: int, months: int) -> None:
        favourites = purse.account.favourites
        if months == 0:
            chosen = list(favourites[:5])
        elif months % QUARTER:
            return
        else:
            chosen = [favourites[(months + step) % len(favourites)] for step in range(3)]
        # The first month invests most of the cash; later ones keep a reserve.
        budget = purse.cash * (Decimal("0.80") if months == 0 else Decimal("0.45"))
        for symbol in chosen:
            self._buy(purse, symbol, session, budget / len(chosen))

    def _buy(self, purse: _Purse, symbol: str, session: int, budget: Decimal) -> None:
        close = self._market.close(symbol, session)
        shares = (budget / close).quantize(Decimal(1), rounding=ROUND_FLOOR)
        if shares > 0:
            self._trade(purse, symbol, session, shares)

    def _trade(self, purse: _Purse, symbol: str, session: int, shares: Decimal) -> None:
        """Buy (positive) or sell (negative) `shares` within half a percent of the close."""
        close = self._market.close(symbol, session)
        price = (close * (1 + Decimal(self._random.randint(-50, 50)) / 10_000)).quantize(CENT)
        self._deal(purse, symbol, session, shares, price)

    def _deal(self, purse: _Purse, symbol: str, session: int, shares: Decimal, price: Decimal) -> None:
        fee = purse.account.commission
        if shares > 0:
            purse.paid[symbol] += shares * price + fee
        else:
            purse.paid[symbol] *= 1 + shares / purse.shares[symbol]
        purse.shares[symbol] += shares
        purse.tell(
            TransactionKind.BUY if shares > 0 else TransactionKind.SELL,
            self._day(session),
            instrument=self._facts(symbol),
            quantity=shares,
            price=price,
            amount=(-shares * price - fee).quantize(CENT),
            fees=fee,
        )

    def _sale(self, purse: _Purse, session: int, *, seeks_loss: bool) -> None:
        gains = {
            symbol: self._market.close(symbol, session) * shares - purse.paid[symbol]
            for symbol, shares in purse.shares.items()
            if shares > 1 and symbol != TRAP_SYMBOL
        }
        if not gains:
            return
        symbol = min(gains, key=gains.__getitem__) if seeks_loss else max(gains, key=gains.__getitem__)
        part = Decimal(2) if seeks_loss else Decimal(4)
        shares = (purse.shares[symbol] / part).quantize(Decimal(1), rounding=ROUND_FLOOR)
        if shares > 0:
            self._trade(purse, symbol, session, -shares)

    def _dividends(self, purse: _Purse, session: int, months: int, *, quiet: bool) -> None:
        for position, symbol in enumerate(sorted(YIELDS)):
            is_due = purse.shares[symbol] and not (months + position) % 6
            if is_due and not (quiet and symbol == LOST_SYMBOL):
                self._dividend(purse, symbol, session, Decimal(YIELDS[symbol]) / 2)

    def _dividend(self, purse: _Purse, symbol: str, session: int, share: Decimal) -> None:
        """Pay `share` of what is held, and reinvest it where the account does so."""
        close = self._market.close(symbol, session)
        amount = (purse.shares[symbol] * close * share).quantize(CENT)
        facts = self._facts(symbol)
        purse.tell(TransactionKind.DIVIDEND, self._day(session), instrument=facts, amount=amount)
        if purse.account.reinvests:
            bought = (amount / close).quantize(Decimal("0.0001"))
            purse.shares[symbol] += bought
            purse.paid[symbol] += amount
            purse.tell(
                TransactionKind.REINVEST,
                self._day(session),
                instrument=facts,
                quantity=bought,
                price=close,
                amount=-amount,
            )

    def _split(self, session: int) -> None:
        symbol, ratio = self._market.split_symbol, self._market.split_ratio
        for purse in self._purses.values():
            if held := purse.shares[symbol]:
                purse.shares[symbol] = held * ratio
                purse.tell(
                    TransactionKind.SPLIT,
                    self._day(session),
                    instrument=self._facts(symbol),
                    quantity=held * (ratio - 1),
                    ratio_new=Decimal(ratio),
                    ratio_old=Decimal(1),
                    note=f"{ratio} for 1 split",
                )

    def _transfer(self, session: int) -> None:
        giver, taker = self._purses["elena-fidelity"], self._purses["elena-ibkr"]
        for purse, kind, shares in (
            (giver, TransactionKind.TRANSFER_OUT, -TRANSFER_SHARES),
            (taker, TransactionKind.TRANSFER_IN, TRANSFER_SHARES),
        ):
            purse.shares[TRANSFER_SYMBOL] += shares
            purse.tell(
                kind,
                self._day(session),
                instrument=self._facts(TRANSFER_SYMBOL),
                quantity=shares,
                transfer_key="demo-jnj",
                note="Transfer in kind, Fidelity to Interactive Brokers",
            )

    def _trap_start(self, session: int) -> None:
        """Beside the fund, shares that turn long-term soon after the story ends."""
        self._trade(self._purses["elena-ibkr"], TRAP_SYMBOL, session, TRAP_SHARES)
        self._trade(self._purses["elena-ibkr"], MATURING_SYMBOL, session, MATURING_SHARES)

    def _trap_sale(self, session: int) -> None:
        self._trade(self._purses["elena-ibkr"], TRAP_SYMBOL, session, -TRAP_SHARES)

    def _trap_purchase(self, session: int) -> None:
        self._trade(self._purses["marcus-schwab"], TRAP_SYMBOL, session, TRAP_REBOUGHT)

    def _named_sale(self, session: int) -> None:
        self._at_close("elena-ibkr", NAMED_SYMBOL, session, -NAMED_SHARES)

    def _late_purchases(self, session: int) -> None:
        self._at_close("elena-ibkr", LOST_SYMBOL, session, LOST_SHARES)
        self._at_close("marcus-schwab", PENDING_SYMBOL, session, PENDING_SHARES)

    def _lost_sale(self, session: int) -> None:
        self._at_close("elena-ibkr", LOST_SYMBOL, session, -LOST_SHARES)

    def _lost_purchase(self, session: int) -> None:
        """The fund's distribution of the year, put back into it."""
        self._dividend(self._purses["elena-roth"], LOST_SYMBOL, session, Decimal(YIELDS[LOST_SYMBOL]))

    def _pending_sale(self, session: int) -> None:
        self._at_close("marcus-schwab", PENDING_SYMBOL, session, -PENDING_SHARES)

    def _planted_purchases(self, session: int) -> None:
        before_end = len(self._market.sessions) - 1 - session
        if before_end == max(PLANTED):
            self._new_money("elena-ibkr", session, PLANTED_DEPOSIT)
        for symbol, shares in PLANTED[before_end]:
            self._at_close("elena-ibkr", symbol, session, shares)

    def _shadow_purchase(self, session: int) -> None:
        self._new_money("marcus-schwab", session, SHADOW_DEPOSIT)
        self._at_close("marcus-schwab", SHADOW_SYMBOL, session, SHADOW_SHARES)

    def _new_money(self, key: str, session: int, amount: Decimal) -> None:
        purse = self._purses[key]
        purse.tell(TransactionKind.DEPOSIT, self._day(session), amount=amount, note="Transfer from bank")

    def _at_close(self, key: str, symbol: str, session: int, shares: Decimal) -> None:
        self._deal(self._purses[key], symbol, session, shares, self._market.close(symbol, session))

    def _facts(self, symbol: str) -> Any:
        return self._market.quoted[symbol].facts

    def _day(self, session: int) -> date:
        return self._market.sessions[session]
