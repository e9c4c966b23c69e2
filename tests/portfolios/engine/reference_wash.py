"""A second, slow reading of the wash-sale rule, written from the regulation: what the engine is held against.

It works on the JSON cases of `tests/golden/portfolios`, in exact fractions, one row after the other, and
shares no line with the product. Blocks of shares are divided whenever a part of them is treated apart.
"""

import calendar
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

WINDOW = timedelta(days=30)
TAXED = ("taxable", "spouse_taxable")
DIGITAL = ("crypto", "digital_asset")
CENT = Decimal("0.01")


@dataclass(kw_only=True, eq=False)
class Block:
    """Shares of one purchase that are alike in everything; `sale` is empty while they are held."""

    account: str
    symbol: str
    lot: str
    purchase: str
    number: int
    acquired: date
    holding_date: date
    shares: Fraction
    basis: Fraction
    is_used: bool = False
    sale: str = ""
    order: str = ""
    sold: date = date.max
    proceeds: Fraction = Fraction(0)
    disallowed: Fraction = Fraction(0)
    permanent: Fraction = Fraction(0)

    @property
    def gain(self) -> Fraction:
        return self.proceeds - self.basis

    def part(self, shares: Fraction) -> "Block":
        """A block of `shares` taken out of this one, with its share of every amount."""
        ratio = shares / self.shares
        names = ("basis", "proceeds", "disallowed", "permanent")
        amounts = {name: getattr(self, name) * ratio for name in names}
        for name, amount in amounts.items():
            setattr(self, name, getattr(self, name) - amount)
        self.shares -= shares
        return replace(self, shares=shares, **amounts)


