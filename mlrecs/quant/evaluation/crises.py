"""Crises of the US market by name, 1990 to 2022: the days on which a detector ought to speak.

The first day is that of the news or of the first large loss, the last that on which the market had found a
floor. The list is ours and was made before any detector was run on it; it is short, so every figure that
follows from it is uncertain, and the intervals say how much.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Crisis:
    """A crisis with its first and its last day."""

    name: str
    first: date
    last: date


def _crisis(name: str, first: str, last: str) -> Crisis:
    return Crisis(name=name, first=date.fromisoformat(first), last=date.fromisoformat(last))


CRISES = (
    _crisis("Invasion of Kuwait", "1990-08-03", "1990-08-23"),
    _crisis("Asian crisis", "1997-10-27", "1997-11-12"),
    _crisis("Russian default and LTCM", "1998-08-27", "1998-10-08"),
    _crisis("End of the internet boom", "2000-04-12", "2000-04-19"),
    _crisis("11 September", "2001-09-17", "2001-09-27"),
    _crisis("WorldCom and the low of 2002", "2002-07-10", "2002-08-05"),
    _crisis("Quant funds and subprime", "2007-08-09", "2007-08-17"),
    _crisis("Lehman Brothers", "2008-09-15", "2008-12-05"),
    _crisis("Low of 2009", "2009-02-10", "2009-03-23"),
    _crisis("Flash crash and Greece", "2010-05-06", "2010-06-08"),
    _crisis("Downgrade of the United States", "2011-08-04", "2011-08-26"),
    _crisis("Devaluation in China", "2015-08-20", "2015-09-04"),
    _crisis("Oil and China, early 2016", "2016-01-07", "2016-02-11"),
    _crisis("Vote on Brexit", "2016-06-24", "2016-06-29"),
    _crisis("Collapse of short volatility", "2018-02-02", "2018-02-09"),
    _crisis("End of 2018", "2018-12-04", "2018-12-27"),
    _crisis("Covid-19", "2020-02-24", "2020-04-09"),
    _crisis("Inflation and rates, June 2022", "2022-06-09", "2022-06-17"),
)


def crisis_days(days: Sequence[date], crises: Sequence[Crisis] = CRISES) -> NDArray[np.bool_]:
    """Which of `days` lie in one of the crises."""
    return np.array([any(one.first <= day <= one.last for one in crises) for day in days], dtype=np.bool_)
