"""Taking the table of replacements that ships with a release into the database."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.models import AuditEvent
from common.transactions import write_transaction
from taxharvest.models import ReplacementPair

TABLE = Path(__file__).resolve().parents[1] / "data" / "replacement_pairs.csv"
FACTS = (
    "asset_class", "index", "index_family", "issuer", "other_index", "other_index_family", "other_issuer",
    "rank", "tag", "reason", "source", "confidence",
)  # fmt: skip
# What an operator's change in the admin is called in the audit trail.
CHANGED = "replacement.change"

Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairsLoaded:
    """How many rows were added, brought up to date, and left because an operator had changed them."""

    added: int
    renewed: int
    kept: int


def pair_rows(path: Path = TABLE) -> list[dict[str, Any]]:
    """The rows of the shipped table, by column; the rank is a number."""
    with path.open(encoding="utf-8", newline="") as file:
        return [row | {"rank": int(row["rank"])} for row in csv.DictReader(file)]


@write_transaction
def pairs_load(path: Path = TABLE) -> PairsLoaded:
    """Add the rows that are not there yet, and renew those whose facts changed with the release.

    A row that an operator has changed or added stays as it is, and so does whether a row is active. Doing it
    twice changes nothing.
    """
    rows = {(row["symbol"], row["other_symbol"]): row for row in pair_rows(path)}
    present = {(pair.symbol, pair.other_symbol): pair for pair in ReplacementPair.objects.select_for_update()}
    new = [ReplacementPair(**row) for key, row in rows.items() if key not in present]
    ReplacementPair.objects.bulk_create(new)
    theirs = _changed_by_operators()
    differing = [pair for key, pair in present.items() if key in rows and _differs(pair, rows[key])]
    stale = [pair for pair in differing if pair.pk not in theirs]
    _renew(stale, rows)
    return PairsLoaded(added=len(new), renewed=len(stale), kept=len(differing) - len(stale))


def _changed_by_operators() -> set[Any]:
    table = ReplacementPair._meta.db_table
    events = AuditEvent.objects.filter(action=CHANGED, object_type=table)
    return set(events.values_list("object_id", flat=True))


def _differs(pair: ReplacementPair, row: dict[str, Any]) -> bool:
    return any(getattr(pair, name) != row[name] for name in FACTS)


def _renew(pairs: Iterable[ReplacementPair], rows: dict[Key, dict[str, Any]]) -> None:
    renewed = list(pairs)
    for pair in renewed:
        for name in FACTS:
            setattr(pair, name, rows[pair.symbol, pair.other_symbol][name])
    ReplacementPair.objects.bulk_update(renewed, FACTS)
