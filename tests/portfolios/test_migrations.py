"""The tables of the tax book, there and back, with rows in them."""

from datetime import date

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from portfolios.models import Disposal, IdentityGroup, IdentityMember, Instrument, Lot
from portfolios.services.book import book_derive
from portfolios.services.ledger import transactions_record
from tests.factories.portfolios import PortfolioFactory, buy, sell

FIRST = ("portfolios", "0001_first_tables")


@pytest.mark.django_db(transaction=True)
def test_groups_lots_and_gains_survive_the_way_back_and_forth() -> None:
    portfolio = PortfolioFactory()
    rows = [buy(date(2026, 3, 2), 10, "1000"), sell(date(2026, 3, 3), 4, "500")]
    transactions_record(portfolio=portfolio, parsed=rows, source="csv")
    book_derive(household_id=portfolio.household_id)
    group = IdentityGroup.objects.create(name="ACME and kin")
    group.members.create(instrument=Instrument.objects.get())
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes()

    back = MigrationExecutor(connection)
    back.migrate([FIRST])
    old = back.loader.project_state([FIRST]).apps
    try:
        assert old.get_model("portfolios", "Instrument").objects.get().identity_group_id == group.pk
    finally:
        MigrationExecutor(connection).migrate(latest)

    assert [member.group_id for member in IdentityMember.objects.all()] == [group.pk]
    lot = Lot.objects.get()
    assert lot.root_id == lot.pk
    disposal = Disposal.objects.get()
    assert (disposal.gain_base, disposal.recognised_base, disposal.disallowed_base) == (100, 100, 0)
