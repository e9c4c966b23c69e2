"""Write transactions: run again when the database asks for it, and never in halves."""

import psycopg.errors
import pytest
from django.db import OperationalError, transaction

from common.models import OutboxEvent
from common.transactions import ATTEMPTS, write_transaction


def failure(sqlstate_error: type[Exception]) -> OperationalError:
    error = OperationalError("restart transaction")
    error.__cause__ = sqlstate_error("restart transaction")
    return error


@pytest.mark.django_db(transaction=True)
def test_a_serialization_failure_is_tried_again_from_the_start() -> None:
    calls: list[int] = []

    @write_transaction
    def service() -> str:
        calls.append(1)
        OutboxEvent.objects.create(topic="try")
        if len(calls) < 3:
            raise failure(psycopg.errors.SerializationFailure)
        return "done"

    assert service() == "done"
    assert (len(calls), OutboxEvent.objects.count()) == (3, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("error", "attempts"),
    [(psycopg.errors.DeadlockDetected, ATTEMPTS), (psycopg.errors.DiskFull, 1)],
)
def test_it_gives_up_after_five_tries_and_at_once_when_trying_again_cannot_help(
    error: type[Exception], attempts: int
) -> None:
    calls: list[int] = []

    @write_transaction
    def service() -> None:
        calls.append(1)
        raise failure(error)

    with pytest.raises(OperationalError):
        service()
    assert len(calls) == attempts


@pytest.mark.django_db(transaction=True)
def test_inside_another_transaction_it_joins_and_is_not_run_again() -> None:
    calls: list[int] = []

    @write_transaction
    def service() -> None:
        calls.append(1)
        raise failure(psycopg.errors.SerializationFailure)

    with pytest.raises(OperationalError), transaction.atomic():
        service()
    assert len(calls) == 1
