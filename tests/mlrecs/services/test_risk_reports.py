"""A report is made once for an account and a day; a failure never takes the place of what stood."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache

from accounts.models import User
from common.errors import NotFound
from common.identifiers import uuid7
from mlrecs.models import RiskReport
from mlrecs.selectors.risk_facts import risk_facts
from mlrecs.selectors.risk_reports import is_awaited, risk_account, risk_on, risk_standings
from mlrecs.services import risk_reports
from mlrecs.services.risk_reports import OUR_FAULT, risk_ask, risk_measure
from portfolios.models import Holding, Instrument, Price
from tests.factories.accounts import GrantFactory, MemberFactory
from tests.factories.portfolios import PriceFactory
from tests.mlrecs.risk_book import LAST, RiskBook, priced, risk_book, weekdays

pytestmark = pytest.mark.django_db


def measured(book: RiskBook, day: date = LAST) -> RiskReport:
    row = risk_measure(portfolio_id=book.portfolio.pk, day=day)
    assert row is not None
    return row


def figure(row: RiskReport, key: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in row.figures["figures"] if one["key"] == key)
    return found


def test_an_account_is_measured_from_its_own_book() -> None:
    book = risk_book()
    row = measured(book)

    assert (row.is_good, row.words, row.day) == (True, "", LAST)
    assert (row.figures["days"], row.figures["data_until"]) == (699, "2026-03-06")
    assert row.figures["benchmark"] == "The index"
    assert [holding["symbol"] for holding in row.figures["holdings"]] == ["BETA", "ACME"]
    assert figure(row, "var_99")["check"]["verdict"] == "passed"
    value, share = Decimal(row.figures["value"]), Decimal(figure(row, "var_99")["value"])
    assert Decimal(figure(row, "var_99")["amount"]) == (value * share).quantize(Decimal("0.01"))


def test_measuring_again_changes_nothing() -> None:
    book = risk_book()
    first = measured(book)
    second = measured(book)

    assert (second.pk, second.figures, second.updated_at) == (first.pk, first.figures, first.updated_at)
    assert RiskReport.objects.count() == 1


def test_what_comes_later_changes_nothing_of_a_day() -> None:
    book = risk_book()
    before = measured(book).figures
    priced(book.acme, [LAST + timedelta(days=3), LAST + timedelta(days=4)], seed=9, swing=0.5)

    assert measured(book).figures == before


def test_a_day_that_cannot_be_measured_says_why_and_the_last_good_one_stands() -> None:
    book = risk_book()
    good = measured(book)
    later = LAST + timedelta(days=20)
    failed = measured(book, later)
    standing = risk_standings([book.portfolio.pk])[book.portfolio.pk]

    assert (failed.is_good, failed.figures) == (False, {})
    assert failed.words == "The last closes are of 6 Mar 2026, too old to go by."
    assert (standing.good, standing.failed_on, standing.reason) == (good, later, failed.words)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (
            60,
            (
                "There are fewer than 60 days of returns: ACME (there are 59 daily returns; 60 are needed), "
                "BETA (there are 59 daily returns; 60 are needed)."
            ),
        ),
        (1, "There are 0 days of returns; 60 are needed."),
    ],
)
def test_a_short_history_is_no_report(days: int, words: str) -> None:
    assert measured(risk_book(days)).words == words


def test_constant_prices_are_no_report() -> None:
    book = risk_book(100)
    Price.objects.exclude(instrument=book.index).update(close=100)

    assert measured(book).words == (
        "Nothing that is held has a usable series of closes: ACME (the price never moved), "
        "BETA (the price never moved)."
    )


def test_cash_alone_is_no_report() -> None:
    book = risk_book(100)
    Holding.objects.filter(portfolio=book.portfolio).delete()

    assert measured(book).words == "Nothing is held but cash, which does not swing."


def test_one_holding_is_a_report_with_nothing_to_share_out() -> None:
    book = risk_book(100)
    Holding.objects.filter(portfolio=book.portfolio, instrument=book.beta).delete()
    row = measured(book)

    assert (row.is_good, row.figures["sectors"]) == (True, [])
    assert row.figures["concentration"]["words"].startswith("There is one holding")


def test_a_failure_of_a_day_that_has_a_report_keeps_the_report() -> None:
    book = risk_book()
    good = measured(book)
    Price.objects.filter(instrument=book.acme, day__gt=LAST - timedelta(days=20)).delete()
    again = measured(book)

    assert (again.is_good, again.figures) == (True, good.figures)
    assert again.words == (
        "Only 52\u202f% of what is held has a usable series of closes: "
        "ACME (there has been no close for 15 trading days)."
    )
    assert risk_standings([book.portfolio.pk])[book.portfolio.pk].reason == again.words


def test_a_fault_of_ours_is_noted_and_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    book = risk_book(100)
    measured(book, LAST - timedelta(days=1))

    def broken(_: Any) -> Any:
        raise RuntimeError("arrays")

    monkeypatch.setattr(risk_reports, "_measured", broken)
    with pytest.raises(RuntimeError):
        measured(book)

    standing = risk_standings([book.portfolio.pk])[book.portfolio.pk]
    assert (standing.failed_on, standing.reason) == (LAST, OUR_FAULT)
    assert standing.good is not None
    assert standing.good.day == LAST - timedelta(days=1)


def test_only_the_newest_report_keeps_its_charts() -> None:
    book = risk_book()
    older = measured(book, LAST - timedelta(days=1))
    newest = measured(book)
    older.refresh_from_db()

    assert {"path", "falls"} <= set(newest.figures)
    assert not {"path", "falls"} & set(older.figures)
    assert {tuple(scenario["lines"]) for scenario in older.figures["scenarios"]} == {()}
    assert older.figures["figures"][0]["key"] == "volatility"


def test_an_account_that_is_gone_is_not_measured() -> None:
    assert risk_measure(portfolio_id=uuid7(), day=LAST) is None


def test_own_closes_tell_what_a_crash_did() -> None:
    book = risk_book(100)
    for day, close in ((date(2020, 2, 19), 100), (date(2020, 3, 23), 60)):
        PriceFactory.create(instrument=book.acme, day=day, close=Decimal(close))
    moves = risk_facts(book.portfolio, LAST).crash_moves

    assert moves["2020"] == {book.acme.pk: Decimal("-0.400000")}
    assert moves["2008"] == {}


def test_an_index_that_is_not_quoted_any_more_is_no_benchmark() -> None:
    book = risk_book(100)
    Price.objects.filter(instrument=book.index, day__gt=LAST - timedelta(days=10)).delete()

    assert risk_facts(book.portfolio, LAST).benchmark_id is None


def test_only_whoever_may_record_asks_for_a_report() -> None:
    book = risk_book(100)
    reader = MemberFactory.create().user
    GrantFactory.create(
        household=book.portfolio.household, grantee=reader, granted_by=book.user, scope="read"
    )
    cache.clear()

    with pytest.raises(NotFound):
        risk_ask(user=reader, portfolio_id=book.portfolio.pk)
    assert risk_account(reader, book.portfolio.pk).may_ask is False
    assert is_awaited(book.portfolio.pk) is False
    assert risk_ask(user=book.user, portfolio_id=book.portfolio.pk) is True
    assert risk_ask(user=book.user, portfolio_id=book.portfolio.pk) is False
    measured(book)
    assert is_awaited(book.portfolio.pk) is False


def test_a_day_without_a_report_is_not_found() -> None:
    book = risk_book(100)
    user: User = book.user
    with pytest.raises(NotFound):
        risk_on(user, book.portfolio.pk, LAST)
    measured(book)

    assert risk_on(user, book.portfolio.pk, LAST).day == LAST
    assert weekdays(2) == [date(2026, 3, 5), LAST]
    assert Instrument.objects.filter(household=book.portfolio.household).count() == 3
