"""The people whose sessions the pages are seen with: nobody, somebody new, and some with a full book."""

import base64
import hashlib
import hmac
import re
import secrets
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.e2e.people import REVIEW, RUN, File, account_make, confirm, demo_enter, sign_in, sign_up, upload
from tests.e2e.product import PASSWORD, Product

STATEMENTS = Path(__file__).parent.parent / "fixtures" / "statements"
MAIL_SECONDS = 20.0


@dataclass(slots=True, kw_only=True)
class Cast:
    """Sessions by person, made when they are first asked for, and the imports of the importer by state."""

    browser: Browser
    product: Product
    states: dict[str, Any] = field(default_factory=dict)
    runs: dict[str, str] = field(default_factory=dict)
    # People of an earlier visit to the same demo keep their addresses.
    visit: str = field(default_factory=lambda: secrets.token_hex(3))

    def address(self, who: str) -> str:
        """The email address of a person."""
        return f"{who}.{self.visit}@example.test"

    def session(self, who: str) -> Any:
        """The stored session of a person; None for nobody."""
        if who == "nobody":
            return None
        if who not in self.states:
            self.states[who] = self._entered(
                {
                    "demo": demo_enter,
                    "newcomer": lambda page: sign_up(page, self.address("newcomer"), "New Comer"),
                    "importer": self._importer,
                    "careful": self._careful,
                    "waiting": self._waiting,
                }[who]
            )
        return self.states[who]

    def mailed(self, pattern: str) -> str:
        """The last path of this form that was posted. Raises LookupError when there is none."""
        end = time.monotonic() + MAIL_SECONDS
        while time.monotonic() < end:
            if found := re.findall(pattern, self.product.mail()):
                return str(found[-1])
            time.sleep(0.2)
        raise LookupError(f"no mail holds {pattern}")

    def _entered(self, enter: Callable[[Page], None]) -> Any:
        context = self.browser.new_context(base_url=self.product.url)
        context.set_default_timeout(30_000)
        enter(context.new_page())
        state = context.storage_state()
        context.close()
        return state

    def _importer(self, page: Page) -> None:
        """An import in every state: done, asking for columns, under review, failed and given up."""
        account_make(page, self.address("importer"), "Im Porter")
        upload(page, STATEMENTS / "month.xml")
        confirm(page)
        self.runs["done"] = _path(page)
        self._left(page, "mapping", STATEMENTS / "schwab.csv", re.compile("/columns/$"))
        self._left(page, "review", STATEMENTS / "broken_places.xml", REVIEW)
        other = {"name": "other.xml", "mimeType": "text/xml", "buffer": b"<Other/>"}
        self._left(page, "failed", other, RUN)  # type: ignore[arg-type] # a file in memory
        expect(page.get_by_text("This file was not imported.")).to_be_visible()
        self._left(page, "cancelled", STATEMENTS / "schwab.csv", re.compile("/columns/$"))
        page.get_by_role("button", name="Cancel the import").click()
        expect(page.get_by_text("This import was cancelled.")).to_be_visible()
        self.runs["cancelled"] = _path(page)

    def _left(self, page: Page, state: str, file: File, address: "re.Pattern[str]") -> None:
        upload(page, file)
        expect(page).to_have_url(address)
        self.runs[state] = _path(page)

    def _careful(self, page: Page) -> None:
        """Somebody whose address is confirmed and who signs in with a second factor."""
        account_make(page, self.address("careful"), "Care Ful")
        page.goto(self.mailed(r"/accounts/confirm-email/[^/\s]+/"))
        page.locator("main button[type=submit]").click()
        # Leaving before the answer would leave the address unconfirmed.
        expect(page).not_to_have_url(re.compile("/confirm-email/"))
        page.goto("/accounts/2fa/totp/activate/")
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("main button[type=submit]").click()
        secret = page.locator("#authenticator_secret").input_value()
        page.locator("input[name=code]").fill(one_time_code(secret))
        page.locator("main button[type=submit]").click()
        expect(page).not_to_have_url(re.compile("/activate/$"))

    def _waiting(self, page: Page) -> None:
        """The same person at the door, asked for the code."""
        self.session("careful")
        sign_in(page, self.address("careful"), PASSWORD)
        expect(page).to_have_url(re.compile("/accounts/2fa/authenticate/"))


def one_time_code(secret: str) -> str:
    """The code of RFC 6238 for now: six digits, thirty seconds, SHA-1."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def _path(page: Page) -> str:
    return re.sub(r"^https?://[^/]+", "", page.url)
