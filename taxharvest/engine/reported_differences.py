"""What differs between a sale and the line that a broker reported of it, in words with the likely cause."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from common.money import cents
from portfolios.engine.figures import day_text
from portfolios.engine.records import Term
from taxharvest.engine.records import TaxSale
from taxharvest.engine.reported_lines import ReportedLine
from taxharvest.engine.reported_pairs import Side
from taxharvest.engine.sale_parts import CENT, ZERO, merged, true_term

OTHER_ACCOUNT = (
    "the replacement is in another account or is not the same security, which the broker does not look at "
    "(IRC 6045(g)(2)(B)(ii))"
)


class DifferenceKind(StrEnum):
    """What differs between a sale and its reported line."""

    PROCEEDS = "proceeds"
    BASIS = "basis"
    WASH = "wash"
    TERM = "term"
    QUANTITY = "quantity"
    ACQUIRED = "acquired"
    SOLD = "sold"
    ONLY_BROKER = "only_broker"
    ONLY_BOOK = "only_book"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One difference and its reason in words; `amount` is the book's less the broker's, if it is a number."""

    kind: DifferenceKind
    reason: str
    amount: Decimal | None = None


def differences(
    our: Side, their: Side, *, taxpayer_disallowed: Mapping[str, Decimal]
) -> tuple[Difference, ...]:
    """All differences of a pair; amounts within a cent of each other are the same, rounded.

    `taxpayer_disallowed` is the disallowed loss over all accounts by key of the sale; where it has none, the
    sale's own counts.
    """
    return (
        *_dates_and_quantity(our, their),
        *_proceeds(our, their),
        *_basis(our, their),
        *_wash(our, their, taxpayer_disallowed),
        *_term(merged(our.sales), their),
    )


def _dates_and_quantity(our: Side, their: Side) -> Iterable[Difference]:
    if our.sold != their.sold:
        yield Difference(
            kind=DifferenceKind.SOLD,
            reason=f"the broker has the sale on {day_text(their.sold)}, the book on {day_text(our.sold)}",
        )
    if our.acquired and their.acquired and our.acquired != their.acquired:
        yield Difference(
            kind=DifferenceKind.ACQUIRED,
            reason=f"the broker has the purchase on {day_text(their.acquired)}, "
            f"the book on {day_text(our.acquired)}",
        )
    if our.quantity is not None and their.quantity is not None and our.quantity != their.quantity:
        yield Difference(
            kind=DifferenceKind.QUANTITY,
            amount=our.quantity - their.quantity,
            reason=f"the broker reports {their.quantity:,f}, the book has {our.quantity:,f}",
        )


def _proceeds(our: Side, their: Side) -> Iterable[Difference]:
    amount = our.proceeds - their.proceeds
    if abs(amount) <= CENT:
        return
    cause = " that the broker may not have taken off as fees" if amount < 0 else ""
    yield Difference(
        kind=DifferenceKind.PROCEEDS,
        amount=amount,
        reason=f"the broker reports proceeds of {their.proceeds:,}, the book has {our.proceeds:,}: "
        f"{abs(amount):,} {'more' if amount > 0 else 'less'}{cause}",
    )


def _basis(our: Side, their: Side) -> Iterable[Difference]:
    if our.basis is None and their.basis is None:
        return
    if our.basis is None or their.basis is None:
        who, whose, basis = (
            ("the broker gives no basis", "the book has", our.basis)
            if their.basis is None
            else ("the book does not know the basis", "the broker reports", their.basis)
        )
        yield Difference(kind=DifferenceKind.BASIS, reason=f"{who}; {whose} {basis:,}")
        return
    amount = our.basis - their.basis
    if abs(amount) > CENT:
        yield Difference(
            kind=DifferenceKind.BASIS,
            amount=amount,
            reason=f"the broker reports a basis of {their.basis:,}, the book has {our.basis:,}: "
            f"{abs(amount):,} {'more' if amount > 0 else 'less'}",
        )


def _wash(our: Side, their: Side, taxpayer_disallowed: Mapping[str, Decimal]) -> Iterable[Difference]:
    """Box 1g against the book in the broker's scope, and against the taxpayer's over all accounts."""
    shown = cents(sum((line.disallowed for line in their.lines), ZERO))
    in_scope = cents(sum((sale.disallowed for sale in our.sales), ZERO))
    everywhere = cents(sum((taxpayer_disallowed.get(sale.key, sale.disallowed) for sale in our.sales), ZERO))
    if abs(in_scope - shown) > CENT:
        yield Difference(
            kind=DifferenceKind.WASH,
            amount=in_scope - shown,
            reason=f"box 1g shows {shown:,}, the book has {in_scope:,} in this account alone",
        )
    if abs(everywhere - in_scope) > CENT:
        yield Difference(
            kind=DifferenceKind.WASH,
            amount=everywhere - shown,
            reason=f"box 1g shows {shown:,}, over all accounts {everywhere:,} is disallowed: {OTHER_ACCOUNT}",
        )


def _term(sale: TaxSale, their: Side) -> Iterable[Difference]:
    shown, own = their.lines[0].term, true_term(sale)
    if shown is not own and Term.UNKNOWN not in (shown, own):
        cause = "; what was inherited is always long-term (IRC 1223(9))" if sale.is_inherited else ""
        yield Difference(
            kind=DifferenceKind.TERM,
            reason=f"the broker reports {shown}-term, the book has {own}-term{cause}",
        )


def only_broker(line: ReportedLine) -> Difference:
    """The difference that a line without a sale is."""
    quantity = "" if line.quantity is None else f"{line.quantity.normalize():,f} of "
    where = f" in account {line.account}" if line.account else ""
    return Difference(
        kind=DifferenceKind.ONLY_BROKER,
        amount=-line.proceeds,
        reason=f"line {line.line} of the broker's file: {quantity}{line.name} sold on "
        f"{day_text(line.sold)} for {cents(line.proceeds):,}{where} is not in the book",
    )


def only_book(sale: TaxSale) -> Difference:
    """The difference that a sale without a line is."""
    where = f" in account {sale.account}" if sale.account else ""
    return Difference(
        kind=DifferenceKind.ONLY_BOOK,
        amount=sale.proceeds,
        reason=f"{sale.quantity.normalize():,f} of {sale.symbol or sale.description} sold on "
        f"{day_text(sale.sold)} for {cents(sale.proceeds):,}{where} was not reported by the broker",
    )
