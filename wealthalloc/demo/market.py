"""The demo's prices: real closes that skfolio ships (1990 to 2022), moved so that they end on a given day.

Only the calendar is moved: the sequence of closes is as it was. Closes come adjusted for splits and
dividends; for the one split that the demo tells of, the earlier closes are put back to what was traded.
"""

import csv
import gzip
import importlib.util
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from portfolios.engine.records import InstrumentFacts

CENT = Decimal("0.01")
SOURCE = "skfolio closes, moved in time"
MADE = "made for the demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """An instrument of the demo with its closes, one for each session, oldest first."""

    facts: InstrumentFacts
    closes: tuple[Decimal, ...]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoMarket:
    """The sessions of the demo and what everything cost on each of them."""

    sessions: tuple[date, ...]
    quoted: dict[str, Quoted]
    split_symbol: str
    split_session: int
    split_ratio: int

    def close(self, symbol: str, session: int) -> Decimal:
        """The close of `symbol` on a session, as traded."""
        return self.quoted[symbol].closes[session]


STOCKS: dict[str, tuple[str, str]] = {
    "AAPL": ("Apple", "Information technology"),
    "AMD": ("Advanced Micro Devices", "Information technology"),
    "BAC": ("Bank of America", "Financials"),
    "BBY": ("Best Buy", "Consumer discretionary"),
    "CVX": ("Chevron", "Energy"),
    "GE": ("General Electric", "Industrials"),
    "HD": ("Home Depot", "Consumer discretionary"),
    "JNJ": ("Johnson & Johnson", "Health care"),
    "JPM": ("JPMorgan Chase", "Financials"),
    "KO": ("Coca-Cola", "Consumer staples"),
    "LLY": ("Eli Lilly", "Health care"),
    "MRK": ("Merck", "Health care"),
    "MSFT": ("Microsoft", "Information technology"),
    "PEP": ("PepsiCo", "Consumer staples"),
    "PFE": ("Pfizer", "Health care"),
    "PG": ("Procter & Gamble", "Consumer staples"),
    "RRC": ("Range Resources", "Energy"),
    "UNH": ("UnitedHealth", "Health care"),
    "WMT": ("Walmart", "Consumer staples"),
    "XOM": ("Exxon Mobil", "Energy"),
}
FACTOR_FUNDS = {
    "MTUM": "Momentum factor fund",
    "QUAL": "Quality factor fund",
    "SIZE": "Size factor fund",
    "USMV": "Minimum volatility fund",
    "VLUE": "Value factor fund",
}
# Two funds on the same index, priced at a fixed fraction of its level.
INDEX_FUNDS = {"VOO": ("S&P 500 index fund", 10), "IVV": ("S&P 500 index fund, second issuer", 9)}
INDEX = "SP500"
BOND_FUND = "BND"
# Apple's four-for-one split took effect on 31 August 2020.
SPLIT_SYMBOL, SPLIT_DAY, SPLIT_RATIO = "AAPL", date(2020, 8, 31), 4


def demo_market(sessions: Sequence[date]) -> DemoMarket:
    """The market on `sessions` (oldest first): the last real close falls on the last of them."""
    count = len(sessions)
    stock_days, stocks = _table("sp500_dataset.csv.gz")
    _, factors = _table("factors_dataset.csv.gz")
    _, index = _table("sp500_index.csv.gz")
    split_session = stock_days[-count:].index(SPLIT_DAY)
    quoted = {
        symbol: _quoted(symbol, name, "stock", stocks[symbol][-count:], sector=sector)
        for symbol, (name, sector) in STOCKS.items()
    }
    quoted[SPLIT_SYMBOL] = _undo_split(quoted[SPLIT_SYMBOL], split_session)
    quoted |= {
        symbol: _quoted(symbol, name, "fund", factors[symbol][-count:])
        for symbol, name in FACTOR_FUNDS.items()
    }
    level = index["SP500"][-count:]
    quoted |= {
        symbol: _quoted(symbol, name, "fund", [close / parts for close in level])
        for symbol, (name, parts) in INDEX_FUNDS.items()
    }
    quoted[INDEX] = _quoted(INDEX, "S&P 500", "index", level)
    quoted[BOND_FUND] = _quoted(BOND_FUND, "US bond fund", "fund", _made_bond_closes(count), source=MADE)
    return DemoMarket(
        sessions=tuple(sessions),
        quoted=quoted,
        split_symbol=SPLIT_SYMBOL,
        split_session=split_session,
        split_ratio=SPLIT_RATIO,
    )


def _table(name: str) -> tuple[list[date], dict[str, list[Decimal]]]:
    """A data file of skfolio, read without importing it (which would take seconds)."""
    spec = importlib.util.find_spec("skfolio")
    if spec is None or spec.origin is None:
        raise LookupError("The demo's prices come with the package skfolio, which is not installed.")
    path = Path(spec.origin).parent / "datasets" / "data" / name
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = next(reader)
        rows = list(reader)[-1500:]
    days = [date.fromisoformat(row[0]) for row in rows]
    return days, {
        symbol: [Decimal(row[column]) for row in rows] for column, symbol in enumerate(header) if column
    }


def _quoted(
    symbol: str,
    name: str,
    asset_class: str,
    closes: Sequence[Decimal],
    *,
    sector: str = "",
    source: str = SOURCE,
) -> Quoted:
    facts = InstrumentFacts(
        symbol=symbol, name=name, asset_class=asset_class, currency="USD", exchange="DEMO", sector=sector
    )
    return Quoted(facts=facts, closes=tuple(close.quantize(CENT) for close in closes), source=source)


def _undo_split(quoted: Quoted, session: int) -> Quoted:
    closes = tuple(
        close * SPLIT_RATIO if position < session else close for position, close in enumerate(quoted.closes)
    )
    return Quoted(facts=quoted.facts, closes=closes, source=quoted.source)


def _made_bond_closes(count: int) -> list[Decimal]:
    """A seeded walk with about 5 % volatility a year: no bond fund is among the real closes."""
    generator = random.Random(1091)  # noqa: S311 - a fixed walk, not a secret
    close = Decimal("78.00")
    closes = []
    for _ in range(count):
        step = Decimal(round(generator.gauss(-5, 300)))  # millionths a day
        close += close * step / Decimal(1_000_000)
        closes.append(close)
    return closes
