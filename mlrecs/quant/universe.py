"""The returns that models are trained and judged on: twenty large US stocks, 1990 to 2022.

They are the adjusted closes of skfolio's example data set, read without importing it. All twenty still stood
at its end: results on them are those of survivors, and the data is for examples and tests only.
"""

import csv
import gzip
import hashlib
import importlib.util
from datetime import date
from functools import lru_cache
from pathlib import Path

import numpy as np

from mlrecs.quant.arrays import FloatArray, UnfitReturns

NAME = "20 US stocks, 1990-2022"
DATA_SET = "sp500_dataset.csv.gz"


@lru_cache(maxsize=1)
def universe_returns() -> tuple[tuple[date, ...], tuple[str, ...], FloatArray]:
    """Days, symbols, and daily log returns as days by symbols, each over the session before.

    Refused with `UnfitReturns` where the data set is not installed. The array is shared and cannot be
    written.
    """
    with gzip.open(_path(), "rt", encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        symbols = tuple(next(reader)[1:])
        rows = list(reader)
    closes = np.array([[float(cell) for cell in row[1:]] for row in rows], dtype=np.float64)
    returns = np.diff(np.log(closes), axis=0)
    returns.setflags(write=False)
    return tuple(date.fromisoformat(row[0]) for row in rows[1:]), symbols, returns


def data_digest(returns: FloatArray) -> str:
    """The SHA-256 of a table of returns: of its shape and its numbers."""
    table = np.ascontiguousarray(returns, dtype="<f8")
    return hashlib.sha256(repr(table.shape).encode() + table.tobytes()).hexdigest()


def _path() -> Path:
    spec = importlib.util.find_spec("skfolio")
    path = Path(spec.origin).parent / "datasets" / "data" / DATA_SET if spec and spec.origin else None
    if path is None or not path.exists():
        raise UnfitReturns("The training universe comes with the package skfolio, which is not installed.")
    return path
