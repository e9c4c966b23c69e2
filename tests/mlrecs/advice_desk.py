"""A household with an account that leans on one share, a risk profile, and a broker: for tests of advice.

Of 30,000 in all, 150 ACME at 100 are half; GLBX at 50 and INIT at 20 are what could be bought.
"""

from collections.abc import Collection, Mapping
from decimal import Decimal
from uuid import UUID

from mlrecs.engine.optimising import Point, RiskAnswer, RiskQuestion
from mlrecs.engine.questionnaire import QUESTIONS
from mlrecs.engine.return_table import ReturnTable
from mlrecs.services.advice import AdviceTools
from mlrecs.services.risk_profiles import profile_set
from portfolios.models import CashBalance, Holding, Instrument
from tests.taxharvest.harvest_desk import HarvestDesk, harvest_desk

BALANCED = {one.key: one.choices[2].key for one in QUESTIONS}


def advice_desk(*, has_profile: bool = True) -> HarvestDesk:
    """The desk of harvesting with a profile, GLBX as a fund on an index, and cash for half of it."""
    desk = harvest_desk()
    Instrument.objects.filter(symbol="GLBX").update(asset_class="fund", tracked_index="World index")
    Instrument.objects.filter(symbol="ACME").update(sector="Energy")
    CashBalance.objects.filter(portfolio=desk.portfolio).update(amount=Decimal(15_000))
    assert Holding.objects.get(portfolio=desk.portfolio).quantity == 150
    if has_profile:
        profile_set(desk.user, desk.portfolio.household, answers=BALANCED, limits={})
    return desk


def answer_of(question: RiskQuestion, *, symbol: str = "ACME", weight: str = "0.40") -> RiskAnswer:
    """An optimiser that brings one asset to a weight and lowers the risk by a tenth."""
    keys = {name: key for key, name in question.names.items()}
    now = Point(name="Now", volatility=Decimal("0.20"), growth=Decimal("0.05"), tail=Decimal("0.030"))
    then = Point(name="Proposed", volatility=Decimal("0.18"), growth=Decimal("0.05"), tail=Decimal("0.027"))
    shares = {key: Decimal(1) if name == symbol else Decimal(0) for name, key in keys.items()}
    return RiskAnswer(
        method="minimum_cvar",
        weights={keys[symbol]: Decimal(weight)},
        now=now,
        proposed=then,
        others=(now,),
        frontier=(then, now),
        shares_now=shares,
        shares_then=shares,
        binding=("no more than 20 % is exchanged at a time",),
        days=500,
    )


def nobody_ranked(_table: ReturnTable, _factor: str) -> Mapping[UUID, Decimal]:
    """No asset has enough history."""
    return {}


def no_overlap(_table: ReturnTable, _funds: Collection[UUID]) -> Mapping[tuple[UUID, UUID], str]:
    """No two funds are the same."""
    return {}


TOOLS = AdviceTools(answer=answer_of, ranked=nobody_ranked, overlapping=no_overlap)
