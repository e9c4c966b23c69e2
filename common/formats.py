"""Amounts, shares, percentages and dates as people read them: pure functions from a value to a string."""

from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal

MINUS = "\u2212"
# A narrow space that never breaks stands between a figure and its percent sign.
NARROW_SPACE = "\u202f"
NO_BREAK_SPACE = "\u00a0"

SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "CAD": "CA$", "AUD": "A$", "HKD": "HK$"}
WHOLE_CURRENCIES = frozenset({"JPY", "KRW", "CLP", "HUF"})
LARGEST_PRICE_DECIMALS = 8

Number = Decimal | int


def fixed(value: Number, decimals: int) -> str:
    """`value` with thousands separators, exactly `decimals` places and a true minus: `−1,234.50`.

    Rounds half-even. A value that rounds to zero carries no sign.
    """
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)
    return f"{MINUS if rounded < 0 else ''}{abs(rounded):,.{decimals}f}"


def currency_decimals(currency: str) -> int:
    """How many decimal places amounts in `currency` are shown with."""
    return 0 if currency in WHOLE_CURRENCIES else 2


def money(value: Number, currency: str = "") -> str:
    """An amount with its currency: `$1,234.50`, `−$3.00`, `CHF 12.00`; without a currency only the figure."""
    figure = fixed(value, currency_decimals(currency))
    if not currency:
        return figure
    sign, digits = (MINUS, figure[1:]) if figure.startswith(MINUS) else ("", figure)
    return f"{sign}{SIGNS.get(currency, currency + NO_BREAK_SPACE)}{digits}"


def signed(text: str) -> str:
    """`text` with a plus in front unless it is negative or holds no digit but zero."""
    if text.startswith(MINUS) or not any(character in "123456789" for character in text):
        return text
    return f"+{text}"


def direction(value: Number, decimals: int = 2) -> int:
    """-1, 0 or 1: the sign that `value` has once it is rounded to `decimals` places."""
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)
    return (rounded > 0) - (rounded < 0)


def percent(fraction: Number | float, decimals: int = 2) -> str:
    """A fraction of one as a percentage: `Decimal("0.0994")` reads `9.94 %`.

    A binary fraction is accepted for statistics that are computed as such, never for money.
    """
    value = Decimal(repr(fraction)) if isinstance(fraction, float) else Decimal(fraction)
    return f"{fixed(value * 100, decimals)}{NARROW_SPACE}%"


def points(difference: Number | float, decimals: int = 1) -> str:
    """A difference of two fractions in percentage points, always signed: `Decimal("0.021")` reads `+2.1`."""
    value = Decimal(repr(difference)) if isinstance(difference, float) else Decimal(difference)
    return signed(fixed(value * 100, decimals))


def shares(quantity: Number) -> str:
    """A quantity without trailing zeros: `495`, `0.8125`, `−40`."""
    value = Decimal(quantity)
    exponent = value.normalize().as_tuple().exponent
    return fixed(value, max(0, -exponent) if isinstance(exponent, int) else 0)


def price(value: Number, decimals: int | None = None) -> str:
    """A price with the instrument's decimals; when these are not given, two, and more where needed."""
    if decimals is None:
        exponent = Decimal(value).normalize().as_tuple().exponent
        needed = -exponent if isinstance(exponent, int) else 2
        decimals = min(max(needed, 2), LARGEST_PRICE_DECIMALS)
    return fixed(value, decimals)


def day(value: date) -> str:
    """A calendar day in words: `17 Dec 2026`."""
    return f"{value.day} {value:%b} {value.year}"


def day_month(value: date) -> str:
    """A calendar day whose year is plain from where it stands: `17 Dec`."""
    return f"{value.day} {value:%b}"


def moment(value: datetime) -> str:
    """A point in time with its zone: `17 Dec 2026, 10:42 UTC`."""
    return f"{day(value)}, {clock(value)}"


def moment_exact(value: datetime) -> str:
    """A point in time to the second: `17 Dec 2026, 10:42:07 UTC`. One without a zone raises ValueError."""
    if value.tzinfo is None:
        raise ValueError("a time of day needs its zone")
    return f"{day(value)}, {value:%H:%M:%S} {value.tzname()}"


def clock(value: datetime) -> str:
    """The time of day with its zone: `10:42 UTC`. A time without a zone is refused with ValueError."""
    if value.tzinfo is None:
        raise ValueError("a time of day needs its zone")
    return f"{value:%H:%M} {value.tzname()}"


def compact(value: Number, currency: str = "") -> str:
    """A large amount for an axis: `$960k`, `$1.2m`, `−$4b`. Below ten thousand it is written out."""
    size = abs(Decimal(value))
    for limit, suffix in ((Decimal(10) ** 9, "b"), (Decimal(10) ** 6, "m"), (Decimal(10) ** 4, "k")):
        if size >= limit:
            unit = Decimal(1000) if suffix == "k" else limit
            scaled = (Decimal(value) / unit).quantize(Decimal("0.1"), rounding=ROUND_HALF_EVEN)
            text = fixed(scaled, 0 if scaled == scaled.to_integral_value() else 1)
            sign, digits = (MINUS, text[1:]) if text.startswith(MINUS) else ("", text)
            return f"{sign}{SIGNS.get(currency, '')}{digits}{suffix}"
    return money(value, currency)
