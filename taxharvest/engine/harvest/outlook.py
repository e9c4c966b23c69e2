"""What may come of a harvest, in sentences: what could go wrong, and what happens if nothing is done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from common.money import ARITHMETIC
from portfolios.engine.figures import amount_text, day_text
from portfolios.engine.holding import is_long, long_from
from taxharvest.engine.harvest.proposals import TOLERANCE, ProposedLot

HUNDRED = Decimal(100)
TENTH = Decimal("0.1")
TRADING_DAYS, WINDOW_DAYS = Decimal(252), Decimal(21)
AMBER = "amber"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """A proposal as far as its outlook depends on it; amounts in the account's currency.

    `tracking_error` is a fraction a year, None where there are too few closes; `tag` of the replacement is
    empty where there is none. `sample` counts the days that correlation and tracking error come from.
    `unseen` counts people of the household whose purchases count and of whom the book has no account.
    """

    symbol: str
    currency: str
    lots: Sequence[ProposedLot]
    price: Decimal
    quantity: Decimal
    expires_at: datetime
    replacement: str
    tag: str
    tracking_error: Decimal | None
    sample: int
    unseen: int = 0

    @property
    def value(self) -> Decimal:
        """What the lots are worth."""
        return ARITHMETIC.multiply(self.price, self.quantity)

    @property
    def drift(self) -> Decimal | None:
        """By how much, as a fraction, the replacement may drift away while it must be held."""
        if self.tracking_error is None:
            return None
        months = ARITHMETIC.sqrt(ARITHMETIC.divide(WINDOW_DAYS, TRADING_DAYS))
        return ARITHMETIC.multiply(self.tracking_error, months)


def risks(prospect: Prospect, traps: Iterable[str] = ()) -> list[str]:
    """What could go wrong, a sentence each; `traps` are purchases still to come that would wash the loss."""
    said = [f"Still to come and would wash the loss: {words}" for words in traps]
    drift = prospect.drift
    if drift is None:
        said.append("How far the replacement may drift away is not known: there are too few closes.")
    else:
        amount = amount_text(ARITHMETIC.multiply(prospect.value, drift), prospect.currency)
        said.append(
            f"Until it may be bought back, {prospect.replacement} may do better or worse than "
            f"{prospect.symbol} by about {_percent(drift)}, or {amount}: one time in three it is more."
        )
    if prospect.tag == AMBER:
        said.append(
            "The replacement follows nearly the same index. No authority has said whether such funds are "
            "substantially identical; if they were held to be, the loss would not count."
        )
    said.append(
        f"The price may move before the order: by more than {_percent(TOLERANCE)} it is asked about anew, "
        "and nothing is sold below what was approved."
    )
    said.append(
        "The sale may fill and the purchase may not: the plan then stops, says so, and asks whether to buy "
        "again, to buy something else, or to stay in cash until the window ends."
    )
    said.append(
        "A purchase in any account of the household in the thirty days after the sale takes its part of the "
        "loss away; in an IRA for good."
    )
    if prospect.unseen:
        people = "one person" if prospect.unseen == 1 else f"{prospect.unseen} people"
        said.append(
            f"The book has no account of {people} of the household whose purchases count: what is bought "
            "there is not seen, and would wash the loss all the same."
        )
    return said


def if_nothing_is_done(prospect: Prospect, day: date) -> list[str]:
    """What happens when nobody decides, a sentence each."""
    basis = sum((lot.basis for lot in prospect.lots), Decimal(0))
    loss = sum((lot.loss for lot in prospect.lots), Decimal(0))
    said = [
        f"The proposal ends on {day_text(prospect.expires_at.date())}; the next scan looks again.",
        (
            f"The lots keep their basis of {amount_text(basis, prospect.currency)}. Once {prospect.symbol} "
            f"has risen by {_percent(ARITHMETIC.divide(loss, basis - loss))}, the loss is gone."
        ),
    ]
    turning = sorted(
        long_from(date.fromisoformat(lot.acquired))
        for lot in prospect.lots
        if not is_long(date.fromisoformat(lot.acquired), day) and lot.term == "short"
    )
    if turning:
        said.append(
            f"From {day_text(turning[0])} on the first of the short-term lots is long-term: its loss then "
            "meets long-term gains first, which are taxed less."
        )
    return said


def _percent(fraction: Decimal) -> str:
    return f"{ARITHMETIC.multiply(fraction, HUNDRED).quantize(TENTH)} %"
