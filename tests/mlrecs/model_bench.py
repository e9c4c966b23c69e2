"""Models, evaluations and operators for tests."""

from datetime import UTC, date, datetime
from typing import Any

from accounts.models import User
from mlrecs.engine.model_catalogue import ANOMALIES
from mlrecs.models import Evaluation, ModelVersion
from mlrecs.services.model_versions import NewModel, version_register
from tests.factories.accounts import UserFactory

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def registered(name: str = "lstm", *, status: str = "candidate", **facts: Any) -> ModelVersion:
    """A model of the task anomalies."""
    return version_register(NewModel(task=ANOMALIES, name=name, **facts), status=status)


def gate_says(champion: str, words: str = "") -> Evaluation:
    """An evaluation that put `champion` first."""
    row: Evaluation = Evaluation.objects.create(
        day=date(2026, 3, 1), suite=ANOMALIES, champion=champion, words=words, result={}
    )
    return row


def operator() -> User:
    """Somebody who may act at the support desk."""
    user: User = UserFactory.create(role="operator")
    return user
