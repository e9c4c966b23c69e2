"""Models as they are kept: registered with all that made them, loaded only when whole, promoted by two."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from uuid import UUID

from django.db.models import Max, Q, QuerySet

from accounts.models import User
from common.audit import audit_record
from common.build import build_digest
from common.errors import Conflict, NotFound
from common.transactions import write_transaction
from mlrecs.engine.model_catalogue import LEARNERS
from mlrecs.engine.model_lives import Standing, approval_refusal, proposal_refusal
from mlrecs.models import ModelVersion
from mlrecs.selectors.model_cards import evaluation_last

Status = ModelVersion.Status
# What a model's figures depend on beside its code.
LIBRARIES = ("torch", "numpy", "scipy", "safetensors")
NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class NewModel:
    """All that a model is made of; a rule or a baseline has no weights."""

    task: str
    name: str
    weights: bytes | None = None
    household_id: UUID | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    scaler: dict[str, Any] = field(default_factory=dict)
    universe: Sequence[str] = ()
    data_digest: str = ""
    data_from: date | None = None
    data_until: date | None = None
    seed: int = 0
    metrics: dict[str, Any] = field(default_factory=dict)
    thresholds: dict[str, Any] = field(default_factory=dict)
    words: str = ""


@write_transaction
def version_register(new: NewModel, *, status: str = Status.CANDIDATE) -> ModelVersion:
    """Keep a model as the next version of its name; a new challenger takes the place of the one before."""
    same = _of_task(new.task, new.household_id)
    # Two registrations at once are numbered one after the other.
    list(same.select_for_update().order_by("pk").values_list("pk", flat=True))
    last = same.filter(name=new.name).aggregate(last=Max("version"))["last"] or 0
    if status == Status.CHALLENGER:
        same.filter(name=new.name, status=Status.CHALLENGER).update(status=Status.RETIRED)
    row: ModelVersion = ModelVersion.objects.create(
        task=new.task,
        name=new.name,
        version=last + 1,
        status=status,
        household_id=new.household_id,
        weights=new.weights,
        digest=digest_of(new.weights) if new.weights is not None else "",
        settings=new.settings,
        scaler=new.scaler,
        universe=list(new.universe),
        data_digest=new.data_digest,
        data_from=new.data_from,
        data_until=new.data_until,
        seed=new.seed,
        code_version=build_digest(),
        library_versions=libraries_installed(),
        metrics=new.metrics,
        thresholds=new.thresholds,
        words=new.words,
    )
    return row


def weights_of(model: ModelVersion) -> bytes:
    """The weights of a model, once their digest was checked.

    Raises Conflict: `weights-missing` for a model that has none, `weights-corrupt` where the bytes are not
    those that were registered.
    """
    if model.weights is None:
        raise Conflict(f"{model} is a rule and has no weights.", code="weights-missing")
    weights = bytes(model.weights)
    if digest_of(weights) != model.digest:
        raise Conflict(
            f"The weights of {model} are not those that were registered: their digest is "
            f"{digest_of(weights)[:12]}, registered was {model.digest[:12]}. It is not used.",
            code="weights-corrupt",
        )
    return weights


def universe_check(model: ModelVersion, symbols: Sequence[str]) -> None:
    """Refuse a model where instruments that it was trained on are not among `symbols`.

    Raises Conflict `other-universe`, naming some of those that are missing.
    """
    missing = [symbol for symbol in model.universe if symbol not in set(symbols)]
    if missing:
        named = ", ".join(missing[:NAMED]) + (" and others" if len(missing) > NAMED else "")
        raise Conflict(
            f"{model} was trained on another universe: of its {len(model.universe)} instruments "
            f"{len(missing)} have no returns here ({named}).",
            code="other-universe",
        )


@write_transaction
def promotion_propose(*, model_id: UUID, actor: User) -> ModelVersion:
    """Propose a model as champion of its task: one operator's word, which a second one has to confirm.

    Raises Conflict where the gate of the last evaluation put another one first.
    """
    model = _locked(model_id)
    _refuse(proposal_refusal(_standing(model)))
    model.proposed_by, model.approved_by = actor, None
    model.save(update_fields=["proposed_by", "approved_by", "updated_at"])
    audit_record(actor_id=actor.pk, action="model.propose", subject=model, detail=_told(model))
    return model


@write_transaction
def promotion_approve(*, model_id: UUID, actor: User, now: datetime) -> ModelVersion:
    """Make a proposed model the champion; the one before retires in the same transaction.

    Raises Conflict when nobody proposed it, when `actor` did, and when the gate says otherwise by now.
    """
    model = _locked(model_id)
    _refuse(approval_refusal(_standing(model), actor.pk))
    before = _champion_of(model.task, model.household_id)
    _seat(model, instead_of=before, now=now)
    model.approved_by = actor
    model.save(update_fields=["approved_by", "updated_at"])
    detail = _told(model) | {"before": str(before.pk) if before else None}
    audit_record(actor_id=actor.pk, action="model.promote", subject=model, detail=detail)
    return model


@write_transaction
def promotion_withdraw(*, model_id: UUID, actor: User) -> ModelVersion:
    """Take a proposal back; any operator may. Raises Conflict when there is none."""
    model = _locked(model_id)
    if model.proposed_by_id is None or model.approved_by_id is not None:
        raise Conflict("There is no open proposal to take back.", code="not-proposed")
    model.proposed_by = None
    model.save(update_fields=["proposed_by", "updated_at"])
    audit_record(actor_id=actor.pk, action="model.withdraw", subject=model, detail=_told(model))
    return model


@write_transaction
def champion_roll_back(*, model_id: UUID, actor: User, now: datetime) -> ModelVersion:
    """Put the champion before this one back in its place, at once and by one operator.

    Going back to what served before needs no second person: it is how a bad promotion ends quickly.
    Raises Conflict when `model_id` is not the champion, or when there was none before.
    """
    champion = _locked(model_id)
    if champion.status != Status.CHAMPION:
        raise Conflict("Only the champion can be rolled back.", code="not-champion")
    earlier: ModelVersion | None = (
        _of_task(champion.task, champion.household_id)
        .filter(promoted_at__isnull=False, status=Status.RETIRED)
        .order_by("-promoted_at")
        .first()
    )
    if earlier is None:
        raise Conflict("There is no earlier champion to go back to.", code="no-earlier-champion")
    _seat(earlier, instead_of=champion, now=now)
    detail = _told(earlier) | {"before": str(champion.pk)}
    audit_record(actor_id=actor.pk, action="model.roll_back", subject=earlier, detail=detail)
    return earlier


@write_transaction
def champion_seat_first(*, task: str, now: datetime) -> ModelVersion | None:
    """Seat what the gate put first where no champion was ever seated; later ones are promoted by two people.

    None without an evaluation, when there was a champion, or when a net came first and none is kept.
    """
    name, _ = gate_last()
    _lock_task(task, None)
    versions = _of_task(task, None)
    if not name or versions.filter(promoted_at__isnull=False).exists():
        return None
    model: ModelVersion | None = versions.filter(name=name).order_by("-version").first()
    if model is None and name in LEARNERS:
        return None
    # A rule is a version without weights.
    model = model or version_register(NewModel(task=task, name=name))
    _seat(model, instead_of=None, now=now)
    audit_record(actor_id=None, action="model.seat_first", subject=model, detail=_told(model))
    return model


def gate_last() -> tuple[str, str]:
    """What the last evaluation put first, and its words; empty without an evaluation."""
    last = evaluation_last()
    return (last.champion, last.words) if last else ("", "")


def digest_of(weights: bytes) -> str:
    """The SHA-256 of weights, in hexadecimal."""
    return hashlib.sha256(weights).hexdigest()


def libraries_installed() -> dict[str, str]:
    """The versions of the libraries that a model's figures depend on; none is imported."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _standing(model: ModelVersion) -> Standing:
    champion, words = gate_last()
    # A proposal that was approved once is spent: who comes back has to be proposed again.
    is_open = model.approved_by_id is None
    return Standing(
        name=model.name,
        status=model.status,
        proposed_by=model.proposed_by_id if is_open else None,
        gate_champion=champion,
        gate_words=words,
    )


