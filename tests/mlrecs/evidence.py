"""A measurement of advice for tests: made figures in the form of the real ones."""

from typing import Any

from django.utils import timezone

from mlrecs.services.advice_evidence import evidence_keep


def evidence(*, clear: tuple[str, ...] = ("low_volatility",)) -> dict[str, Any]:
    """Two methods, and four screens of which some clear their bar."""
    three = ["0.2000", "0.1500", "0.2500"]
    method = {
        "less_tail_than_nothing": three, "less_tail_than_equal": three, "more_than_nothing": three,
        "more_than_equal": three, "calmer_than_nothing": three, "calmer_than_equal": three,
        "deflated": "0.0842", "traded": "0.86", "steps": 119, "failed": 0, "hits": "0.6134",
        "forecast": ["0.6022", "0.8616", "1.6038"], "fared": {},
    }  # fmt: skip
    screens = {
        factor: {
            "is_clear": factor in clear, "promises": "calm" if factor == "low_volatility" else "return",
            "calmer": ["0.1806", "0.1540", "0.2094"], "more": ["-0.0417", "-0.0808", "-0.0008"],
            "halves": ["0.1437", "0.2261"], "deflated": "0.0001", "days": 7052,
        }
        for factor in ("low_volatility", "momentum", "value", "quality")
    }  # fmt: skip
    return {
        "universe": "20 US stocks, 1990-2022", "symbols": ["AAPL", "AMD"], "digest": "d" * 64,
        "from": "1993-01-05", "until": "2022-12-28", "days": 7556, "nothing": {}, "equal": {},
        "methods": {"minimum_cvar": method, "minimum_variance": method}, "screens": screens,
    }  # fmt: skip


def evidence_kept(**changes: Any) -> None:
    """Keep it as the newest measurement."""
    evidence_keep(evidence(**changes), timezone.now())
