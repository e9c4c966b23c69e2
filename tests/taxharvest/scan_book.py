"""The couple's book with harvesting switched on and a large loss in it: for tests of scans."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from portfolios.models import Instrument, Price
from portfolios.services.book import book_derive
from portfolios.services.ledger import transactions_record
from taxharvest.engine.harvest.replacements import Replacement, ReplacementPart, Tag
from taxharvest.models import HarvestPolicy
from taxharvest.services import scan_accounts
from tests.factories.portfolios import buy
from tests.taxharvest.wash_book import WashBook, ago, wash_book


class FakeDesk:
    """Offers GAMMA for everything."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self.gamma = Instrument.objects.get_or_create(symbol="GAMMA", currency="USD")[0]

    def turn_to(self, household_ids: Any) -> None:
        """It is the same for every household."""

    def learn(self, *_: Any) -> set[UUID]:
        """Its closes are known already."""
        return {self.gamma.pk}

    def offers(self, *_: Any, blocked: Any = (), **__: Any) -> tuple[Replacement, ...]:
        """GAMMA, unless a purchase of it would wash a loss."""
        if self.gamma.pk in blocked:
            return ()
        part = ReplacementPart(instrument_id=self.gamma.pk, symbol="GAMMA", share=Decimal(1))
        return (
            Replacement(
                parts=(part,), tag=Tag.GREEN, reason="Another company.", correlation=Decimal("0.9"),
                tracking_error=Decimal("0.05"), sample=700, source="test", confidence="rule",
            ),
        )  # fmt: skip


def scan_book(monkeypatch: pytest.MonkeyPatch) -> WashBook:
    """The couple's book, harvesting on for Ann's account, with a large clear loss of 4,000 in DELTA."""
    monkeypatch.setattr(scan_accounts, "ReplacementDesk", FakeDesk)
    book = wash_book()
    transactions_record(
        portfolio=book.taxable, parsed=[buy(ago(100), 100, "10000", symbol="DELTA")], source="delta"
    )
    book_derive(household_id=book.taxable.household_id)
    delta = Instrument.objects.get(symbol="DELTA", household=book.taxable.household)
    Price.objects.create(instrument=delta, day=ago(1), close=60, currency="USD", source="test")
    policy = HarvestPolicy.objects.create(portfolio=book.taxable, is_enabled=True, threshold="any_loss")
    HarvestPolicy.objects.filter(pk=policy.pk).update(updated_at=timezone.now() - timedelta(days=9))
    return book