def _seat(model: ModelVersion, *, instead_of: ModelVersion | None, now: datetime) -> None:
    """The old champion leaves first: the database holds that there is never a second one."""
    if instead_of is not None:
        instead_of.status = Status.RETIRED
        instead_of.save(update_fields=["status", "updated_at"])
    model.status, model.promoted_at = Status.CHAMPION, now
    model.save(update_fields=["status", "promoted_at", "updated_at"])


def _locked(model_id: UUID) -> ModelVersion:
    """A model, with every version of its task locked: promotions happen one after the other."""
    model = ModelVersion.objects.filter(pk=model_id).first()
    if model is None:
        raise NotFound("There is no such model.", code="not-found")
    _lock_task(model.task, model.household_id)
    return ModelVersion.objects.get(pk=model_id)


def _lock_task(task: str, household_id: UUID | None) -> None:
    rows = _of_task(task, household_id)
    list(rows.select_for_update().order_by("pk").values_list("pk", flat=True))


def _champion_of(task: str, household_id: UUID | None) -> ModelVersion | None:
    champion: ModelVersion | None = _of_task(task, household_id).filter(status=Status.CHAMPION).first()
    return champion


def _of_task(task: str, household_id: UUID | None) -> QuerySet[Any]:
    """The versions of a task: everybody's, or those of a household."""
    return ModelVersion.objects.filter(Q(household_id=household_id), task=task)


def _refuse(reason: str) -> None:
    if reason:
        raise Conflict(reason, code="not-promoted")


def _told(model: ModelVersion) -> dict[str, Any]:
    return {"model": str(model), "digest": model.digest}
