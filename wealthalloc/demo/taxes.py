"""What the demo household says of its taxes: two years of its tax profile, and the lots of one sale.

Income, state and the losses of earlier years are made; what is carried into this year follows from the book.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q, Sum

from accounts.models import TaxProfile, User
from accounts.services.profiles import tax_profile_save
from portfolios.engine.records import LotChoice, Term
from portfolios.models import Disposal, Portfolio, Transaction
from portfolios.selectors.lot_selections import ChoosableLot, sale_lots
from portfolios.services.lot_selections import lot_selection_record
from taxharvest.engine.netting import Netting, net_year
from wealthalloc.demo.story import NAMED_SHARES, NAMED_SYMBOL

INCOME = {"this": Decimal(310_000), "last": Decimal(298_500)}
EARLIER_SHORT, EARLIER_LONG = Decimal(1_200), Decimal(64_000)
STATE: dict[str, Any] = {"state": "NY", "state_rate": Decimal("0.0685")}
# A joint return deducts 3,000 dollars of a net capital loss from other income (IRC 1211(b)).
LOSS_CAP = Decimal(3_000)
CENT = Decimal("0.01")
AFTER_THE_CLOSE = time(21, 30, tzinfo=UTC)


def tax_profiles_tell(*, actor: User, household_id: UUID, year: int) -> None:
    """Save the profiles of `year` and the year before; call it once the book is derived."""
    common = {"actor": actor, "household_id": household_id, **STATE}
    common["filing_status"] = TaxProfile.FilingStatus.MARRIED_JOINT
    tax_profile_save(
        **common,
        year=year - 1,
        ordinary_income=INCOME["last"],
        carryforward_short=EARLIER_SHORT,
        carryforward_long=EARLIER_LONG,
    )
    left = _net(household_id, year - 1)
    tax_profile_save(
        **common,
        year=year,
        ordinary_income=INCOME["this"],
        carryforward_short=left.carry_short.quantize(CENT),
        carryforward_long=left.carry_long.quantize(CENT),
    )


def _net(household_id: UUID, year: int) -> Netting:
    """The netting of a year of the taxable accounts (IRC 1222, 1212(b)), gains as recognised."""
    sums = Disposal.objects.filter(
        portfolio__household_id=household_id,
        portfolio__kind__in=(Portfolio.Kind.TAXABLE, Portfolio.Kind.SPOUSE_TAXABLE),
        disposed__year=year,
    ).aggregate(
        short=Sum("recognised_base", filter=Q(term=Term.SHORT), default=Decimal(0)),
        long=Sum("recognised_base", filter=Q(term=Term.LONG), default=Decimal(0)),
    )
    return net_year(
        short=sums["short"],
        long=sums["long"],
        cap=LOSS_CAP,
        carry_short=EARLIER_SHORT,
        carry_long=EARLIER_LONG,
    )


def lots_name(*, actor: User, household_id: UUID) -> None:
    """Name the dearest lots for Elena's sale, as she did on the evening of that day."""
    sale = Transaction.objects.filter(
        portfolio__household_id=household_id, instrument__symbol=NAMED_SYMBOL, quantity=-NAMED_SHARES
    ).latest("trade_date")
    now = datetime.combine(sale.trade_date, AFTER_THE_CLOSE)
    choices = _dearest(sale_lots(sale, now).lots, NAMED_SHARES)
    lot_selection_record(sale=sale, choices=choices, now=now, actor_id=actor.pk)


def _dearest(lots: Iterable[ChoosableLot], shares: Decimal) -> list[LotChoice]:
    choices, left = [], shares
    for lot in sorted(lots, key=lambda lot: lot.basis_per_share or Decimal(0), reverse=True):
        if taken := min(left, lot.quantity):
            choices.append(LotChoice(lot_id=lot.lot_id, quantity=taken))
            left -= taken
    return choices
