"""How often a reader of tone is right, beside always guessing the commonest label."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from common.errors import InvalidInput
from common.money import ARITHMETIC
from mlrecs.engine.tone import ToneLabel

PLACES = Decimal("0.001")
# The 97.5 % point of the normal distribution.
NORMAL = Decimal("1.959964")
ZERO, ONE = Decimal(0), Decimal(1)
# Label by label what people said, and what the reader said.
Judged = Sequence[tuple[ToneLabel, ToneLabel]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToneAccuracy:
    """Shares of one, to three places: right answers with their 95 % interval, and what guessing would give.

    `macro_f1` is the mean over the labels, so that a reader that only knows the commonest one scores low.
    """

    texts: int
    accuracy: Decimal
    low: Decimal
    high: Decimal
    majority_label: ToneLabel
    majority: Decimal
    macro_f1: Decimal

    @property
    def beats_guessing(self) -> bool:
        """Whether even the lower end of its interval lies above guessing."""
        return self.low > self.majority


# Measured once on the 4,846 sentences of the Financial PhraseBank (Malo and others 2014), which may not be
# shipped: its licence forbids commercial use.
PHRASEBANK = ToneAccuracy(
    texts=4846,
    accuracy=Decimal("0.624"),
    low=Decimal("0.610"),
    high=Decimal("0.638"),
    majority_label=ToneLabel.NEUTRAL,
    majority=Decimal("0.594"),
    macro_f1=Decimal("0.504"),
)


def tone_accuracy(judged: Judged) -> ToneAccuracy:
    """How a reader did on texts whose tone people have judged. Raises InvalidInput without any.

    The interval is Wilson's, which stays within 0 and 1 for few texts too.
    """
    if not judged:
        raise InvalidInput("There is no text with a label to measure on.", code="nothing-to-measure")
    truths = Counter(truth for truth, _ in judged)
    label = max(ToneLabel, key=lambda one: truths[one])
    right = sum(truth == said for truth, said in judged)
    low, high = _wilson(right, len(judged))
    return ToneAccuracy(
        texts=len(judged),
        accuracy=_share(right, len(judged)),
        low=low,
        high=high,
        majority_label=label,
        majority=_share(truths[label], len(judged)),
        macro_f1=_macro_f1(judged),
    )


def _share(part: int, whole: int) -> Decimal:
    with localcontext(ARITHMETIC):
        return (Decimal(part) / Decimal(whole)).quantize(PLACES)


def _wilson(right: int, texts: int) -> tuple[Decimal, Decimal]:
    """Wilson 1927: the shares that the count does not contradict."""
    with localcontext(ARITHMETIC):
        n, share, square = Decimal(texts), Decimal(right) / Decimal(texts), NORMAL * NORMAL
        middle = share + square / (2 * n)
        half = NORMAL * ((share * (ONE - share) + square / (4 * n)) / n).sqrt()
        whole = ONE + square / n
        return ((middle - half) / whole).quantize(PLACES), ((middle + half) / whole).quantize(PLACES)


def _macro_f1(judged: Judged) -> Decimal:
    """The mean of 2TP / (2TP + FP + FN) over the labels that occur."""
    occurring = [one for one in ToneLabel if any(one in pair for pair in judged)]
    with localcontext(ARITHMETIC):
        scores = [_f1(judged, one) for one in occurring]
        return (sum(scores, ZERO) / len(scores)).quantize(PLACES)


def _f1(judged: Judged, label: ToneLabel) -> Decimal:
    hits = sum(truth == label == said for truth, said in judged)
    misses = sum((truth == label) != (said == label) for truth, said in judged)
    return Decimal(2 * hits) / Decimal(2 * hits + misses) if hits or misses else ZERO
