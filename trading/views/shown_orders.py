"""Orders before they are sent, as pages show them: what each would do, and what has to be answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.http import HttpRequest

from trading.engine.controls.verdicts import Outcome
from trading.engine.records import Side
from trading.engine.trade_requests import OrderJudged
from trading.models import BrokerAccount
from trading.services.previews import Preview
from trading.views.people import proof_needed
from trading.views.words import ControlLine, control_lines, ticket_sentence

ANSWERED = "confirmed"
NOT_ASKED = "The broker was not asked again."


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownOrder:
    """One order with its preview in words. `wash` is a badge of verdicts and its word."""

    preview: Preview
    lines: tuple[ControlLine, ...]
    sentence: str
    wash: tuple[str, str]

    @property
    def judged(self) -> OrderJudged:
        """How the order was judged."""
        return self.preview.judged

    @property
    def is_sale(self) -> bool:
        """Whether money comes in."""
        return self.judged.wanted.ticket.side is Side.SELL

    @property
    def is_denied(self) -> bool:
        """Whether a control refuses it."""
        return bool(self.of(Outcome.DENY))

    @property
    def asks(self) -> bool:
        """Whether a control wants an answer."""
        return bool(self.of(Outcome.ASK))

    @property
    def passed(self) -> int:
        """How many controls have nothing to say."""
        return len(self.of(Outcome.PASS))

    @property
    def remarks(self) -> tuple[ControlLine, ...]:
        """What the controls have to say."""
        return tuple(line for line in self.lines if line.outcome is not Outcome.PASS)

    def of(self, outcome: Outcome) -> tuple[ControlLine, ...]:
        """The controls that say so."""
        return tuple(line for line in self.lines if line.outcome is outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A control that asks, once for all orders that it asks about."""

    name: str
    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What stands between the orders and their sending: questions, refusals, and what the button says."""

    questions: tuple[Question, ...]
    denials: tuple[str, ...]
    words: str
    is_live: bool
    needs_proof: bool


def shown_order(preview: Preview) -> ShownOrder:
    """An order as a page shows it."""
    judged = preview.judged
    return ShownOrder(
        preview=preview,
        lines=tuple(control_lines(judged.verdicts)),
        sentence=ticket_sentence(judged.wanted.ticket, judged.contract.symbol),
        wash=_wash(judged),
    )


def confirmation_of(orders: Sequence[ShownOrder], confirmed: frozenset[str]) -> Confirmation:
    """What has to be answered before these orders go out; what was answered already stays a question."""
    asking = [(order, line) for order in orders for line in _asking(order, confirmed)]
    found: dict[str, Question] = {}
    for order, line in asking:
        earlier = found[line.name].sentences if line.name in found else ()
        words = line.sentence if len(orders) == 1 else f"{order.judged.contract.symbol}: {line.sentence}"
        sentences = tuple(dict.fromkeys((*earlier, words)))
        found[line.name] = Question(name=line.name, title=line.title, sentences=sentences)
    denials = [line.sentence for order in orders for line in order.of(Outcome.DENY)]
    live = sum(order.preview.account.gateway.is_live for order in orders)
    return Confirmation(
        questions=tuple(found.values()),
        denials=tuple(dict.fromkeys(denials)),
        words=_send_words(len(orders), live),
        is_live=bool(live),
        needs_proof=any(line.needs_proof for order in orders for line in order.lines),
    )


def turned_down(judged: Sequence[OrderJudged], accounts: Sequence[BrokerAccount]) -> list[ShownOrder]:
    """Orders that a control has stopped since their preview, without asking the broker again."""
    by_portfolio = {one.portfolio_id: one for one in accounts}
    return [
        shown_order(
            Preview(
                judged=one,
                account=by_portfolio[one.wanted.portfolio_id],
                amount=_amount(one),
                broker=None,
                silence=NOT_ASKED,
            )
        )
        for one in judged
    ]


def proofs_needed(request: HttpRequest, accounts: Sequence[BrokerAccount], portfolio_ids: set[UUID]) -> None:
    """Ask for the password before orders move real money in any of these accounts.

    Raises ReauthenticationRequired, as `proof_needed` does.
    """
    for account in accounts:
        if account.portfolio_id in portfolio_ids:
            proof_needed(request, account)


def _asking(order: ShownOrder, confirmed: frozenset[str]) -> list[ControlLine]:
    asking = (line for line in order.lines if line.outcome is Outcome.ASK or line.name in confirmed)
    # A password is asked for on a page of its own, when the order is sent.
    return [line for line in asking if not line.needs_proof]


def _send_words(count: int, live: int) -> str:
    """What the button says: how many orders, and whether real money moves."""
    noun = "order" if count == 1 else "orders"
    if live not in {0, count}:
        return f"Send {count} {noun}, {live} of them live"
    return f"Send {count} {'live' if live else 'paper'} {noun}"


def _amount(judged: OrderJudged) -> Decimal | None:
    return None if judged.price is None else judged.price * judged.wanted.ticket.quantity


def _wash(judged: OrderJudged) -> tuple[str, str]:
    """The wash-sale verdict as a badge and its words."""
    look = judged.tax
    if look is None:
        return "unclear", "Not checked"
    if look.lost:
        return "lost", "Lost for good"
    if look.wash_words:
        return "deferred", "Deferred"
    return "clear", "Clear"
