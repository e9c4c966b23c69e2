"""Random households for the wash-sale rule, as cases: accounts, purchases, sales, splits, orders of fills."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

Case = dict[str, Any]

ACCOUNTS = {
    "T1": {"kind": "taxable", "owner": "taxpayer"},
    "T3": {"kind": "taxable", "owner": "taxpayer"},
    "I1": {"kind": "ira", "owner": "taxpayer"},
    "R1": {"kind": "roth", "owner": "taxpayer"},
    "T2": {"kind": "spouse_taxable", "owner": "spouse"},
    "I2": {"kind": "spouse_ira", "owner": "spouse"},
}
IDENTICAL = {"A": "one", "B": "one"}
# Sales at .37 and purchases at .13 never meet, so no loss is nothing but a rounding; and ratios of twos and
# fives keep every number of shares finite.
BOUGHT_AT, SOLD_AT = Decimal("0.13"), Decimal("0.37")
RATIOS = {"2": Decimal(2), "5": Decimal(5), "10": Decimal(10), "1/2": Decimal("0.5"), "1/5": Decimal("0.2")}

shares = st.one_of(st.integers(1, 40).map(Decimal), st.decimals("0.01", "20", places=2))
prices = st.integers(60, 140).map(Decimal)
gaps = st.one_of(st.just(0), st.integers(0, 12), st.integers(28, 32))


@dataclass
class Household:
    """What is held while a ledger is made: shares by lot, by account and symbol, in order of purchase."""

    draw: st.DrawFn
    accounts: list[str]
    splits_left: int
    day: date = date(2023, 1, 2)
    rows: list[dict[str, Any]] = field(default_factory=list)
    held: dict[tuple[str, str], dict[str, Decimal]] = field(default_factory=dict)

    def step(self) -> None:
        self.day += timedelta(days=self.draw(gaps))
        acts = [self.buy, self.buy, self.sell, self.sell, self.sell_named]
        if self.splits_left:
            acts.append(self.split)
        self.draw(st.sampled_from(acts))()

    def row(self, action: str, place: tuple[str, str], **facts: Any) -> dict[str, Any]:
        number = len(self.rows) + 1
        account, symbol = place
        row = {
            "id": f"{action}{number}",
            "date": self.day.isoformat(),
            "account": account,
            "symbol": symbol,
            "action": action,
            **facts,
        }
        self.rows.append(row)
        return row

    def buy(self) -> None:
        place = self.draw(st.sampled_from(self.accounts)), self.draw(st.sampled_from("AABC"))
        action = self.draw(st.sampled_from(["buy", "buy", "reinvest"]))
        for order in self.fills():
            quantity, price = self.draw(shares), self.draw(prices) + BOUGHT_AT
            row = self.row(action, place, **order, shares=str(quantity), amount=str(quantity * price))
            self.held.setdefault(place, {})[row["id"]] = quantity

    def sell(self) -> None:
        place = self.place()
        if place is None:
            return
        for order in self.fills():
            lots = self.held[place]
            total = sum(lots.values())
            if not total:
                return
            quantity = self.part(Decimal(total))
            self.sale(place, quantity, **order)
            for lot in list(lots):
                taken = min(lots[lot], quantity)
                quantity -= taken
                lots[lot] -= taken

    def sell_named(self) -> None:
        place = self.place()
        if place is None:
            return
        lots = self.held[place]
        names = self.draw(st.lists(st.sampled_from([n for n in lots if lots[n]]), unique=True, min_size=1))
        choices = {name: self.part(lots[name]) for name in names}
        named = [{"lot": name, "shares": str(quantity)} for name, quantity in choices.items()]
        self.sale(place, sum(choices.values(), Decimal(0)), lots=named)
        for name, quantity in choices.items():
            lots[name] -= quantity

    def sale(self, place: tuple[str, str], quantity: Decimal, **facts: Any) -> None:
        price = self.draw(prices) + SOLD_AT
        self.row("sell", place, shares=str(quantity), amount=str(quantity * price), **facts)

    def split(self) -> None:
        symbol, ratio = self.draw(st.sampled_from("ABC")), self.draw(st.sampled_from(sorted(RATIOS)))
        # One split of a symbol a day: two on one day would be one split, told by two accounts.
        self.splits_left -= 1
        self.day += timedelta(days=1)
        self.row("split", (self.accounts[0], symbol), ratio=ratio)
        for (_, held_symbol), lots in self.held.items():
            if held_symbol == symbol:
                for lot in lots:
                    lots[lot] *= RATIOS[ratio]

    def place(self) -> tuple[str, str] | None:
        places = sorted(place for place, lots in self.held.items() if any(lots.values()))
        return self.draw(st.sampled_from(places)) if places else None

    def part(self, held: Decimal) -> Decimal:
        """All of `held` or a part of it, in hundredths of a share or finer where it is finer."""
        if self.draw(st.booleans()):
            return held
        part = (held * self.draw(st.integers(1, 9)) / 10).quantize(Decimal("0.01"))
        return part if 0 < part < held else held

    def fills(self) -> Iterator[dict[str, str]]:
        """One order, most often of one fill and without a name."""
        if self.draw(st.integers(0, 4)):
            yield {}
        else:
            order = f"order {len(self.rows)}"
            yield {"purchase": order}
            yield {"purchase": order}


@st.composite
def households(draw: st.DrawFn, *, max_splits: int = 3) -> Case:
    """A case of up to 24 orders over two to four accounts, the first of which is taxable."""
    names = sorted(set(ACCOUNTS) - {"T1"})
    others = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    household = Household(draw, ["T1", *others], max_splits)
    household.buy()
    for _ in range(draw(st.integers(1, 23))):
        household.step()
    return {
        "id": "random",
        "kind": "wash_sale",
        "tolerance": "0.01",
        "accounts": {name: ACCOUNTS[name] for name in household.accounts},
        "identical": IDENTICAL,
        "policy": {"spouse_basis": draw(st.sampled_from(["adjust", "adjust", "permanent"]))},
        "transactions": household.rows,
        "expected": {},
    }
