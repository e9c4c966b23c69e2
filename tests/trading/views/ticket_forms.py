"""Filling in the pages of orders, as a browser would."""

from typing import Any

from django.test import Client
from django.urls import reverse

from tests.trading.services.trading_desk import TradingDesk


def text(response: Any, status: int = 200) -> str:
    """The page in one line. Fails for another status."""
    assert response.status_code == status
    return " ".join(response.content.decode().split())


def see(client: Client, name: str, *arguments: Any, status: int = 200, **query: Any) -> str:
    """A page of trading."""
    return text(client.get(reverse(f"trading:{name}", args=arguments), query), status)


def filled_in(desk: TradingDesk, **changes: Any) -> dict[str, str]:
    """A ticket to buy ten at the market."""
    ticket = {
        "instrument": str(desk.instrument.pk),
        "portfolio": str(desk.account.portfolio_id),
        "side": "buy",
        "quantity": "10",
        "kind": "market",
        "time_in_force": "day",
    }
    return ticket | changes


def preview(client: Client, desk: TradingDesk, status: int = 200, **changes: Any) -> str:
    """The page after the ticket's preview was asked for."""
    return text(client.post(reverse("trading:ticket_preview"), filled_in(desk, **changes)), status)


def send(client: Client, desk: TradingDesk, key: str = "one", **changes: Any) -> Any:
    """The answer to sending a ticket."""
    return client.post(reverse("trading:ticket_send"), filled_in(desk, **changes) | {"key": key})


def rows(desk: TradingDesk, *changes: dict[str, str]) -> dict[str, str]:
    """A basket of so many rows to buy ACME, each with its changes."""
    found: dict[str, str] = {}
    for place, change in enumerate(changes):
        row = {
            "portfolio": str(desk.account.portfolio_id),
            "side": "buy",
            "symbol": "ACME",
            "quantity": "1",
            "kind": "market",
            "time_in_force": "day",
        } | change
        found |= {f"{place}-{name}": value for name, value in row.items()}
    return found
