"""What each finding means to a person: how grave it is, what to call it, and how to mend it."""

from dataclasses import dataclass
from enum import StrEnum

from portfolios.engine.records import FindingKind


class Severity(StrEnum):
    """How much of the book a finding makes doubtful."""

    WRONG = "wrong"
    INCOMPLETE = "incomplete"
    HINT = "hint"


SEVERITY_TITLES = {
    Severity.WRONG: "Figures that are likely wrong",
    Severity.INCOMPLETE: "Figures that cannot be computed",
    Severity.HINT: "Worth a look",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to tell a person about one kind of finding; `action` names where it can be mended."""

    severity: Severity
    title: str
    fix: str
    action: str


IMPORT_EARLIER = "import"
SEE_TRANSACTIONS = "transactions"

ADVICE: dict[FindingKind, Advice] = {
    FindingKind.OVERSOLD: Advice(
        severity=Severity.WRONG,
        title="More sold than held",
        fix="Import the statement in which it was bought, or add an opening position with its cost.",
        action=IMPORT_EARLIER,
    ),
    FindingKind.POSITION_DIFFERS: Advice(
        severity=Severity.WRONG,
        title="Position differs from the statement",
        fix="Import the statement that covers the missing days, or reverse the row that counts twice.",
        action=IMPORT_EARLIER,
    ),
    FindingKind.CASH_DIFFERS: Advice(
        severity=Severity.WRONG,
        title="Cash differs from the statement",
        fix="Import the statement that covers the missing days, or add the opening cash.",
        action=IMPORT_EARLIER,
    ),
    FindingKind.NO_POSITION: Advice(
        severity=Severity.WRONG,
        title="A corporate action on nothing",
        fix="Import the statement in which the position was bought.",
        action=IMPORT_EARLIER,
    ),
    FindingKind.ROW_UNUSABLE: Advice(
        severity=Severity.WRONG,
        title="A row that the book cannot use",
        fix="Reverse the row and record it as it should be.",
        action=SEE_TRANSACTIONS,
    ),
    FindingKind.REVERSAL_UNMATCHED: Advice(
        severity=Severity.WRONG,
        title="A reversal of a row that is not there",
        fix="Import the statement that holds the original row.",
        action=IMPORT_EARLIER,
    ),
    FindingKind.LOTS_UNUSABLE: Advice(
        severity=Severity.WRONG,
        title="Lots that cannot have been sold",
        fix="Choose the lots of this sale again: until then the account's own method chooses them.",
        action=SEE_TRANSACTIONS,
    ),
    FindingKind.WASH_UNCLEAR: Advice(
        severity=Severity.HINT,
        title="A purchase that may wash a loss",
        fix="No authority says whether a purchase in this kind of account washes the loss. Ask your adviser.",
        action=SEE_TRANSACTIONS,
    ),
    FindingKind.TRANSFER_UNMATCHED: Advice(
        severity=Severity.INCOMPLETE,
        title="Half of a transfer",
        fix="Import the statement of the other account, so that lots and dates can follow.",
        action=IMPORT_EARLIER,
    ),
    FindingKind.BASIS_UNKNOWN: Advice(
        severity=Severity.INCOMPLETE,
        title="Basis unknown",
        fix="Import the statement in which it was bought; until then no gain is shown for it.",
        action=IMPORT_EARLIER,
    ),
    FindingKind.ALLOCATION_UNKNOWN: Advice(
        severity=Severity.INCOMPLETE,
        title="Basis of a spin-off not divided",
        fix="The company publishes the share of basis that moved (Form 8937): record it with the spin-off.",
        action=SEE_TRANSACTIONS,
    ),
    FindingKind.RATE_MISSING: Advice(
        severity=Severity.INCOMPLETE,
        title="Exchange rate missing",
        fix="Import a Flex statement with the conversion rates of that day, or ask the operator of this "
        "server to import closes of the currency pair (manage.py import_prices).",
        action=IMPORT_EARLIER,
    ),
    FindingKind.PRICE_MISSING: Advice(
        severity=Severity.INCOMPLETE,
        title="Price or exchange rate missing",
        fix="Import a statement that quotes it (a Flex statement with its conversion rates), or ask the "
        "operator of this server to import a file of closes (manage.py import_prices).",
        action=IMPORT_EARLIER,
    ),
    FindingKind.ACQUIRED_UNKNOWN: Advice(
        severity=Severity.HINT,
        title="Date of purchase unknown",
        fix="Import the statement in which it was bought; until then its term is not known.",
        action=IMPORT_EARLIER,
    ),
    FindingKind.PRICE_STALE: Advice(
        severity=Severity.HINT,
        title="Price is old",
        fix="Import a newer statement, or ask the operator of this server to import newer closes "
        "(manage.py import_prices).",
        action=IMPORT_EARLIER,
    ),
}
