"""A finished back-test with a result small enough to read, for pages and the API."""

from typing import Any

from django.utils import timezone

from taxharvest.models import HarvestBacktest
from taxharvest.quant.backtest.assumptions import Assumptions, assumption_words, in_short

CAVEATS = ["Survivors only.", "It promises nothing.", "Few years."]


def result_of(assumptions: Assumptions) -> dict[str, Any]:
    """A result with one table, one claim that holds and one that does not."""
    cell = {"value": "0.0085", "low": "0.0059", "high": "0.0108"}
    return {
        "made": {
            "python": "3.11",
            "numpy": "2",
            "skfolio": "1",
            "data": "d" * 64,
            "code": "c" * 64,
            "first": "1990-01-02",
            "last": "2022-12-28",
            "names": ["A"],
            "starts": 2,
        },
        "in_short": in_short(assumptions),
        "headline": [
            {"label": "Tax alpha a year, no rule", **cell},
            {"label": "The rule costs", "value": "0.2"},
        ],
        "assumptions": [list(pair) for pair in assumption_words(assumptions)],
        "caveats": CAVEATS,
        "claims": [
            {"claim": "First", "measured": "so", "holds": True, "why": ""},
            {"claim": "Second", "measured": "not so", "holds": False, "why": "Because of dips."},
        ],
        "tables": [
            {
                "key": "rule",
                "title": "The wash rule",
                "note": "What it costs.",
                "head": "Account",
                "columns": ["Tax alpha a year", "The rule costs"],
                "rows": [
                    {"label": "With it", "note": "", "cells": [cell, {"words": "nothing to take from"}]}
                ],
            }
        ],
        "charts": {
            "starts": {
                "days": ["1990-01-02", "1990-04-02"],
                "without": ["0.01", "0.02"],
                "with": ["0.005", "0.015"],
                "after": ["0.004", "0.012"],
            },
            "years": {"without": ["0.1", "0.2"], "with": ["0.08", "0.15"]},
            "reviews": {
                "labels": ["daily", "monthly"],
                "without": ["0.02", "0.01"],
                "with": ["0.01", "0.01"],
            },
        },
    }


def backtest_done(assumptions: Assumptions | None = None, **facts: Any) -> HarvestBacktest:
    """A row that is done."""
    assumed = assumptions or Assumptions()
    values = {
        "digest": assumed.digest(),
        "assumptions": assumed.to_json(),
        "state": HarvestBacktest.State.DONE,
        "progress": 100,
        "result": result_of(assumed),
        "finished_at": timezone.now(),
    }
    return HarvestBacktest.objects.create(**(values | facts))