class Reading:
    """One case, read from its first row to its last."""

    def __init__(self, case: Mapping[str, Any]) -> None:
        self.accounts = case["accounts"]
        self.identical = case.get("identical") or {}
        self.assets = case.get("assets") or {}
        self.policy = case.get("policy") or {}
        self.rows = case["transactions"]
        self.held: list[Block] = []
        self.sold: list[Block] = []
        self.waiting: list[Block] = []
        self.splits: list[tuple[int, str, Fraction]] = []
        self.is_ambiguous = False
        self.row_number = 0
        self.sale_numbers: dict[str, int] = {}

    def read(self) -> None:
        last_fill = {self.order_of(row): number for number, row in enumerate(self.rows)}
        for number, row in enumerate(self.rows):
            self.row_number = number
            if row["action"] in ("buy", "reinvest"):
                self.buy(row)
            elif row["action"] == "split":
                self.split(row)
            else:
                self.sell(row)
                if last_fill[self.order_of(row)] == number:
                    self.look_back(self.order_of(row))

    # What the rows say.

    @staticmethod
    def order_of(row: Mapping[str, Any]) -> str:
        return f"{row['action']} {row.get('purchase') or row['id']}"

    def buy(self, row: Mapping[str, Any]) -> None:
        day = date.fromisoformat(row["date"])
        block = Block(
            account=row["account"],
            symbol=row["symbol"],
            lot=row["id"],
            purchase=row.get("purchase") or row["id"],
            number=self.row_number,
            acquired=day,
            holding_date=day,
            shares=Fraction(row["shares"]),
            basis=Fraction(row["amount"]),
            is_used=bool(row.get("already_used")),
        )
        self.held.append(block)
        # Losses of the last 30 days have waited for this purchase: in the order of their sales.
        for loss in list(self.waiting):
            if block.shares and self.replaces(block, loss):
                self.wash(loss, block, self.held)

    def split(self, row: Mapping[str, Any]) -> None:
        """A split is the issuer's act: it reaches each account once, whichever account's row tells of it."""
        ratio = Fraction(row["ratio"])
        same = [
            other
            for other in self.rows
            if (other["action"], other["symbol"], other["date"]) == ("split", row["symbol"], row["date"])
        ]
        own = {other["account"] for other in same}
        is_first = same[0] is row
        for block in self.held:
            if block.symbol == row["symbol"] and (
                block.account == row["account"] or (is_first and block.account not in own)
            ):
                block.shares *= ratio
        if is_first:
            self.splits.append((self.row_number, row["symbol"], ratio))

    def sell(self, row: Mapping[str, Any]) -> None:
        self.sale_numbers[row["id"]] = self.row_number
        total = Fraction(row["shares"])
        for block in list(self.taken(row)):
            block.sale = row["id"]
            block.order = self.order_of(row)
            block.sold = date.fromisoformat(row["date"])
            block.proceeds = Fraction(row["amount"]) * block.shares / total
            self.sold.append(block)

    def taken(self, row: Mapping[str, Any]) -> Iterator[Block]:
        """The shares sold: those named, else the first acquired; of one lot, the longest held first."""
        own = [b for b in self.held if (b.account, b.symbol) == (row["account"], row["symbol"])]
        named = row.get("lots")
        if named:
            for choice in named:
                yield from self.drawn([b for b in own if b.lot == choice["lot"]], Fraction(choice["shares"]))
        else:
            yield from self.drawn(own, Fraction(row["shares"]))

    def drawn(self, blocks: list[Block], shares: Fraction) -> Iterator[Block]:
        order = sorted(blocks, key=lambda b: (b.acquired, b.number, b.holding_date, not b.is_used))
        for place, block in enumerate(order):
            if not shares:
                return
            if block.shares > shares:
                self.note_ambiguity(block, order[:place] + order[place + 1 :])
            piece = block.part(min(shares, block.shares))
            if not block.shares:
                self.held.remove(block)
            shares -= piece.shares
            yield piece
            if not shares and place + 1 < len(order):
                self.note_ambiguity(block, order[place + 1 :])
        if shares:
            raise ValueError("more is sold than is held")

    def note_ambiguity(self, block: Block, others: Iterable[Block]) -> None:
        """Parts of one lot with one holding date: nothing says which of them goes first."""
        for other in others:
            if (other.lot, other.holding_date) == (block.lot, block.holding_date):
                self.is_ambiguous = True

    # What the rule makes of them.

    def look_back(self, order: str) -> None:
        """Holds the losses of one order against what was acquired before it; the rest of them waits."""
        pieces = [piece for piece in self.sold if piece.order == order]
        first_row = {piece.sale: self.sale_numbers[piece.sale] for piece in pieces}
        pieces.sort(key=lambda p: (first_row[p.sale], p.acquired, p.number, p.holding_date, not p.is_used))
        while pieces:
            piece = pieces.pop(0)
            if piece.gain >= 0 or not self.is_covered(piece):
                continue
            self.waiting.append(piece)
            candidates = [*self.held]
            if self.policy.get("same_sale_replacement", False):
                candidates += pieces
            if not self.policy.get("replacement_must_be_held", True):
                # A loss that moves into shares sold before is recognised there; a washed one is left alone.
                candidates += [b for b in self.sold if b.order != order and not b.disallowed]
            for block in sorted(candidates, key=lambda b: (b.acquired, b.number)):
                if piece in self.waiting and self.replaces(block, piece):
                    self.wash(piece, block, pieces if block in pieces else self.held)

    def is_covered(self, loss: Block) -> bool:
        """Whether section 1091 covers a loss: not one in an IRA, nor on a digital asset before its day."""
        if self.accounts[loss.account]["kind"] not in TAXED:
            return False
        if (self.assets.get(loss.symbol) or {}).get("class") in DIGITAL:
            since = self.policy.get("digital_assets_from")
            return since is not None and loss.sold >= date.fromisoformat(since)
        return True

    def replaces(self, block: Block, loss: Block) -> bool:
        """Whether `block` is identical, acquired in the 61 days, unused, and of another purchase."""
        return (
            self.group(block.symbol) == self.group(loss.symbol)
            and loss.sold - WINDOW <= block.acquired <= loss.sold + WINDOW
            and not block.is_used
            and (block.purchase != loss.purchase or self.policy.get("same_purchase_replacement", False))
        )

    def group(self, symbol: str) -> str:
        return str(self.identical.get(symbol, symbol))

    def wash(self, loss: Block, block: Block, home: list[Block]) -> None:
        """Matches as many shares of both as there are, share for share as of the day of the sale."""
        scale = self.scale_since(block.symbol, loss)
        shares = min(loss.shares, block.shares / scale)
        washed, taken = loss.part(shares), block.part(shares * scale)
        if not loss.shares:
            self.waiting.remove(loss)
            self.sold.remove(loss)
        self.sold.append(washed)
        self.keep(taken, block, home)
        washed.disallowed = -washed.gain
        taken.is_used = True
        if self.is_lost(loss, block):
            washed.permanent = washed.disallowed
        else:
            taken.basis += washed.disallowed
            taken.holding_date -= washed.sold - washed.holding_date

    def keep(self, taken: Block, rest: Block, home: list[Block]) -> None:
        """Puts the matched part where the block stands, and takes the block away when nothing is left."""
        for place in (home, self.sold, self.waiting):
            if rest in place:
                place.insert(place.index(rest), taken)
                if not rest.shares:
                    place.remove(rest)

    def is_lost(self, loss: Block, block: Block) -> bool:
        """IRAs take up no loss (Rev. Rul. 2008-5); the spouse's shares do unless the policy says no."""
        ours, theirs = self.accounts[loss.account], self.accounts[block.account]
        if theirs["kind"] not in TAXED:
            return True
        return ours["owner"] != theirs["owner"] and self.policy.get("spouse_basis") == "permanent"

    def scale_since(self, symbol: str, loss: Block) -> Fraction:
        """What one share of `symbol` on the day of the sale has become by now."""
        scale = Fraction(1)
        for number, split_symbol, ratio in self.splits:
            if split_symbol == symbol and number > self.sale_numbers[loss.sale]:
                scale *= ratio
        return scale


