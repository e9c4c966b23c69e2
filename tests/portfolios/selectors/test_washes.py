"""Wash sales by who looks: the match is shown, another's account is not named."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from accounts.models import User
from portfolios.engine.policy_words import ELSEWHERE
from portfolios.models import Portfolio, Transaction, WashSale
from portfolios.selectors.washes import wash_lines
from portfolios.services.ledger import transactions_record
from tests.factories.accounts import MemberFactory
from tests.factories.portfolios import PortfolioFactory, buy, sell
from tests.portfolios.small_book import seen

pytestmark = pytest.mark.django_db
SOLD, REPLACED = date(2026, 3, 2), date(2026, 3, 9)


@pytest.fixture
def wash() -> WashSale:
    """Ann's loss of 50 on ten shares, replaced by Ben's purchase; each sees only their own account."""
    ann = MemberFactory(sees_all=False)
    ben = MemberFactory(household=ann.household, relationship="spouse", sees_all=False)
    loss, other = PortfolioFactory(holder=ann, name="Ann"), PortfolioFactory(holder=ben, name="Ben")
    transactions_record(portfolio=loss, parsed=[sell(SOLD, 10, "950")], source="csv")
    transactions_record(portfolio=other, parsed=[buy(REPLACED, 10, "960")], source="csv")
    sale, purchase = Transaction.objects.get(kind="sell"), Transaction.objects.get(kind="buy")
    assert sale.instrument_id is not None
    assert purchase.instrument_id is not None
    return WashSale.objects.create(
        disposal_id=UUID(int=5),
        portfolio=loss,
        instrument_id=sale.instrument_id,
        sale=sale,
        sold=SOLD,
        quantity=Decimal(10),
        replacement_portfolio=other,
        replacement_instrument_id=purchase.instrument_id,
        replacement=purchase,
        replacement_lot_id=UUID(int=6),
        replaced_on=REPLACED,
        replacement_quantity=Decimal(10),
        disallowed_base=Decimal(50),
        days_tacked=30,
    )


def holder_of(portfolio: Portfolio) -> User:
    user = portfolio.holder.user
    assert user is not None
    return user


def test_who_lost_sees_that_it_was_replaced_but_not_where(wash: WashSale) -> None:
    (line,) = wash_lines(holder_of(wash.portfolio))

    assert seen(line.disallowed, line.currency, line.is_permanent, line.days_tacked) == (50, "USD", False, 30)
    assert (line.loss.account, line.loss.portfolio_id, line.loss.transaction_id) == (
        "Ann",
        wash.portfolio_id,
        wash.sale_id,
    )
    assert (line.replacement.account, line.replacement.portfolio_id, line.replacement.transaction_id) == (
        ELSEWHERE,
        None,
        None,
    )
    other = line.replacement
    assert seen(other.day, other.quantity, other.symbol) == (REPLACED, 10, "ACME")
    assert not line.replacement.is_visible


def test_who_replaced_sees_the_match_but_not_whose_loss_it_was(wash: WashSale) -> None:
    (line,) = wash_lines(holder_of(wash.replacement_portfolio))

    assert (line.replacement.account, line.loss.account) == ("Ben", ELSEWHERE)
    assert (line.loss.portfolio_id, line.loss.transaction_id) == (None, None)


def test_who_sees_all_of_the_household_sees_both_sides(wash: WashSale) -> None:
    head = MemberFactory(household=wash.portfolio.household).user

    (line,) = wash_lines(head, transaction_id=wash.replacement_id)

    assert (line.loss.account, line.replacement.account) == ("Ann", "Ben")


def test_a_stranger_sees_nothing(wash: WashSale) -> None:
    stranger = MemberFactory().user

    assert wash_lines(stranger) == []


def test_matches_are_found_by_piece_and_by_row(wash: WashSale) -> None:
    ann = holder_of(wash.portfolio)

    assert len(wash_lines(ann, disposal_ids=[UUID(int=5)])) == 1
    assert len(wash_lines(ann, transaction_id=wash.sale_id)) == 1
    assert wash_lines(ann, disposal_ids=[UUID(int=99)]) == []
    assert wash_lines(ann, transaction_id=UUID(int=99)) == []
