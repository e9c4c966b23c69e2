"""The boxes and codes of Form 8949, and the lines of Schedule D to which they lead."""

from enum import StrEnum

from portfolios.engine.records import Term

# Form 8949 and Schedule D of 2025: which line takes the totals of which boxes.
SCHEDULE_D_LINES = {
    **dict.fromkeys("AG", "1b"),
    **dict.fromkeys("BH", "2"),
    **dict.fromkeys("CI", "3"),
    **dict.fromkeys("DJ", "8b"),
    **dict.fromkeys("EK", "9"),
    **dict.fromkeys("FL", "10"),
}
DIRECT_LINES = {"A": "1a", "D": "8a"}


class Part(StrEnum):
    """The two parts of the form: short-term and long-term."""

    SHORT = "I"
    LONG = "II"


class Box(StrEnum):
    """The box that is checked at the top of a page, in the order of the form."""

    A = "A"
    B = "B"
    C = "C"
    G = "G"
    H = "H"
    I = "I"  # noqa: E741 the form calls it so
    D = "D"
    E = "E"
    F = "F"
    J = "J"
    K = "K"
    L = "L"

    @property
    def part(self) -> Part:
        """The part of the form in which the box stands."""
        return Part.SHORT if self in "ABCGHI" else Part.LONG

    @property
    def label(self) -> str:
        """What the box says, in short."""
        return f"{_TERM_LABELS[self.part]}, {_REPORTING_LABELS[_COLUMN[self]]}"

    @property
    def schedule_line(self) -> str:
        """The line of Schedule D that takes the totals of this box."""
        return SCHEDULE_D_LINES[self]


_TERM_LABELS = {Part.SHORT: "Short-term", Part.LONG: "Long-term"}
_REPORTING_LABELS = (
    "basis reported to the IRS on Form 1099-B",
    "basis not reported to the IRS on Form 1099-B",
    "no Form 1099-B received",
    "digital asset, basis reported to the IRS",
    "digital asset, basis not reported to the IRS",
    "digital asset, no Form 1099-DA or 1099-B received",
)
LETTERS = {Term.SHORT: "ABCGHI", Term.LONG: "DEFJKL"}
_COLUMN = {letter: place for letters in LETTERS.values() for place, letter in enumerate(letters)}
# Places in the letters of a term: what the broker reported; three further on, the same for digital assets.
REPORTED, NOT_REPORTED, NO_STATEMENT, DIGITAL = 0, 1, 2, 3


class Code(StrEnum):
    """The codes of column (f) that sales of securities need (Instructions for Form 8949)."""

    BASIS = "B"
    COLLECTIBLES = "C"
    EXPENSES = "E"
    TERM = "T"
    WASH = "W"

    @property
    def meaning(self) -> str:
        """What the code says, for a legend."""
        return CODE_MEANINGS[self]


CODE_MEANINGS = {
    "B": "The basis shown on Form 1099-B is incorrect.",
    "C": "Collectibles were disposed of.",
    "D": "Accrued market discount.",
    "E": "Selling expenses or option premiums are not reflected on Form 1099-B.",
    "H": "Exclusion of gain on a main home.",
    "L": "A nondeductible loss other than from a wash sale.",
    "M": "Several transactions reported on one row, with a statement attached.",
    "N": "Received as a nominee for the actual owner.",
    "O": "An adjustment not explained by another code.",
    "Q": "Exclusion of gain on qualified small business stock.",
    "R": "Gain is rolled over.",
    "S": "Loss on small business stock beyond the ordinary loss.",
    "T": "The type of gain or loss (short or long) shown on Form 1099-B is incorrect.",
    "W": "Nondeductible loss from a wash sale.",
    "X": "Exclusion of gain on DC Zone or qualified community assets.",
    "Y": "Gain that was deferred in a qualified opportunity fund and is now included.",
    "Z": "Gain is deferred by an investment in a qualified opportunity fund.",
}
