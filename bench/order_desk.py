"""People who place orders over the API, each sender on a connection that is kept open."""

import http.client
import json
import threading
import time
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from bench.made_houses import PASSWORD, House

TOKEN_SECONDS = 200.0
# What the controls ask about on purpose: the same order again and again is the point here.
CONFIRMED = ["duplicate", "wash_sale", "quantity"]
ATTEMPTS = 3
Address = tuple[str, int]


class Desk:
    """One person with one account: buys and sells one share in turn, of one symbol after the other."""

    def __init__(self, address: Address, house: House, bought: Sequence[str], sold: Sequence[str]) -> None:
        self._address = address
        self._house = house
        self._sides = ("buy", bought), ("sell", sold)
        self._local = threading.local()
        self._lock = threading.Lock()
        self._access, self._until = "", 0.0

    def place(self, number: int, count: int = 1) -> list[str]:
        """Place one order, or a basket of several; returns their keys. Raises RuntimeError for a refusal."""
        orders = [self._order(number + each) for each in range(count)]
        body = {**orders[0]} if count == 1 else {"orders": orders}
        headers = {"Authorization": f"Bearer {self._token()}", "Idempotency-Key": uuid4().hex}
        status, told = self._post("/api/v1/trade", {**body, "confirmed": CONFIRMED}, headers)
        if status != http.client.CREATED:
            raise RuntimeError(f"{status}: {told}")
        return [str(order["id"]) for order in told["orders"]]

    def _order(self, number: int) -> dict[str, Any]:
        side, symbols = self._sides[number % 2]
        return {
            "account": self._house.portfolio_id, "symbol": symbols[number // 2 % len(symbols)],
            "side": side, "quantity": "1", "type": "market",
        }  # fmt: skip

    def _token(self) -> str:
        with self._lock:
            if time.monotonic() > self._until:
                sign_in = {"email": self._house.email, "password": PASSWORD}
                status, told = self._post("/api/v1/auth/token", sign_in, {})
                if status != http.client.OK:
                    raise RuntimeError(f"{status}: {told}")
                self._access, self._until = told["access"], time.monotonic() + TOKEN_SECONDS
            return self._access

    def _post(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> tuple[int, Any]:
        """Send, again on a new connection when the server closed the one that was kept: the key holds."""
        headers = {"Content-Type": "application/json", **headers}
        for attempt in range(ATTEMPTS):
            connection = self._connection(is_new=attempt > 0)
            try:
                connection.request("POST", path, json.dumps(body), headers)
                answer = connection.getresponse()
                return answer.status, json.loads(answer.read())
            except (http.client.RemoteDisconnected, ConnectionError):
                connection.close()
        raise RuntimeError("The server keeps closing the connection.")

    def _connection(self, *, is_new: bool) -> http.client.HTTPConnection:
        known: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        if known is None or is_new:
            known = self._local.connection = http.client.HTTPConnection(*self._address, timeout=60)
        return known
