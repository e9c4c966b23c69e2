"""How the columns of a CSV file map onto transactions: kept with a name, applied again to the next file."""

from dataclasses import dataclass, field
from typing import Any

from portfolios.engine.records import TransactionKind
from portfolios.engine.statements.csv_formats import DateFormat, DecimalMark
from portfolios.engine.statements.csv_kinds import IGNORE, folded
from portfolios.engine.statements.refusals import StatementError


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(" | "))


# The fields that a column can fill, with the names that English exports give them, in small letters.
FIELDS: dict[str, tuple[str, ...]] = {
    "date": _names(
        "trade date | tradedate | date | run date | transaction date | date/time | datetime | "
        "activity date | executed at | process date | posted date"
    ),
    "settle_date": _names("settlement date | settle date | settledatetarget | settlementdate | settledate"),
    "kind": _names(
        "transaction type | type | action | buy/sell | buysell | side | activity | activity type | "
        "kind | trans code | transaction"
    ),
    "symbol": _names("symbol | ticker | instrument | security symbol | symbol/cusip | ticker symbol"),
    "name": _names(
        "security | security name | investment name | security description | instrument name | name | company"
    ),
    "isin": _names("isin"),
    "cusip": _names("cusip"),
    "quantity": _names("quantity | shares | units | qty | no. of shares | number of shares"),
    "price": _names(
        "price | share price | t. price | tradeprice | price ($) | unit price | price per share | trade price"
    ),
    "amount": _names(
        "net amount | amount | netcash | net cash | amount ($) | total | total amount | cash amount "
        "| value | proceeds"
    ),
    "fees": _names(
        "fees & comm | commissions and fees | commission | ibcommission | comm/fee | commission ($) "
        "| fees | comm | fee | charges"
    ),
    "other_fees": _names("fees ($) | taxes | other fees | sec fee | tax | reg fee"),
    "currency": _names(
        "currency | currencyprimary | ccy | currency code | price currency | settlement currency"
    ),
    "fx_rate": _names("fxratetobase | fx rate | exchange rate | fx rate to base"),
    "account": _names("account number | account | clientaccountid | account id | account name"),
    "identifier": _names("transaction id | transactionid | tradeid | trade id | reference | id | ibexecid"),
    "order": _names("order id | orderid | iborderid | order number | order reference | order"),
    "note": _names(
        "description | transaction description | memo | notes | details | comment | action description"
    ),
    "asset_class": _names("asset class | assetclass | asset category | asset type | security type"),
    "cost": _names("cost basis | cost | cost basis ($) | basis"),
    "acquired": _names("date acquired | acquired | acquisition date | open date"),
    "ratio": _names("ratio | split ratio"),
    "counter_amount": _names("counter amount | to amount | bought amount"),
    "counter_currency": _names("counter currency | to currency | bought currency"),
}
REQUIRED = ("date", "kind")
SIGN = "sign"
_SETTINGS = ("encoding", "delimiter", "currency", "account", "amount_sign")


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvMapping:
    """What a person has confirmed about a kind of CSV file.

    `columns` names the header for each field of FIELDS; `date_format` is None until a person has chosen among
    several that fit; `kinds` gives for each value of the kind column (in
    small letters) a TransactionKind, "ignore", or "sign" (deposit or withdrawal, transfer in or out, by the
    sign). `amount_sign` is "as_stated", or "by_kind" when the file writes all amounts without a sign.
    `fees_inside` says that the amounts are net of the fees. `currency` and `account` stand in where the file
    has no column for them.
    """

    columns: dict[str, str]
    date_format: DateFormat | None
    kinds: dict[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"
    delimiter: str = ","
    header_line: int = 1
    decimal_mark: DecimalMark = DecimalMark.POINT
    currency: str = ""
    account: str = ""
    amount_sign: str = "as_stated"
    fees_inside: bool = True

    def kind_of(self, text: str) -> str:
        """What the person said that `text` in the kind column means; empty when they did not say."""
        return self.kinds.get(folded(text), "")

    def to_json(self) -> dict[str, Any]:
        """The mapping as plain JSON values."""
        return {
            "columns": dict(self.columns),
            "date_format": self.date_format.value if self.date_format else "",
            "kinds": dict(self.kinds),
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "header_line": self.header_line,
            "decimal_mark": self.decimal_mark.value,
            "currency": self.currency,
            "account": self.account,
            "amount_sign": self.amount_sign,
            "fees_inside": self.fees_inside,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "CsvMapping":
        """The mapping kept in `stored`, perhaps unfinished. Raises StatementError for what is no mapping."""
        try:
            mapping = cls(
                columns={str(key): str(value) for key, value in stored["columns"].items()},
                date_format=DateFormat(stored["date_format"]) if stored.get("date_format") else None,
                kinds={folded(str(key)): str(value) for key, value in stored.get("kinds", {}).items()},
                decimal_mark=DecimalMark(stored.get("decimal_mark", ".")),
                header_line=int(stored.get("header_line", 1)),
                fees_inside=bool(stored.get("fees_inside", True)),
                **{name: str(stored[name]) for name in _SETTINGS if name in stored},
            )
        except (KeyError, ValueError, AttributeError, TypeError) as problem:
            raise StatementError(
                f"This column mapping cannot be used: {problem}.", "mapping-invalid"
            ) from None
        return mapping

    def check(self) -> DateFormat:
        """The chosen format of dates. Raises StatementError when the mapping fits no file."""
        missing = [name for name in REQUIRED if not self.columns.get(name)]
        unknown = sorted(set(self.columns) - set(FIELDS))
        kinds = sorted(set(self.kinds.values()) - {*TransactionKind, IGNORE, SIGN, ""})
        problems = {
            "the format of the dates is not chosen": self.date_format is None,
            f"no column gives the {' or the '.join(missing)}": missing,
            f"“{'”, “'.join(unknown)}” is not a field": unknown,
            f"“{'”, “'.join(kinds)}” is not a kind of transaction": kinds,
            f"the separator “{self.delimiter[:10]}” is not one character": len(self.delimiter) != 1,
            f"“{self.amount_sign[:20]}” is not a rule for signs": self.amount_sign
            not in ("as_stated", "by_kind"),
        }
        wrong = [sentence for sentence, is_wrong in problems.items() if is_wrong]
        if wrong or self.date_format is None:
            raise StatementError(
                f"This column mapping cannot be used: {'; '.join(wrong)}.", "mapping-invalid"
            )
        return self.date_format


def proposed_columns(headers: tuple[str, ...]) -> dict[str, str]:
    """The header that most likely fills each field; a header fills one field only."""
    by_name = {folded(header): header for header in reversed(headers)}
    taken: dict[str, str] = {}
    for name, synonyms in FIELDS.items():
        found = next(
            (by_name[word] for word in synonyms if word in by_name and by_name[word] not in taken.values()),
            "",
        )
        if found:
            taken[name] = found
    return taken
