"""Why a loss does not count and why a basis is more than was paid, to the share and by who looks."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse

from common.errors import NotFound
from portfolios.engine.figures import Figure, day_text
from portfolios.engine.policy_words import ELSEWHERE
from portfolios.models import Disposal, Lot, WashSale
from portfolios.selectors.wash_explanations import deferred_loss, disallowed_loss
from portfolios.services.book import book_derive
from portfolios.services.ledger import transactions_record
from tests.factories.portfolios import buy, sell
from tests.taxharvest.wash_book import WashBook, ago, wash_book

pytestmark = pytest.mark.django_db


@pytest.fixture
def book() -> WashBook:
    return wash_book()


def washed(book: WashBook) -> Disposal:
    return Disposal.objects.get(portfolio=book.taxable, disallowed_base__gt=0)


def deferring(book: WashBook) -> Lot:
    return Lot.objects.get(portfolio=book.taxable, deferred_base__gt=0)


def amounts(figure: Figure) -> list[Decimal | None]:
    assert figure.explanation is not None
    return [line.amount for line in figure.explanation.lines]


def test_a_disallowed_loss_names_the_purchase_share_for_share(book: WashBook) -> None:
    figure = disallowed_loss(book.ann, washed(book).pk).figure

    assert figure.value == 40
    assert figure.explanation is not None
    assert amounts(figure) == [80, 120, -40, 40, 40]
    sold, bought = day_text(ago(10)), day_text(ago(5))
    assert figure.explanation.lines[2].detail == "10 USD a share"
    assert figure.explanation.lines[3].label == (
        f"4 of 10 shares sold on {sold} were replaced by 4 BETA bought on {bought} in Ann, Taxable"
    )
    assert figure.explanation.rule == "IRC 1091(a), 1091(d), 1223(3)"
    since = day_text(ago(5) - timedelta(days=190))
    assert figure.explanation.notes == (
        f"The loss is in the basis of the lot of {bought}.",
        f"190 days are added to its holding period: acquired {bought}, it counts from {since}.",
    )


def test_a_deferred_basis_names_the_loss_it_took_up(book: WashBook) -> None:
    found = deferred_loss(book.ann, deferring(book).pk)

    assert found.subject == "BETA, Ann, Taxable"
    assert found.figure.explanation is not None
    assert amounts(found.figure) == [40, 40]
    assert found.figure.explanation.lines[0].label == (
        f"4 of its shares replaced 4 BETA sold at a loss on {day_text(ago(10))} in Ann, Taxable"
    )
    assert found.figure.explanation.lines[1].detail == "basis 124.00 USD with it"
    assert found.figure.explanation.notes[0].startswith("190 days of what was sold are added")


def test_what_left_with_shares_sold_since_is_a_line_of_its_own(book: WashBook) -> None:
    transactions_record(portfolio=book.taxable, parsed=[sell(ago(1), 1, "40", symbol="BETA")], source="test")
    book_derive(household_id=book.taxable.household_id)

    figure = deferred_loss(book.ann, deferring(book).pk).figure

    assert figure.explanation is not None
    assert amounts(figure) == [40, -10, 30]
    assert figure.explanation.lines[1].label == "Left with shares sold since, or in other parts of the lot"


def test_a_loss_that_came_with_the_shares_is_said_to(book: WashBook) -> None:
    WashSale.objects.all().delete()

    figure = deferred_loss(book.ann, deferring(book).pk).figure

    assert figure.explanation is not None
    assert figure.explanation.lines[0].label == "Came with the shares from the lot that they were before"
    assert figure.explanation.rule == "IRC 1091(d)"


def test_a_loss_lost_to_an_ira_of_the_spouse_cites_both_rules_and_names_no_hidden_account() -> None:
    book = wash_book(ann_sees_all=False)
    rows = [sell(ago(3), 10, "100"), buy(ago(2), 2, "20")]
    transactions_record(portfolio=book.taxable, parsed=rows, source="test")
    book_derive(household_id=book.taxable.household_id)
    piece = Disposal.objects.get(instrument=book.acme, disallowed_base__gt=0)

    figure = disallowed_loss(book.ann, piece.pk).figure

    assert figure.explanation is not None
    line = next(line for line in figure.explanation.lines if line.label.startswith("6 of 10"))
    assert line.label.endswith(f"in {ELSEWHERE}")
    assert line.source is None
    assert figure.explanation.rule == "IRC 1091(a), 1091(d), 1223(3), Rev. Rul. 2008-5, Pub. 550"
    assert any(note.endswith("it is lost for good.") for note in figure.explanation.notes)


def test_there_is_no_such_figure_for_others_or_where_nothing_was_washed(book: WashBook) -> None:
    clear = Disposal.objects.get(portfolio=book.taxable, disallowed_base=0)
    plain = Lot.objects.filter(portfolio=book.taxable, deferred_base=0)[0]
    for user, disposal, lot in (
        (book.ben, washed(book), deferring(book)),
        (AnonymousUser(), washed(book), deferring(book)),
        (book.ann, clear, plain),
    ):
        with pytest.raises(NotFound):
            disallowed_loss(user, disposal.pk)
        with pytest.raises(NotFound):
            deferred_loss(user, lot.pk)


def test_pages_lead_to_the_arithmetic_and_show_it(client: Client, book: WashBook) -> None:
    client.force_login(book.ann)
    disallowed = reverse("portfolios:why_disallowed", args=[washed(book).pk])
    deferred = reverse("portfolios:why_deferred", args=[deferring(book).pk])

    holding = client.get(reverse("portfolios:holding_detail", args=[book.beta.pk])).content.decode()
    sale = client.get(
        reverse("portfolios:transaction_detail", args=[washed(book).transaction_id])
    ).content.decode()

    assert disallowed in holding
    assert deferred in holding
    assert "of deferred losses" in holding
    assert disallowed in sale
    assert "4 of 10 shares sold" in client.get(disallowed).content.decode()
    part = client.get(deferred, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "BETA, Ann, Taxable" in part
