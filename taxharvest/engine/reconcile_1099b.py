"""Our sales against what the broker reported: pairs, and in words what differs and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from common.money import split
from taxharvest.engine.records import ReportedSale, TaxSale
from taxharvest.engine.reported_differences import Difference, differences, only_book, only_broker
from taxharvest.engine.reported_lines import ReportedLine
from taxharvest.engine.reported_pairs import (
    EXACT,
    LOOSE,
    left,
    merged_lines,
    merged_sales,
    paired,
    side_of_line,
    side_of_sale,
)
from taxharvest.engine.sale_parts import CENT, ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Sales of the book and lines of the broker about the same thing; several are pieces of one lot."""

    sales: tuple[TaxSale, ...]
    lines: tuple[ReportedLine, ...]
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """Matches, and what has no counterpart: each with a difference that says what it is and where."""

    matches: tuple[Match, ...]
    only_broker: tuple[tuple[ReportedLine, Difference], ...] = ()
    only_book: tuple[tuple[TaxSale, Difference], ...] = ()

    @property
    def differences(self) -> tuple[Difference, ...]:
        """All differences: of the matches, then of lines and of sales without a counterpart."""
        paired = [difference for match in self.matches for difference in match.differences]
        alone = [difference for _, difference in (*self.only_broker, *self.only_book)]
        return (*paired, *alone)


def reconcile_1099b(
    sales: Iterable[TaxSale],
    lines: Iterable[ReportedLine],
    *,
    taxpayer_disallowed: Mapping[str, Decimal] | None = None,
) -> Reconciliation:
    """`sales` as the broker's rules see them, held against the `lines` that the broker reported.

    Each sale and each line is used once. They are matched by security (CUSIP, else symbol), day of sale,
    quantity and day of purchase; where those do not all agree, by less of it, and pieces of one lot are added
    up first. `taxpayer_disallowed` gives the disallowed loss over all accounts by key of the sale, for the
    difference that the taxpayer has to report. Amounts that differ by a cent are taken as rounded.
    """
    ours = [side_of_sale(place, (sale,)) for place, sale in enumerate(sales)]
    theirs = [side_of_line(place, (line,)) for place, line in enumerate(lines)]
    pairs = paired(ours, theirs, EXACT)
    ours, theirs = left(ours, theirs, pairs)
    loose_ours, loose_theirs = merged_sales(ours), merged_lines(theirs)
    loose = paired(loose_ours, loose_theirs, LOOSE)
    loose_ours, loose_theirs = left(loose_ours, loose_theirs, loose)
    everything = sorted((*pairs, *loose), key=lambda pair: pair[0].place)
    return Reconciliation(
        matches=tuple(
            Match(
                sales=our.sales,
                lines=their.lines,
                differences=differences(our, their, taxpayer_disallowed=taxpayer_disallowed or {}),
            )
            for our, their in everything
        ),
        only_broker=tuple((line, only_broker(line)) for side in loose_theirs for line in side.lines),
        only_book=tuple((sale, only_book(sale)) for side in loose_ours for sale in side.sales),
    )


def with_reported(sales: Iterable[TaxSale], reconciliation: Reconciliation) -> tuple[TaxSale, ...]:
    """`sales` with what the broker reported of each, as the matches say; others as they are.

    Where several sales share a match, its proceeds are shared out by quantity, its basis by basis, and its
    disallowed loss by theirs; cents add up to what was reported.
    """
    reported = {
        sale.key: share
        for match in reconciliation.matches
        for sale, share in zip(match.sales, _shares(match), strict=True)
    }
    return tuple(
        replace(sale, reported=reported[sale.key]) if sale.key in reported else sale for sale in sales
    )


def _shares(match: Match) -> list[ReportedSale]:
    whole = _whole_report(match.lines)
    quantities = [sale.quantity for sale in match.sales]
    washed = [sale.disallowed for sale in match.sales]
    bases = [ZERO if sale.basis is None else sale.basis for sale in match.sales]
    proceeds = _shared(whole.proceeds, quantities)
    basis = None if whole.basis is None else _shared(whole.basis, bases if min(bases) > 0 else quantities)
    disallowed = _shared(whole.disallowed, washed if any(washed) else quantities)
    return [
        replace(
            whole,
            proceeds=proceeds[place],
            basis=None if basis is None else basis[place],
            disallowed=disallowed[place],
        )
        for place in range(len(match.sales))
    ]


def _whole_report(lines: Sequence[ReportedLine]) -> ReportedSale:
    bases = [line.basis for line in lines if line.basis is not None]
    return replace(
        lines[0].reported_sale,
        proceeds=sum((line.proceeds for line in lines), ZERO),
        basis=sum(bases, ZERO) if len(bases) == len(lines) else None,
        disallowed=sum((line.disallowed for line in lines), ZERO),
        is_basis_reported=all(line.is_basis_reported for line in lines),
    )


def _shared(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    return split(amount, weights, CENT)
