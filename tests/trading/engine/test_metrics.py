"""Figures for a monitor are written as its format wants them."""

from trading.engine.metrics import Gauge, gauges_text


def gauge(name: str, value: int, **labels: str) -> Gauge:
    return Gauge(name=name, words=f"What {name} is.", value=value, labels=labels)


def test_figures_of_one_name_stand_together_below_its_meaning() -> None:
    told = [gauge("b", 2, gateway="two"), gauge("a", 0), gauge("b", 1, state="ready", gateway="one")]
    assert gauges_text(told) == (
        "# HELP wealthalloc_trading_a What a is.\n"
        "# TYPE wealthalloc_trading_a gauge\n"
        "wealthalloc_trading_a 0\n"
        "# HELP wealthalloc_trading_b What b is.\n"
        "# TYPE wealthalloc_trading_b gauge\n"
        'wealthalloc_trading_b{gateway="one",state="ready"} 1\n'
        'wealthalloc_trading_b{gateway="two"} 2\n'
    )


def test_what_would_end_a_label_is_escaped() -> None:
    line = gauges_text([gauge("a", 1, label='say "no"\\\n')]).splitlines()[-1]
    assert line == r'wealthalloc_trading_a{label="say \"no\"\\\n"} 1'


def test_nothing_to_tell_is_no_text() -> None:
    assert gauges_text([]) == ""
