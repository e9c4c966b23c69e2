"""Listening to the browser: errors of scripts, refusals of the content policy, answers that fail."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import ConsoleMessage, Error, Page, Response

POLICY = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`content policy: ${event.violatedDirective} refused ${event.blockedURI}`));
"""
SERVER_FAULT = 500
# A refusal is an answer: the browser writes it into its console, the tests look at the page.
ANSWERS = ("Failed to load resource: the server responded with a status of 4",)


class Complaints:
    """What the pages under watch complained about, as sentences."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def watch(self, page: Page) -> None:
        """Listen to a page from its next navigation on."""
        page.add_init_script(POLICY)
        self.listen(page)

    def listen(self, page: Page) -> None:
        """Listen to a page that tells of its content policy already."""
        for event, heard in self._ears():
            page.on(event, heard)

    def unlisten(self, page: Page) -> None:
        """Listen to the page no longer."""
        for event, heard in self._ears():
            page.remove_listener(event, heard)

    def _ears(self) -> tuple[tuple[Any, Callable[[Any], None]], ...]:
        return ("console", self._hear), ("pageerror", self._break), ("response", self._answer)

    def _break(self, error: Error) -> None:
        self.words.append(str(error))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(ANSWERS):
            self.words.append(f"{message.location.get('url', '')}: {message.text}")

    def _answer(self, response: Response) -> None:
        if response.status >= SERVER_FAULT:
            self.words.append(f"{response.url} answered {response.status}")
