"""Figures about trading as a monitor reads them: the text format of Prometheus, version 0.0.4."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

PREFIX = "wealthalloc_trading_"
ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """One figure that goes up and down, with what tells it from others of its name."""

    name: str
    words: str
    value: int
    labels: Mapping[str, str]


def gauges_text(gauges: Iterable[Gauge]) -> str:
    """The figures line by line, those of one name together below what it means."""
    lines: list[str] = []
    for name, group in groupby(sorted(gauges, key=lambda gauge: gauge.name), key=lambda gauge: gauge.name):
        found = list(group)
        lines += [f"# HELP {PREFIX}{name} {found[0].words}", f"# TYPE {PREFIX}{name} gauge"]
        lines += sorted(_line(gauge) for gauge in found)
    return "".join(f"{line}\n" for line in lines)


def _line(gauge: Gauge) -> str:
    labels = ",".join(f'{name}="{text.translate(ESCAPES)}"' for name, text in sorted(gauge.labels.items()))
    return (
        f"{PREFIX}{gauge.name}{{{labels}}} {gauge.value}" if labels else f"{PREFIX}{gauge.name} {gauge.value}"
    )
