"""What a scan proposes is written in sets: the same few statements for one position and for many."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from common.models import AuditEvent, OutboxEvent
from taxharvest.models import HarvestPolicy, HarvestScan, TaxHarvest
from taxharvest.services import proposing
from taxharvest.services.proposals import harvest_dismiss, harvest_put_forward
from taxharvest.services.proposing import Found, harvests_propose
from tests.taxharvest.harvest_desk import JUDGEMENT, HarvestDesk, harvest_desk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("alone")]
NOW = timezone.now()
LATER = NOW + timedelta(days=1)


@pytest.fixture
def desk() -> HarvestDesk:
    return harvest_desk()


def found(desk: HarvestDesk, *symbols: str, price: str = "100", words: str = "") -> list[Found]:
    """The loss of ACME, as if it were in each of these symbols."""
    judgement = replace(JUDGEMENT, words=words) if words else JUDGEMENT
    return [
        Found(
            candidate=replace(
                desk.candidate(price), instrument_id=desk.instruments[symbol].pk, symbol=symbol
            ),
            judgement=judgement,
            replacement=desk.replacement(),
        )
        for symbol in symbols
    ]


def scan(day: datetime) -> HarvestScan:
    return HarvestScan.objects.create(day=day.date(), cause="demand", started_at=day)


def told() -> int:
    return OutboxEvent.objects.filter(topic="harvest.changed").count()


def test_many_proposals_are_made_with_the_statements_of_one(
    desk: HarvestDesk, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first, one, others = scan(NOW), found(desk, "ACME"), found(desk, "GLBX", "INIT")
    # What is traded; what stands; the rows; which of them are in; audit trail; news; who approves by itself.
    with django_assert_num_queries(7):
        harvests_propose(one, scan=first, now=NOW)
    with django_assert_num_queries(7):
        made = harvests_propose(others, scan=first, now=NOW)

    assert [row.instrument.symbol for row in made] == ["GLBX", "INIT"]
    assert {row.pk for row in made} < set(TaxHarvest.objects.values_list("pk", flat=True))
    trail = AuditEvent.objects.filter(action="harvest.create")
    assert {line.detail["symbol"]: line.detail["loss"] for line in trail} == {
        "ACME": "2500.00000000", "GLBX": "2500.00000000", "INIT": "2500.00000000",
    }  # fmt: skip
    assert {line.detail["scan"] for line in trail} == {str(first.pk)}
    assert told() == 3


def test_the_same_figures_live_on_with_one_statement_for_all(
    desk: HarvestDesk, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    three = found(desk, "ACME", "GLBX", "INIT")
    before = harvests_propose(three, scan=scan(NOW), now=NOW)
    second = scan(LATER)

    with django_assert_num_queries(4):
        harvests_propose(three, scan=second, now=LATER)

    rows = TaxHarvest.objects.order_by("pk")
    assert [(row.pk, row.version, row.scan_id) for row in rows] == [
        (row.pk, 0, second.pk) for row in sorted(before, key=lambda one: one.pk)
    ]
    assert {row.expires_at for row in rows} == {LATER + timedelta(days=3)}
    assert told() == 3


def test_figures_that_changed_are_written_with_one_statement_and_told_of(
    desk: HarvestDesk, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    harvests_propose(found(desk, "ACME", "GLBX"), scan=None, now=NOW)
    made = dict(TaxHarvest.objects.values_list("pk", "created_at"))
    lower = found(desk, "ACME", "GLBX", price="99")

    with django_assert_num_queries(5):
        harvests_propose(lower, scan=None, now=LATER)

    rows = list(TaxHarvest.objects.all())
    assert [(row.price, row.loss, row.version) for row in rows] == [(Decimal(99), Decimal(2650), 1)] * 2
    assert {row.pk: row.created_at for row in rows} == made
    assert all(row.updated_at > row.created_at for row in rows)
    assert told() == 4


def test_other_words_are_written_and_ask_nobody_to_look_again(desk: HarvestDesk) -> None:
    harvests_propose(found(desk, "ACME"), scan=None, now=NOW)
    harvests_propose(found(desk, "ACME", words="Worth it still."), scan=None, now=LATER)

    row = TaxHarvest.objects.get()
    assert (row.version, row.figures["words"]) == (0, "Worth it still.")
    assert told() == 1


def test_of_several_positions_each_goes_its_own_way(desk: HarvestDesk) -> None:
    put, aside = harvests_propose(found(desk, "ACME", "GLBX"), scan=None, now=NOW)
    harvest_put_forward(desk.user, put.pk, version=0, share=Decimal("0.5"), now=NOW)
    harvest_dismiss(desk.user, aside.pk, reason="No.", now=NOW)

    rows = harvests_propose(found(desk, "GLBX", "ACME", "INIT", price="99"), scan=None, now=LATER)

    assert [(row.instrument.symbol, row.state, row.price) for row in rows] == [
        ("GLBX", "dismissed", 100), ("ACME", "proposed", 99), ("INIT", "open", 99),
    ]  # fmt: skip
    assert rows[1].quantity == Decimal(75)
    assert TaxHarvest.objects.count() == 3


def test_what_is_put_forward_lives_on_at_the_same_price_and_ends_without_a_loss(desk: HarvestDesk) -> None:
    (put,) = harvests_propose(found(desk, "ACME"), scan=None, now=NOW)
    harvest_put_forward(desk.user, put.pk, version=0, share=Decimal("0.5"), now=NOW)

    harvests_propose(found(desk, "ACME"), scan=None, now=LATER)
    row = TaxHarvest.objects.get()
    assert (row.version, row.expires_at) == (1, LATER + timedelta(days=3))

    harvests_propose(found(desk, "ACME", price="130"), scan=None, now=LATER + timedelta(days=1))
    row = TaxHarvest.objects.get()
    assert (row.price, row.version, row.expires_at) == (100, 1, LATER + timedelta(days=3))


def test_the_row_of_a_scan_that_was_faster_is_as_good(
    desk: HarvestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (theirs,) = harvests_propose(found(desk, "ACME"), scan=None, now=NOW)
    seen, asked = proposing._locked, []

    def blind(*arguments: Any) -> Iterator[TaxHarvest]:
        """The first look is from before the other scan wrote."""
        asked.append(arguments)
        return iter(()) if len(asked) == 1 else seen(*arguments)

    monkeypatch.setattr(proposing, "_locked", blind)
    rows = harvests_propose(found(desk, "ACME", "GLBX"), scan=None, now=LATER)

    assert (rows[0].pk, TaxHarvest.objects.count()) == (theirs.pk, 2)
    assert AuditEvent.objects.filter(action="harvest.create", object_id=theirs.pk).count() == 1
    assert told() == 2


def test_why_it_was_not_approved_without_asking_stays_said_while_nothing_changes(
    desk: HarvestDesk, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    HarvestPolicy.objects.create(
        portfolio=desk.portfolio, is_enabled=True, approves_itself=True, most_loss=Decimal(1000),
        most_a_day=1, most_tracking_error=Decimal("0.06"), set_by=desk.user,
    )  # fmt: skip
    one = found(desk, "ACME")
    harvests_propose(one, scan=None, now=NOW)
    said = TaxHarvest.objects.get()
    assert "is above the limit" in said.figures["not_automatic"]

    # The four of one that lives on, its policy locked, and what was approved of late.
    with django_assert_num_queries(6):
        harvests_propose(one, scan=None, now=LATER)

    assert (TaxHarvest.objects.get().figures, TaxHarvest.objects.get().version) == (said.figures, 0)


def test_nothing_found_is_nothing_asked(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert harvests_propose([], scan=None, now=NOW) == []
