"""The real prices of a back-test: what the package skfolio ships, read without importing it."""

import csv
import gzip
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taxharvest.quant.backtest.assumptions import data_folder

Floats = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """Closes by session and name, adjusted for splits and dividends, oldest first."""

    names: tuple[str, ...]
    days: Days
    prices: Floats

    @property
    def returns(self) -> Floats:
        """Growth of each name from session to session, less one; zero on the first."""
        growth = self.prices[1:] / self.prices[:-1] - 1
        return np.vstack([np.zeros((1, len(self.names))), growth])


@dataclass(frozen=True, slots=True, kw_only=True)
class Markets:
    """Everything that a back-test looks at."""

    stocks: Market
    index: Market
    factor_funds: Market


def markets() -> Markets:
    """The real prices."""
    return Markets(stocks=stocks(), index=index(), factor_funds=factor_funds())


def stocks() -> Market:
    """Twenty large US stocks, 1990 to 2022: those that were still large at the end."""
    return _market("sp500_dataset.csv.gz")


def index() -> Market:
    """The level of the S&P 500, 1990 to 2022, without its dividends."""
    return _market("sp500_index.csv.gz")


def factor_funds() -> Market:
    """Five funds on factors of US stocks, 2014 to 2022."""
    return _market("factors_dataset.csv.gz")


def _market(name: str) -> Market:
    with gzip.open(data_folder() / name, "rt", encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        names = tuple(next(reader)[1:])
        rows = list(reader)
    return Market(
        names=names,
        days=np.array([row[0] for row in rows], dtype="datetime64[D]"),
        prices=np.array([row[1:] for row in rows], dtype=np.float64),
    )
