"""Identifiers that are ordered by time, and identifiers that follow from another one."""

from datetime import UTC, datetime
from uuid import RFC_4122, UUID

import time_machine

from common.identifiers import derived_uuid, uuid7


def test_a_new_identifier_is_a_version_7_of_its_moment() -> None:
    with time_machine.travel(datetime(2026, 3, 2, 12, tzinfo=UTC), tick=False):
        value = uuid7()

    assert (value.version, value.variant) == (7, RFC_4122)
    assert value.int >> 80 == int(datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp() * 1000)


def test_later_identifiers_sort_later() -> None:
    with time_machine.travel(0, tick=False) as clock:
        first = uuid7()
        clock.shift(0.001)
        second = uuid7()

    assert first < second


def test_a_derived_identifier_is_the_same_for_the_same_source_and_label() -> None:
    source = UUID("018f0000-0000-7000-8000-000000000001")

    derived = derived_uuid(source, "lot:0")

    assert derived == derived_uuid(source, "lot:0")
    assert derived not in {derived_uuid(source, "lot:1"), derived_uuid(uuid7(), "lot:0"), source}
    assert (derived.version, derived.int >> 80) == (7, source.int >> 80)
