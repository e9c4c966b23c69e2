"""Opening, changing and closing accounts."""

import pytest

from common.errors import Conflict, InvalidInput
from portfolios.models import Portfolio
from portfolios.services.portfolios import (
    portfolio_close,
    portfolio_create,
    portfolio_reopen,
    portfolio_update,
)
from tests.factories.accounts import MemberFactory
from tests.factories.portfolios import PortfolioFactory
from tests.portfolios.small_book import LAST, small_book

pytestmark = pytest.mark.django_db


def facts(portfolio: Portfolio, **changes: object) -> dict[str, object]:
    return {
        "portfolio": portfolio,
        "holder": portfolio.holder,
        "name": portfolio.name,
        "kind": portfolio.kind,
        "base_currency": portfolio.base_currency,
    } | changes


def test_an_account_is_opened_once_under_a_name() -> None:
    member = MemberFactory()
    portfolio_create(household_id=member.household_id, holder=member, name=" Ann, IRA ", kind="ira")
    with pytest.raises(InvalidInput) as caught:
        portfolio_create(household_id=member.household_id, holder=member, name="Ann, IRA")
    assert caught.value.fields == {"name": ["There is a portfolio named “Ann, IRA” already."]}
    assert list(Portfolio.objects.values_list("name", "kind")) == [("Ann, IRA", "ira")]


@pytest.mark.parametrize(
    ("field", "value"), [("name", " "), ("kind", "castle"), ("base_currency", "XXQ"), ("relief", "luck")]
)
def test_what_an_account_cannot_be_is_refused(field: str, value: str) -> None:
    portfolio = PortfolioFactory()
    with pytest.raises(InvalidInput) as caught:
        portfolio_update(**facts(portfolio, **{field: value}))  # type: ignore[arg-type] # several kinds
    assert set(caught.value.fields) == {field}


def test_a_holder_from_another_household_is_refused() -> None:
    portfolio = PortfolioFactory()
    with pytest.raises(InvalidInput):
        portfolio_update(**facts(portfolio, holder=MemberFactory()))  # type: ignore[arg-type] # several kinds


def test_the_base_currency_stays_once_something_is_recorded() -> None:
    empty = PortfolioFactory()
    changed = portfolio_update(**facts(empty, base_currency="EUR", name="Euro"))  # type: ignore[arg-type] # several kinds
    assert (changed.base_currency, changed.name) == ("EUR", "Euro")
    with pytest.raises(Conflict):
        portfolio_update(**facts(small_book().portfolio, base_currency="EUR"))  # type: ignore[arg-type] # several kinds


def test_an_account_is_closed_only_when_it_is_empty_and_can_be_opened_again() -> None:
    with pytest.raises(Conflict):
        portfolio_close(portfolio=small_book().portfolio, day=LAST)
    empty = PortfolioFactory()
    assert portfolio_close(portfolio=empty, day=LAST).closed_on == LAST
    with pytest.raises(Conflict):
        portfolio_close(portfolio=empty, day=LAST)
    assert portfolio_reopen(portfolio=empty).closed_on is None
