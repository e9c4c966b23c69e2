"""The Flex web service of Interactive Brokers: asks for a statement, waits until it is made, fetches it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from common.addresses import is_within
from common.outgoing import Bounds, OutgoingError, ask
from portfolios.engine.statements.reading import SIZE_LIMIT
from trading.brokers.ibkr.flex_answers import (
    Course,
    FlexFile,
    FlexProblem,
    FlexReference,
    FlexUnreadable,
    read_answer,
)
from trading.brokers.ibkr.flex_files import day_ranges, files_join

VERSION = "3"
# Whom the service may send us to; the address in its answer is never followed anywhere else.
DOMAINS = ("interactivebrokers.com",)
# The service wants to know who asks.
HEADERS = {"User-Agent": "WealthAlloc/1.0"}
BOUNDS = Bounds(connect=10, pause=60, total=300, most_bytes=SIZE_LIMIT)
# Seconds between two questions with one token: ten a minute are allowed (IBKR on 1018).
WAITS = (10, 10, 10, 20, 30, 30, 60)
PAUSE = 10
# How long somebody who asked too often is shut out, at least.
REST_SECONDS = 600
OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class FlexLogin:
    """What opens the service: a token, and the number of a query that the person has set up."""

    token: str = field(repr=False)
    query: str


class FlexError(Exception):
    """There is no statement. The words are for people, and hold no token.

    `needs_person` is true when asking again changes nothing; else `retry_seconds` says when to ask again.
    """

    def __init__(
        self, words: str, *, code: int = 0, needs_person: bool = False, retry_seconds: int = 60
    ) -> None:
        super().__init__(words)
        self.code = code
        self.needs_person = needs_person
        self.retry_seconds = 0 if needs_person else retry_seconds


class FlexService:
    """The service at `address`. `sleep` waits for seconds; tests bring one that does not."""

    def __init__(
        self,
        address: str,
        *,
        domains: Sequence[str] = DOMAINS,
        bounds: Bounds = BOUNDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._address = address.rstrip("/")
        self._domains = tuple(domains)
        self._bounds = bounds
        self._sleep = sleep

    def statement(self, login: FlexLogin) -> bytes:
        """The statement of the period that the query itself is set to. Raises FlexError."""
        return self._fetch(login, {})

    def statement_of(self, login: FlexLogin, first: date, last: date) -> bytes:
        """The statement of the days from `first` to `last`, put together from parts of 365 days.

        Raises FlexError, and ValueError when the days are reversed. Nothing is returned unless every part
        came: a gap would look like days without trades.
        """
        ranges = day_ranges(first, last)
        if not ranges:
            raise ValueError("the last day comes before the first")
        files: list[bytes] = []
        for begin, end in ranges:
            if files:
                self._sleep(PAUSE)
            files.append(self._fetch(login, {"fd": f"{begin:%Y%m%d}", "td": f"{end:%Y%m%d}"}))
        try:
            return files_join(files)
        except FlexUnreadable as error:
            raise FlexError(f"The statement cannot be put together: {error}.", needs_person=True) from None

    def _fetch(self, login: FlexLogin, period: dict[str, str]) -> bytes:
        asked = {"t": login.token, "q": login.query, "v": VERSION, **period}
        reference = self._patiently(f"{self._address}/SendRequest", asked)
        if isinstance(reference, FlexFile):
            raise FlexError("Interactive Brokers sent a statement before it was asked for.")
        fetched = {"t": login.token, "q": reference.code, "v": VERSION}
        # The service makes it meanwhile; asking at once is only told to wait.
        self._sleep(PAUSE)
        statement = self._patiently(self._place(reference), fetched)
        if isinstance(statement, FlexReference):
            raise FlexError("Interactive Brokers sent a reference instead of the statement.")
        return statement.content

    def _place(self, reference: FlexReference) -> str:
        """Where to fetch the statement. Raises FlexError for an address that is not the broker's."""
        if not reference.address:
            return f"{self._address}/GetStatement"
        own = reference.address == f"{self._address}/GetStatement"
        if not own and not is_within(reference.address, self._domains):
            raise FlexError(
                "Interactive Brokers named an address that is not its own. It was not asked.",
                needs_person=True,
            )
        return reference.address

    def _patiently(self, address: str, parameters: dict[str, str]) -> FlexReference | FlexFile:
        """The answer that is no refusal, after as many attempts as there are waits, and one more."""
        for wait in WAITS:
            answer = self._once(address, parameters)
            if not isinstance(answer, FlexProblem):
                return answer
            if answer.course is not Course.AGAIN:
                raise _refused(answer)
            self._sleep(wait)
        answer = self._once(address, parameters)
        if isinstance(answer, FlexProblem):
            raise _refused(answer)
        return answer

    def _once(self, address: str, parameters: dict[str, str]) -> FlexReference | FlexProblem | FlexFile:
        try:
            answer = ask(address, parameters=parameters, headers=HEADERS, bounds=self._bounds)
        except OutgoingError as error:
            raise FlexError(f"Interactive Brokers could not be asked: {error}.") from None
        if answer.status != OK:
            raise FlexError(
                f"Interactive Brokers could not be asked: its server answered {answer.status}.",
                retry_seconds=answer.retry_after or REST_SECONDS,
            )
        try:
            return read_answer(answer.body)
        except FlexUnreadable as error:
            raise FlexError(f"{error}.") from None


def _refused(problem: FlexProblem) -> FlexError:
    return FlexError(
        problem.words,
        code=problem.code,
        needs_person=problem.course is Course.PERSON,
        retry_seconds=REST_SECONDS,
    )
