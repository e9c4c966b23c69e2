"""Pairs sales of the book with reported lines, one to one, from what agrees in everything downwards."""

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from common.money import cents
from taxharvest.engine.records import TaxSale
from taxharvest.engine.reported_lines import ReportedLine
from taxharvest.engine.sale_parts import ZERO, merged, true_term


@dataclass(frozen=True, slots=True)
class Side:
    """A sale or a line, or pieces of one added up, as far as matching looks at it."""

    place: int
    sales: tuple[TaxSale, ...]
    lines: tuple[ReportedLine, ...]
    account: str
    cusip: str
    symbol: str
    sold: date
    acquired: date | None
    quantity: Decimal | None
    proceeds: Decimal
    basis: Decimal | None


Key = Callable[[Side], tuple[Hashable, ...]]
# From what agrees in everything to what agrees only in the security and one thing more.
EXACT: tuple[Key, ...] = (
    lambda side: (side.sold, side.quantity, side.acquired, side.proceeds, side.basis),
    lambda side: (side.sold, side.quantity, side.acquired, side.proceeds),
    lambda side: (side.sold, side.quantity, side.acquired),
)
LOOSE: tuple[Key, ...] = (
    *EXACT,
    lambda side: (side.sold, side.quantity, side.proceeds),
    lambda side: (side.sold, side.quantity),
    lambda side: (side.sold, side.acquired, side.proceeds),
    lambda side: (side.sold, side.acquired),
    lambda side: (side.sold, side.proceeds),
    lambda side: (side.quantity, side.acquired, side.proceeds),
)
_SECURITIES: tuple[Callable[[Side], str], ...] = (lambda side: side.cusip, lambda side: side.symbol)


def side_of_sale(place: int, sales: tuple[TaxSale, ...]) -> Side:
    """Sales of one lot as one side of a pair; `place` is where the first of them stood."""
    whole = merged(sales)
    return Side(
        place=place,
        sales=sales,
        lines=(),
        account=whole.account,
        cusip=whole.cusip.upper(),
        symbol=whole.symbol.upper(),
        sold=whole.sold,
        acquired=None if whole.is_inherited else whole.acquired,
        quantity=whole.quantity.normalize(),
        proceeds=cents(whole.proceeds),
        basis=None if whole.basis is None else cents(whole.basis),
    )


def side_of_line(place: int, lines: tuple[ReportedLine, ...]) -> Side:
    """Lines of one lot as one side of a pair; a quantity or basis that one of them lacks is lacking."""
    first = lines[0]
    quantities = [line.quantity for line in lines if line.quantity is not None]
    bases = [line.basis for line in lines if line.basis is not None]
    return Side(
        place=place,
        sales=(),
        lines=lines,
        account=first.account,
        cusip=first.cusip.upper(),
        symbol=first.symbol.upper(),
        sold=first.sold,
        acquired=first.acquired,
        quantity=sum(quantities, ZERO).normalize() if len(quantities) == len(lines) else None,
        proceeds=cents(sum((line.proceeds for line in lines), ZERO)),
        basis=cents(sum(bases, ZERO)) if len(bases) == len(lines) else None,
    )


def paired(ours: Sequence[Side], theirs: Sequence[Side], keys: Sequence[Key]) -> list[tuple[Side, Side]]:
    """Pairs by the first key that both agree in; a key with nothing known in it pairs nobody."""
    pairs: list[tuple[Side, Side]] = []
    for key in keys:
        for security in _SECURITIES:
            ours, theirs, found = _pass(ours, theirs, key, security)
            pairs += found
    return pairs


def _pass(
    ours: Sequence[Side], theirs: Sequence[Side], key: Key, security: Callable[[Side], str]
) -> tuple[list[Side], list[Side], list[tuple[Side, Side]]]:
    waiting: dict[tuple[Hashable, ...], deque[Side]] = defaultdict(deque)
    for side in theirs:
        if security(side) and None not in key(side):
            waiting[security(side), *key(side)].append(side)
    pairs: list[tuple[Side, Side]] = []
    for side in ours:
        candidates = waiting.get((security(side), *key(side)), deque())
        found = next((other for other in candidates if _may_be_same(side, other)), None)
        if found is not None:
            candidates.remove(found)
            pairs.append((side, found))
    left_ours, left_theirs = left(ours, theirs, pairs)
    return left_ours, left_theirs, pairs


def _may_be_same(our: Side, their: Side) -> bool:
    """Two CUSIPs that differ are two securities, whatever their symbol; a symbol may move to another one."""
    return not (our.cusip and their.cusip and our.cusip != their.cusip)


def left(
    ours: Sequence[Side], theirs: Sequence[Side], pairs: Sequence[tuple[Side, Side]]
) -> tuple[list[Side], list[Side]]:
    """What of both sides is in none of the pairs."""
    used = ({our.place for our, _ in pairs}, {their.place for _, their in pairs})
    return (
        [side for side in ours if side.place not in used[0]],
        [side for side in theirs if side.place not in used[1]],
    )


def _lot(side: Side) -> tuple[Hashable, ...]:
    return side.account, side.cusip or side.symbol, side.sold, side.acquired


def merged_sales(sides: Sequence[Side]) -> list[Side]:
    """The sides with pieces of one lot and term added up."""
    groups: dict[tuple[Hashable, ...], list[Side]] = defaultdict(list)
    for side in sides:
        groups[*_lot(side), *(true_term(sale) for sale in side.sales)].append(side)
    return [
        side_of_sale(same[0].place, tuple(sale for side in same for sale in side.sales))
        for same in groups.values()
    ]


def merged_lines(sides: Sequence[Side]) -> list[Side]:
    """The lines with pieces of one lot and term added up."""
    groups: dict[tuple[Hashable, ...], list[Side]] = defaultdict(list)
    for side in sides:
        groups[*_lot(side), *(line.term for line in side.lines)].append(side)
    return [
        side_of_line(same[0].place, tuple(line for side in same for line in side.lines))
        for same in groups.values()
    ]
