"""Setting targets: all at once, with their trail, and only what can be a target."""

from decimal import Decimal

import pytest

from common.errors import InvalidInput
from common.models import AuditEvent
from portfolios.engine.targets import TargetKind, TargetRecord
from portfolios.models import Target
from portfolios.selectors.scopes import scope_of
from portfolios.selectors.targets import target_table, targets_of
from portfolios.services.targets import targets_set
from tests.portfolios.small_book import LAST, SmallBook, seen, small_book

pytestmark = pytest.mark.django_db


def target(key: str, weight: str, kind: TargetKind = TargetKind.INSTRUMENT) -> TargetRecord:
    return TargetRecord(kind=kind, key=key, weight=Decimal(weight), band=Decimal("0.05"))


def put(book: SmallBook, *targets: TargetRecord) -> None:
    targets_set(household_id=book.portfolio.household_id, targets=targets, actor_id=book.user.pk)


def test_the_targets_replace_those_before_and_leave_a_trail() -> None:
    book = small_book()
    put(book, target("ACME", "0.6"), target("BETA", "0.4"))
    put(book, target("ACME", "0.5"), target("stock", "0.25", TargetKind.ASSET_CLASS))
    assert [(one.key, one.weight) for one in targets_of(book.portfolio.household_id)] == [
        ("ACME", Decimal("0.5")),
        ("stock", Decimal("0.25")),
    ]
    event = AuditEvent.objects.filter(action="targets.set").latest("created_at")
    assert event.actor_id == book.user.pk
    assert event.detail["before"] == [
        {"kind": "instrument", "key": "ACME", "weight": "0.6", "band": "0.05"},
        {"kind": "instrument", "key": "BETA", "weight": "0.4", "band": "0.05"},
    ]


def test_setting_what_holds_already_changes_nothing() -> None:
    book = small_book()
    put(book, target("ACME", "0.6"))
    put(book, target("ACME", "0.6"))
    assert AuditEvent.objects.filter(action="targets.set").count() == 1


def test_a_refusal_names_the_field_and_keeps_what_was() -> None:
    book = small_book()
    put(book, target("ACME", "0.6"))
    with pytest.raises(InvalidInput) as refusal:
        put(book, target("ACME", "0.6"), target("BETA", "0.6"))
    assert refusal.value.fields == {"targets": ["The weights add up to 120 %: 100 % at most."]}
    assert list(Target.objects.values_list("key", flat=True)) == ["ACME"]


def test_the_table_tells_weight_and_drift_of_the_book() -> None:
    """6 ACME at 120, 5 BETA at 40 and 9,202 in cash: 10,122 in all."""
    book = small_book()
    put(book, target("ACME", "0.1"))
    scope = scope_of(book.user)
    assert scope is not None
    found = target_table(scope, LAST).drifts
    assert seen(found.lines[0].value, found.untargeted, found.cash) == (720, 200, 9202)
    assert found.lines[0].weight.quantize(Decimal("0.0001")) == Decimal("0.0711")
    assert not found.lines[0].is_outside
