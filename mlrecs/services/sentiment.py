"""What a turn of tone says to a household: something to read, with its evidence, and never an order."""

from datetime import datetime, timedelta

from accounts.models import Household
from common.formats import percent
from mlrecs.engine.reasons import Reason, ReasonCode
from mlrecs.engine.sentiment import ToneMean, has_turned
from mlrecs.models import Recommendation
from mlrecs.selectors.sentiment import ToneLine, accounts_of, households_holding, sentiment_in
from mlrecs.selectors.tone import ToneMeasured, ToneStanding, tone_standing
from mlrecs.services.recommendations import recommendation_put

LIVES = timedelta(days=14)
NO_ORDER = "Nothing is bought or sold on tone alone, so no order goes with this."
NOTHING_LOST = (
    "If you do nothing, nothing changes. Whether tone says anything about returns is not shown here, and most "
    "published evidence is weak after costs."
)
NOT_MEASURED = "How often this reader is right has not been measured here."


def sentiment_review(household: Household, now: datetime) -> list[Recommendation]:
    """Put forward where the tone about a holding has turned; returns what is new.

    A turn needs at least eight pieces of news in the last four weeks and in the eight before, means whose 95 %
    intervals do not touch, and a change of at least 0.3 (`mlrecs.engine.sentiment.has_turned`).
    """
    found = sentiment_in(accounts_of(household.pk), now.date())
    standing = tone_standing()
    turned = [line for line in found.holdings if has_turned(line.history)]
    put = [_put(household, line, standing, now) for line in turned]
    return [row for row in put if row is not None]


def sentiments_review(now: datetime) -> int:
    """The same for every household that holds something; returns how many recommendations are new."""
    return sum(len(sentiment_review(household, now)) for household in households_holding())


def _put(
    household: Household, line: ToneLine, standing: ToneStanding, now: datetime
) -> Recommendation | None:
    recent, earlier, change = line.history.recent, line.history.earlier, line.history.change
    if recent is None or earlier is None or change is None:
        return None
    way = "better" if change > 0 else "worse"
    return recommendation_put(
        household=household,
        portfolio=None,
        kind=Recommendation.Kind.SENTIMENT,
        subject=f"tone:{line.key}",
        title=f"News about {line.key} sounds {way} than before",
        words=(
            f"Of {recent.count} pieces of news in the last four weeks the mean tone is {recent.mean:+}, after "
            f"{earlier.mean:+} in the eight weeks before. Read them before you think of anything else."
        ),
        reasons=(_turn(line, recent, earlier), _weakness(standing)),
        figures=_figures(recent, earlier) | {"change": str(change), "reader": standing.title},
        binding=NO_ORDER,
        counterfactual=NOTHING_LOST,
        confidence=_confidence(standing),
        costs={},
        orders=(),
        data_until=now.date(),
        expires_at=now + LIVES,
        now=now,
    )


def _turn(line: ToneLine, recent: ToneMean, earlier: ToneMean) -> Reason:
    return Reason(
        code=ReasonCode.TONE_TURNED,
        words=(
            f"The mean tone about {line.key} lies between {recent.low:+} and {recent.high:+} now (95 %), and lay "
            f"between {earlier.low:+} and {earlier.high:+} before: the two do not touch."
        ),
        figures=_figures(recent, earlier),
    )


def _figures(recent: ToneMean, earlier: ToneMean) -> dict[str, str]:
    return {
        "recent": str(recent.mean),
        "recent_count": str(recent.count),
        "earlier": str(earlier.mean),
        "earlier_count": str(earlier.count),
    }


def _weakness(standing: ToneStanding) -> Reason:
    measured = standing.measured
    if measured is None:
        return Reason(code=ReasonCode.TONE_IS_WEAK, words=NOT_MEASURED)
    return Reason(code=ReasonCode.TONE_IS_WEAK, words=_record(measured), figures=_shares(measured))


def _confidence(standing: ToneStanding) -> dict[str, str]:
    measured = standing.measured
    if measured is None:
        return {"words": f"Weak. {NOT_MEASURED}"}
    return {"words": f"Weak. {_record(measured)}", **_shares(measured)}


def _record(measured: ToneMeasured) -> str:
    figures = measured.figures
    return (
        f"The reader names the tone of {percent(figures.accuracy, 1)} of texts rightly; always saying "
        f"“{figures.majority_label}” is right in {percent(figures.majority, 1)}. Measured on {measured.on}."
    )


def _shares(measured: ToneMeasured) -> dict[str, str]:
    figures = measured.figures
    return {
        "accuracy": str(figures.accuracy),
        "majority": str(figures.majority),
        "texts": str(figures.texts),
    }
