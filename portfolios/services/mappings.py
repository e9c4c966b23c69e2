"""Keeping the meaning of a file's columns under a name, for the next file of the same kind."""

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from common.audit import audit_record
from common.errors import InvalidInput
from common.transactions import write_transaction
from portfolios.models import ColumnMapping


def header_fingerprint(headers: Sequence[str]) -> str:
    """A digest of a header, whatever its capitals and spaces: how a mapping is found again."""
    return hashlib.sha256("\x1f".join(header.strip().casefold() for header in headers).encode()).hexdigest()


@write_transaction
def mapping_save(
    *, household_id: UUID, name: str, header: str, mapping: dict[str, Any], actor_id: UUID
) -> ColumnMapping:
    """Keep `mapping` under `name`, replacing what the household kept under that name before.

    `header` is the fingerprint of the file's header, by which the mapping is offered again. Raises
    InvalidInput for an empty name.
    """
    name = name.strip()
    if not name:
        sentence = "Give the mapping a name."
        raise InvalidInput(sentence, code="name-missing", fields={"name": [sentence]})
    saved, _ = ColumnMapping.objects.update_or_create(
        household_id=household_id, name=name[:80], defaults={"header": header[:64], "mapping": mapping}
    )
    audit_record(actor_id=actor_id, action="mapping.save", subject=saved, detail={"name": name[:80]})
    return saved


@write_transaction
def mapping_delete(*, mapping: ColumnMapping, actor_id: UUID) -> None:
    """Forget a saved mapping; imports made with it are not touched."""
    audit_record(actor_id=actor_id, action="mapping.delete", subject=mapping, detail={"name": mapping.name})
    mapping.delete()