def is_long(start: date, sold: date) -> bool:
    """More than one year from the day after `start`; a last day of a month counts by months (66-7)."""
    following = start + timedelta(days=1)
    if start.day == calendar.monthrange(start.year, start.month)[1]:
        return sold >= following.replace(year=following.year + 1)
    return sold > start.replace(year=start.year + 1)


def expected(case: Mapping[str, Any]) -> dict[str, Any]:
    """The `expected` of a wash-sale case, amounts rounded to cents once, at the end."""
    reading = Reading(case)
    reading.read()
    return result_of(reading)


def result_of(reading: Reading) -> dict[str, Any]:
    """What was sold in taxed accounts and what is open everywhere, as the case format writes it."""
    sold = [block for block in reading.sold if reading.accounts[block.account]["kind"] in TAXED]
    return {
        "disposals": [
            {
                "sale": b.sale,
                "lot": b.lot,
                "shares": plain(b.shares),
                "acquired": b.acquired.isoformat(),
                "holding_date": b.holding_date.isoformat(),
                "sold": b.sold.isoformat(),
                "proceeds": cents(b.proceeds),
                "basis": cents(b.basis),
                "disallowed": cents(b.disallowed),
                "permanently_disallowed": cents(b.permanent),
                "gain": cents(b.gain + b.disallowed),
                "term": "L" if is_long(b.holding_date, b.sold) else "S",
            }
            for b in joined(sold, reading)
        ],
        "open_lots": [
            {
                "lot": b.lot,
                "account": b.account,
                "shares": plain(b.shares),
                "basis": cents(b.basis),
                "acquired": b.acquired.isoformat(),
                "holding_date": b.holding_date.isoformat(),
            }
            for b in joined(reading.held, reading)
        ],
    }


def joined(blocks: Iterable[Block], reading: Reading) -> list[Block]:
    """Blocks that the case format cannot tell apart as one: by sale, lot, holding date, washed or not."""
    found: dict[tuple[Any, ...], Block] = {}
    for block in blocks:
        place = reading.sale_numbers.get(block.sale, len(reading.rows))
        key = (place, block.number, block.account, block.holding_date, not block.disallowed)
        if key in found:
            for name in ("shares", "basis", "proceeds", "disallowed", "permanent"):
                setattr(found[key], name, getattr(found[key], name) + getattr(block, name))
        else:
            found[key] = replace(block)
    return [found[key] for key in sorted(found)]


def cents(value: Fraction) -> str:
    return str((Decimal(value.numerator) / Decimal(value.denominator)).quantize(CENT))


def plain(value: Fraction) -> str:
    decimal = (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal("0.00000001"))
    return f"{decimal.normalize():f}"
