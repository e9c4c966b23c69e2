"""The page of all parts with invented values, for maintainers; served while debugging or in the demo."""

from datetime import date, timedelta
from decimal import Decimal
from math import sin
from types import SimpleNamespace
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

D = Decimal
SATURDAY = 5


class SampleForm(forms.Form):
    """Every kind of field once, two of them with an error."""

    name = forms.CharField(label="Name", help_text="As it reads at the broker.")
    kind = forms.ChoiceField(
        label="Kind", choices=[("taxable", "Taxable"), ("ira", "IRA"), ("roth", "Roth IRA")]
    )
    cost = forms.DecimalField(label="Cost of the lot, USD", min_value=0)
    opened = forms.DateField(label="Opened", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    relief = forms.ChoiceField(
        label="Which lots are sold first",
        choices=[("fifo", "The oldest"), ("hifo", "The dearest")],
        widget=forms.RadioSelect,
    )
    reinvest = forms.BooleanField(
        label="Dividends are reinvested", required=False, help_text="Reinvested shares can wash a loss."
    )
    remark = forms.CharField(label="Remark", required=False, widget=forms.Textarea(attrs={"rows": 3}))


class SampleFilters(forms.Form):
    """A filter bar."""

    q = forms.CharField(
        label="Search", required=False, widget=forms.TextInput(attrs={"data-page-search": ""})
    )
    what = forms.ChoiceField(
        label="Kind", required=False, choices=[("", "All"), ("buy", "Buy"), ("sell", "Sell")]
    )
    since = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))


def style_guide(request: HttpRequest) -> HttpResponse:
    """Every component of templates/components/ on one page."""
    form = SampleForm({"name": "", "kind": "taxable", "cost": "-4", "relief": "fifo", "reinvest": "on"})
    return render(request, "wealthalloc/style_guide.html", {"sample": _sample(form)})


def _sample(form: forms.Form) -> dict[str, Any]:
    return {
        "value": D("950360.38"),
        "change": D("85447.98"),
        "deposits": D(18000),
        "twr": D("0.0994"),
        "short": D(1940),
        "long": D(6412),
        "loss": D("-3090.90"),
        "cash": D("21103.68"),
        "unknown": D("6334.00"),
        "about": D("85.52"),
        "day": date(2026, 12, 17),
        "quote": D("79.42"),
        "quote_change": D("-0.38"),
        "spark": [None if at in (11, 12) else 71.2 + at * 0.28 + 1.4 * sin(at * 1.7) for at in range(30)],
        "choices": [("comfortable", "Comfortable"), ("compact", "Compact")],
        "form": form,
        "filters": SampleFilters({"what": "buy"}),
        "chart": _chart(),
        "accounts": _accounts(),
        "allocation": _allocation(),
        "arithmetic": _arithmetic(),
        **_lots(),
    }


def _chart() -> dict[str, Any]:
    year = (date(2026, 1, 2) + timedelta(days=index) for index in range(326))
    days = [day for day in year if day.weekday() < SATURDAY]
    last = len(days) - 1
    waves = [9000 * sin(i / 9) + 14000 * sin(i / 31) + 2500 * sin(i * 1.9) for i in range(len(days))]
    rise = 108360.38 - waves[-1]
    household = [842000 + rise * i / last + wave for i, wave in enumerate(waves)]
    mix = [838000 + 96000 * i / last + 9000 * sin(i / 14) + 1800 * sin(i * 2.3) for i in range(len(days))]
    gap = range(150, 156)
    return {
        "days": [day.isoformat() for day in days],
        "series": [
            {
                "label": "Household",
                "values": [f"{v:.2f}" if i not in gap else None for i, v in enumerate(household)],
            },
            {"label": "Target mix 60/18/16/4/2", "kind": "benchmark", "values": [f"{v:.2f}" for v in mix]},
        ],
        "events": [
            {"day": days[60].isoformat(), "kind": "flow"},
            {"day": days[120].isoformat(), "kind": "flow"},
            {"day": days[188].isoformat(), "kind": "lot", "label": "40"},
        ],
    }


def _accounts() -> list[SimpleNamespace]:
    rows = (
        ("Elena, Taxable", "IBKR ••4821", "451912.95"),
        ("Elena, Roth IRA", "Fidelity ••0937", "139717.00"),
        ("Marcus, Taxable", "Schwab ••7716", "130765.58"),
        ("Marcus, Traditional IRA", "Vanguard ••2250", "227964.85"),
    )
    return [SimpleNamespace(name=name, detail=detail, value=D(value)) for name, detail, value in rows]


def _allocation() -> list[SimpleNamespace]:
    rows = (
        ("US stocks", "0.621", "0.60"),
        ("International", "0.160", "0.18"),
        ("Bonds", "0.156", "0.16"),
        ("Real estate", "0.041", "0.04"),
        ("Cash", "0.022", "0.02"),
    )
    return [
        SimpleNamespace(
            label=label,
            fraction=D(weight),
            target=D(target),
            drift=D(weight) - D(target),
            above=D(weight) - D(target) > D("0.02"),
        )
        for label, weight, target in rows
    ]


def _arithmetic() -> list[SimpleNamespace]:
    rows = (
        ("Short-term loss, 90 shares", "1,636.20", "", ""),
        ("Long-term loss, 160 shares", "2,307.20", "", ""),
        ("Deferred to Marcus, 25 × 14.42", "−360.50", "IRC 1091(a), (d). Spouse: Publication 550", ""),
        ("Loss recognised in 2026", "3,582.90", "", "subtotal"),
        ("Short 1,636.20 × 32.75 %", "535.86", "24.00 federal + 3.80 NIIT + 4.95 Illinois", ""),
        ("Long 1,946.70 × 23.75 %", "462.34", "15.00 federal + 3.80 NIIT + 4.95 Illinois", ""),
        ("Less tax in 2026, about", "998.20", "", "result"),
    )
    return [
        SimpleNamespace(label=label, amount=amount, source=source, kind=kind)
        for label, amount, source, kind in rows
    ]


def _lots() -> dict[str, Any]:
    rows = (
        (date(2026, 9, 4), 40, "78.90", "20.80", 0.38, "long in 227 days, 9 Jul 2027"),
        (date(2026, 2, 9), 90, "97.60", "-1636.20", 0.79, "long in 78 days, 10 Feb 2027"),
        (date(2025, 8, 18), 160, "93.84", "-2307.20", 1.0, "long since 19 Aug 2026"),
    )
    lots = [
        SimpleNamespace(
            acquired=day,
            account="Elena, Taxable",
            shares=D(shares),
            each=D(each),
            basis=D(shares) * D(each),
            gain=D(gain),
            relative=D(gain) / D(2400),
            fraction=fraction,
            long=fraction == 1,
            clock=clock,
            verdict="clear",
            words="Clear",
            why="",
        )
        for day, shares, each, gain, fraction, clock in rows
    ]
    lots[0].why = "77.15 + 1.75 deferred 28 Aug"
    lots[2].verdict, lots[2].words = "deferred", "25 would defer"
    total = sum((lot.basis for lot in lots), D(0))
    count = sum((lot.shares for lot in lots), D(0))
    return {
        "lots": lots,
        "lot_shares": count,
        "lot_basis": total,
        "lot_each": (total / count).quantize(D("0.01")),
        "lot_gain": sum((lot.gain for lot in lots), D(0)),
    }
