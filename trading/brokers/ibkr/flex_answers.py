"""Reads what the Flex web service answers: a reference, a refusal by its number, or the statement itself."""

from dataclasses import dataclass
from enum import StrEnum
from xml.parsers import expat

DEPTH_LIMIT = 3
# An answer that is no statement is short; a statement is only looked at, not read, here.
ENVELOPE_LIMIT = 65_536
FIELD_LIMIT = 2_000
ENVELOPE, STATEMENT = b"<FlexStatementResponse", b"<FlexQueryResponse"


class FlexUnreadable(Exception):
    """The answer is neither a statement nor an envelope of the service."""


class Course(StrEnum):
    """What to do about a refusal: ask again soon, leave the service alone for long, or ask a person."""

    AGAIN = "again"
    REST = "rest"
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlexProblem:
    """A refusal: its number, what to do about it, and a sentence for people."""

    code: int
    course: Course
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlexReference:
    """The number under which a statement is being made, and where the service says to fetch it."""

    code: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlexFile:
    """A statement, as it came."""

    content: bytes


BUSY = "Interactive Brokers cannot make the statement just now. It is asked again by itself."
NOT_READY = (
    "Interactive Brokers has not finished the figures of the day. They are asked for again by themselves."
)
TOO_MANY = "Interactive Brokers was asked for statements too often. It is left alone for a while."
WRONG_MACHINE = (
    "The token may only be used from certain addresses of the network, and this machine's is not one. "
    "Change that in Client Portal, under Settings, Flex Web Service."
)
# Numbers and their meanings: IBKR, Flex Web Service version 3.
PROBLEMS: dict[int, tuple[Course, str]] = {
    1001: (Course.AGAIN, BUSY),
    1003: (
        Course.PERSON,
        "Interactive Brokers has no statement for these days. The Flex query may be set to another period.",
    ),
    1004: (Course.AGAIN, NOT_READY),
    1005: (Course.AGAIN, NOT_READY),
    1006: (Course.AGAIN, NOT_READY),
    1007: (Course.AGAIN, NOT_READY),
    1008: (Course.AGAIN, NOT_READY),
    1009: (Course.AGAIN, BUSY),
    1010: (
        Course.PERSON,
        "The query is of an old kind that Interactive Brokers no longer runs. Make an Activity Flex Query.",
    ),
    1011: (
        Course.PERSON,
        "The Flex Web Service is switched off for this login. Switch it on in Client Portal, under Settings.",
    ),
    1012: (
        Course.PERSON,
        "The token has expired. Make a new one in Client Portal, under Settings, Flex Web Service.",
    ),
    1013: (Course.PERSON, WRONG_MACHINE),
    1014: (
        Course.PERSON,
        "There is no such query. Compare its number with Client Portal, under Reports, Flex Queries.",
    ),
    1015: (
        Course.PERSON,
        "The token is not valid. Copy it again from Client Portal, under Settings, Flex Web Service.",
    ),
    1016: (Course.PERSON, "The query names an account that this login may not see."),
    1017: (
        Course.REST,
        "Interactive Brokers forgot the statement that was asked for. It is asked anew.",
    ),
    1018: (Course.REST, TOO_MANY),
    1019: (
        Course.AGAIN,
        "Interactive Brokers is still making the statement. It is fetched when ready.",
    ),
    1020: (Course.PERSON, "Interactive Brokers did not accept the request. Check token and query number."),
    1021: (Course.AGAIN, BUSY),
}
UNKNOWN = "Interactive Brokers refused the statement for a reason that is not known here (number {code})."


def flex_problem(code: int) -> FlexProblem:
    """What a number of the service means; one that is not known is for a person to look at."""
    course, words = PROBLEMS.get(code, (Course.PERSON, UNKNOWN.format(code=code)))
    return FlexProblem(code=code, course=course, words=words)


def read_answer(body: bytes) -> FlexReference | FlexProblem | FlexFile:
    """What an answer is. The words of the service itself are not kept: they may repeat the token.

    Raises FlexUnreadable.
    """
    head = body[:1024]
    if STATEMENT in head:
        return FlexFile(content=body)
    if ENVELOPE not in head or len(body) > ENVELOPE_LIMIT:
        raise FlexUnreadable("Interactive Brokers sent something that is no statement")
    fields = _fields(body)
    if fields.get("Status") == "Success" and fields.get("ReferenceCode"):
        return FlexReference(code=fields["ReferenceCode"], address=fields.get("Url", ""))
    code = fields.get("ErrorCode", "")
    if not (code.isascii() and code.isdigit() and len(code) <= 6):  # noqa: PLR2004 - numbers have four digits
        raise FlexUnreadable("Interactive Brokers refused the statement and did not say why")
    return flex_problem(int(code))


def _fields(body: bytes) -> dict[str, str]:
    """The texts of an envelope's elements by name. Raises FlexUnreadable, for document types too."""
    reading = _Envelope()
    try:
        reading.parser.Parse(body, True)
    except (expat.ExpatError, LookupError, ValueError):
        raise FlexUnreadable("Interactive Brokers sent an answer that is not XML") from None
    return {name: text.strip() for name, text in reading.fields.items()}


class _Envelope:
    """The expat parser with the handlers that gather the texts of the elements below the root."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self._path: list[str] = []
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse

    def _start(self, name: str, _: dict[str, str]) -> None:
        self._path.append(name)
        if len(self._path) > DEPTH_LIMIT:
            raise FlexUnreadable("Interactive Brokers sent an answer of another shape")

    def _end(self, _: str) -> None:
        self._path.pop()

    def _text(self, text: str) -> None:
        if len(self._path) == 2:  # noqa: PLR2004 - right below the root
            held = self.fields.get(self._path[-1], "")
            self.fields[self._path[-1]] = (held + text)[:FIELD_LIMIT]

    def _refuse(self, *_: object) -> None:
        raise FlexUnreadable("Interactive Brokers sent a document type, which no answer needs")
