"""Tables of a back-test: rows of fractions as decimals, fit to be kept as JSON, shown, and written down."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from taxharvest.quant.backtest.intervals import Interval

PLACES = Decimal("0.0001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One figure, a fraction of one, with the interval it lies in where there is one; or words instead."""

    value: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    words: str = ""

    def to_json(self) -> dict[str, str]:
        """Plain values; what is missing is left out."""
        figures = {"value": self.value, "low": self.low, "high": self.high}
        told = {name: str(figure) for name, figure in figures.items() if figure is not None}
        return told | ({"words": self.words} if self.words else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row under its label."""

    label: str
    cells: tuple[Cell, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with what stands above it, and below it what to know."""

    key: str
    title: str
    note: str
    head: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        rows = [
            {"label": row.label, "note": row.note, "cells": [cell.to_json() for cell in row.cells]}
            for row in self.rows
        ]
        return {
            "key": self.key,
            "title": self.title,
            "note": self.note,
            "head": self.head,
            "columns": list(self.columns),
            "rows": rows,
        }


def figure(value: float) -> Cell:
    """A figure without an interval."""
    return Cell(value=rounded(value))


def between(interval: Interval) -> Cell:
    """A mean with its interval."""
    low, high = (None if end is None else rounded(end) for end in (interval.low, interval.high))
    return Cell(value=rounded(interval.mean), low=low, high=high)


def words(text: str) -> Cell:
    """Words where no figure can stand."""
    return Cell(words=text)


def rounded(value: float) -> Decimal:
    """A statistic as a decimal fraction, to a hundredth of a per cent."""
    return Decimal(repr(float(value))).quantize(PLACES) + 0


def rounded_all(values: Sequence[float]) -> list[str]:
    """Many of them, as text."""
    return [str(rounded(value)) for value in values]
