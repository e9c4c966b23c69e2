"""Reading the fields of a request one after the other, as the kinds of values they are."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from trading.papergateway.wire import UNSET_DOUBLE, UNSET_INTEGER, BadField, Message

# Beyond these a number is a mistake; written out in full it would fill the memory.
LARGEST_POWER = 15
SMALLEST_POWER = -12
LONGEST_NUMBER = 32
# The protocol's word for an unset number, and that of a client which writes it as Python does.
UNSET_NUMBERS = {"", UNSET_DOUBLE, "1.7976931348623157e+308"}


class Fields:
    """The fields of a frame, read one after the other. Every reading raises BadField where it cannot."""

    def __init__(self, fields: Message) -> None:
        self._fields = fields
        self._at = 0

    def text(self) -> str:
        """The next field as it stands."""
        if self._at >= len(self._fields):
            raise BadField("fewer fields than the request has")
        self._at += 1
        return self._fields[self._at - 1]

    def integer(self) -> int:
        """The next field as a whole number; empty and unset count as 0."""
        words = self.text()
        if words in {"", UNSET_INTEGER}:
            return 0
        digits = words.removeprefix("-")
        if not (digits.isascii() and digits.isdigit()) or len(digits) > LONGEST_NUMBER // 2:
            raise BadField(f"no whole number: {words[:LONGEST_NUMBER]}")
        return int(words)

    def number(self) -> Decimal | None:
        """The next field as a number; None when it is empty or the protocol's word for unset."""
        return number(self.text())

    def flag(self) -> bool:
        """The next field as yes or no."""
        words = self.text()
        if words not in {"", "0", "1"}:
            raise BadField(f"neither yes nor no: {words[:LONGEST_NUMBER]}")
        return words == "1"

    def count(self) -> int:
        """The next field as a number of things to come, each of which takes a field at least."""
        many = self.integer()
        if not 0 <= many <= len(self._fields) - self._at:
            raise BadField(f"{many} of something in {len(self._fields)} fields")
        return many

    def skip(self, many: int) -> None:
        """Pass over fields that mean nothing here."""
        for _ in range(many):
            self.text()

    def end(self) -> None:
        """Make sure that nothing is left."""
        if self._at != len(self._fields):
            raise BadField("more fields than the request has")


def names(words: str) -> tuple[str, ...]:
    """Names of fields, written one after the other."""
    return tuple(words.split())


def number(words: str) -> Decimal | None:
    """A number as clients write it; None when it is empty or unset. Raises BadField when it is none."""
    if words in UNSET_NUMBERS:
        return None
    try:
        found = Decimal(words) if len(words) <= LONGEST_NUMBER else None
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite() or not _is_sensible(found):
        raise BadField(f"no number: {words[:LONGEST_NUMBER]}")
    return found


def _is_sensible(found: Decimal) -> bool:
    exponent = found.as_tuple().exponent
    return found == 0 or (
        isinstance(exponent, int) and exponent >= SMALLEST_POWER and found.adjusted() <= LARGEST_POWER
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractAsk:
    """A contract as a client describes it; what it leaves open is empty, or 0."""

    con_id: int
    symbol: str
    kind: str
    exchange: str
    primary_exchange: str
    currency: str
    local_symbol: str

    @classmethod
    def read(cls, fields: Fields) -> "ContractAsk":
        """The twelve fields of a contract in a request."""
        con_id, symbol, kind = fields.integer(), fields.text(), fields.text()
        fields.skip(4)  # last trade date, strike, right and multiplier: of options and futures
        exchange, primary, currency, local = (fields.text() for _ in range(4))
        fields.skip(1)  # the trading class follows from the listing
        return cls(
            con_id=con_id,
            symbol=symbol,
            kind=kind,
            exchange=exchange,
            primary_exchange=primary,
            currency=currency,
            local_symbol=local,
        )
