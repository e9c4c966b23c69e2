"""Lots that a person names for a sale: until when that can be said, and whether what is said can be."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from common.dates import weekdays
from portfolios.engine.records import LotChoice

WEEK = timedelta(days=7)


def selection_deadline(trade_date: date, settle_date: date | None) -> date:
    """The last day on which shares may be named for a sale: the settlement (Reg. 1.1012-1(c)(8)).

    A sale whose settlement is not stated settles one business day later (17 CFR 240.15c6-1); holidays are
    not known here, so the deadline may be a day early and is never late.
    """
    return settle_date or next(weekdays(trade_date + timedelta(days=1), trade_date + WEEK))


def selection_problems(
    choices: Sequence[LotChoice],
    *,
    sold: Decimal,
    open_now: Mapping[UUID, Decimal],
    names: Mapping[UUID, str],
) -> list[str]:
    """What is wrong with a choice of lots for a sale of `sold` shares (positive), a sentence each.

    `open_now` holds the shares of each undivided lot before the sale, `names` how a person knows it ("of 2
    Mar 2026"). An empty choice is right: it leaves the sale to the account's method.
    """
    problems = [
        sentence
        for choice in choices
        for sentence in _problems_of(choice, names.get(choice.lot_id, str(choice.lot_id)), open_now)
    ]
    if len({choice.lot_id for choice in choices}) < len(choices):
        problems.append("A lot is named twice: name each lot once.")
    total = sum((choice.quantity for choice in choices), Decimal(0))
    if choices and total != sold:
        problems.append(
            f"The lots add up to {_plain(total)} shares, but {_plain(sold)} were sold: "
            f"{_plain(abs(sold - total))} too {'few' if total < sold else 'many'}."
        )
    return problems


def _problems_of(choice: LotChoice, name: str, open_now: Mapping[UUID, Decimal]) -> Iterator[str]:
    held = open_now.get(choice.lot_id)
    if held is None:
        yield f"The lot {name} was not open in this account when the shares were sold."
    elif choice.quantity > held:
        yield f"The lot {name} held {_plain(held)} shares then, not {_plain(choice.quantity)}."
    if choice.quantity <= 0:
        yield f"The lot {name} needs a number of shares above zero."


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
