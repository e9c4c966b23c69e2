"""Finding at the broker what the book does not hold, and taking it over."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.models import AuditEvent
from portfolios.models import Instrument
from tests.factories.accounts import MemberFactory
from tests.factories.portfolios import InstrumentFactory
from tests.trading.services.trading_desk import TradingDesk
from tests.trading.views.ticket_forms import see, text
from trading.services import broker_search

pytestmark = pytest.mark.django_db


def contract(symbol: str, con_id: int, **changes: str) -> dict[str, Any]:
    """A contract in the words of the daemon."""
    return {
        "con_id": con_id, "symbol": symbol, "kind": "STK", "exchange": "SMART", "primary_exchange": "NYSE",
        "currency": "USD", "name": f"{symbol} Corporation", "min_tick": "0.01", "size_increment": "1",
    } | changes  # fmt: skip


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the broker answers, by the kind of question; what was asked is kept under `asked`."""
    answers: dict[str, Any] = {"asked": []}

    def ask(_gateway: object, kind: str, content: dict[str, str], **_patience: float) -> dict[str, Any]:
        answers["asked"].append((kind, content))
        told: dict[str, Any] = answers[kind]
        return told

    monkeypatch.setattr(broker_search, "question_ask", ask)
    return answers


def adopt(client: Client, desk: TradingDesk, **changes: Any) -> Any:
    """The answer to taking over NEWCO."""
    data = {"portfolio": str(desk.account.portfolio_id), "con_id": "77", "symbol": "NEWCO", "currency": "USD"}
    return client.post(reverse("trading:ticket_adopt"), data | changes)


def test_what_the_book_does_not_hold_is_found_at_the_broker(
    person: Client, desk: TradingDesk, broker: dict[str, Any]
) -> None:
    broker["search"] = {"found": [contract("ACME", 4815), contract("NEWCO", 77, name="New Company")]}
    page = see(person, "ticket_broker_search", q="ne")
    assert broker["asked"] == [("search", {"pattern": "ne"})]
    assert "New Company" in page
    assert "NYSE, USD" in page
    assert page.count('name="con_id"') == 1  # the book has ACME already


def test_the_search_of_the_book_hands_on_to_the_broker_after_two_letters(
    person: Client, desk: TradingDesk
) -> None:
    address = f"{reverse('trading:ticket_broker_search')}?q="
    assert f'hx-get="{address}ac"' in see(person, "ticket_search", q="ac")
    assert f'hx-get="{address}ac"' in see(person, "ticket", q="ac")
    short = see(person, "ticket_search", q="a")
    assert address not in short
    assert "With a second letter the broker is asked too." in short


def test_a_broker_that_knows_nothing_says_so(
    person: Client, desk: TradingDesk, broker: dict[str, Any]
) -> None:
    broker["search"] = {"found": []}
    assert "The broker knows nothing else by that." in see(person, "ticket_broker_search", q="zzzz")
    assert "With a second letter the broker is asked too." in see(person, "ticket_broker_search", q="z")
    assert len(broker["asked"]) == 1


@pytest.mark.parametrize("held", [None, timedelta(seconds=-1), timedelta(hours=1)])
def test_a_gateway_that_is_down_or_silent_says_so_and_the_book_is_found_all_the_same(
    person: Client, desk: TradingDesk, held: timedelta | None
) -> None:
    desk.account.gateway.held_until = None if held is None else timezone.now() + held
    desk.account.gateway.save(update_fields=["held_until"])
    page = see(person, "ticket_broker_search", q="acm")
    assert "gateway does not answer now" in page
    assert 'Buy<span class="sr-only"> ACME</span>' in page


def test_an_answer_that_cannot_be_read_is_no_failure_of_the_page(
    person: Client, desk: TradingDesk, broker: dict[str, Any]
) -> None:
    broker["search"] = {"found": [{"con_id": "many"}]}
    assert "answer could not be read" in see(person, "ticket_broker_search", q="ne")


def test_what_was_found_is_taken_over_once_and_leads_to_its_ticket(
    person: Client, desk: TradingDesk, broker: dict[str, Any]
) -> None:
    broker["contract"] = contract("NEWCO", 77, name="New Company")
    first, again = adopt(person, desk), adopt(person, desk)
    made = Instrument.objects.get(symbol="NEWCO")
    assert first["Location"] == again["Location"]
    assert f"instrument={made.pk}" in first["Location"]
    assert (made.household, made.conid, made.name, made.exchange) == (
        desk.account.portfolio.household,
        "77",
        "New Company",
        "NYSE",
    )
    assert AuditEvent.objects.get(action="instrument.adopt").object_id == made.pk
    ticket = text(person.get(first["Location"]))
    assert "New Company" in ticket
    assert reverse("portfolios:holding_detail", args=[made.pk]) not in ticket
    assert "NEWCO" in see(person, "ticket", q="newc")


def test_only_what_the_broker_confirms_is_kept(
    person: Client, desk: TradingDesk, broker: dict[str, Any]
) -> None:
    broker["contract"] = contract("NEWCO", 78)
    assert adopt(person, desk)["Location"] == reverse("trading:ticket")
    assert "as another contract now" in see(person, "ticket")
    assert not Instrument.objects.filter(symbol="NEWCO").exists()


def test_nothing_is_taken_over_for_an_account_of_others(
    person: Client, reader: Client, desk: TradingDesk, broker: dict[str, Any]
) -> None:
    assert adopt(reader, desk).status_code == 404
    assert adopt(person, desk, portfolio=str(desk.instrument.pk)).status_code == 404
    assert adopt(person, desk, con_id="none").status_code == 404
    assert broker["asked"] == []


def test_what_a_household_took_over_is_nobody_elses(person: Client, desk: TradingDesk) -> None:
    own = InstrumentFactory.create(symbol="OWNCO", household=desk.account.portfolio.household)
    other = InstrumentFactory.create(symbol="OTHERCO", household=MemberFactory.create().household)
    assert "OWNCO" in see(person, "ticket", instrument=str(own.pk))
    assert person.get(reverse("trading:ticket"), {"instrument": str(other.pk)}).status_code == 404
    assert "OTHERCO" not in see(person, "ticket", q="co")
