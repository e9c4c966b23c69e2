"""Twenty large US stocks from 1990 to 2022, as daily returns, for tests that reproduce measurements."""

import csv
import gzip
import importlib.util
from functools import cache
from pathlib import Path

import numpy as np

from mlrecs.quant.arrays import FloatArray


@cache
def closes(name: str = "sp500_dataset.csv.gz") -> tuple[list[str], list[str], FloatArray]:
    """Days, symbols and closes of a data file of skfolio, read without importing it."""
    spec = importlib.util.find_spec("skfolio")
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent / "datasets" / "data" / name
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    days = [row[0][:10] for row in rows[1:]]
    return days, rows[0][1:], np.array([[float(cell) for cell in row[1:]] for row in rows[1:]])


def returns() -> tuple[list[str], FloatArray]:
    """The day of each return, and a column for each stock."""
    days, _, table = closes()
    return days[1:], table[1:] / table[:-1] - 1
