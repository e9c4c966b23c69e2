"""Cases of the wash-sale rule put to the book: the ledger of a household in, disposals and lots out."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, TypeVar
from uuid import UUID

from portfolios.engine.records import DisposalRecord, LotRecord, PortfolioRecord, Treatment
from taxharvest.engine.conformance.answers import TERMS, book_of, count, identifier, money, total
from taxharvest.engine.conformance.fields import Fields
from taxharvest.engine.conformance.wash_ledger import accounts_of, ledger_rows, rules_of
from taxharvest.engine.conformance.wash_lines import wash_sale_ext

_Row = TypeVar("_Row", DisposalRecord, LotRecord)


def wash_sale(case: Mapping[str, Any]) -> dict[str, Any]:
    """The disposals of the case's taxable accounts and the open lots of all of them.

    Raises InvalidInput where the case lacks something or names what is not known.
    """
    fields_of_case = Fields(case, "case")
    accounts = accounts_of(fields_of_case.part("accounts"))
    transactions = list(fields_of_case.parts("transactions"))
    rows = list(ledger_rows(transactions))
    book = book_of(rows, accounts.values(), rules_of(fields_of_case, transactions))
    names = _Names.of(transactions, accounts)
    taxed = {record.id for record in accounts.values() if record.treatment is Treatment.TAXABLE}
    disposals = [piece for piece in book.disposals if piece.portfolio_id in taxed]
    return {
        "disposals": [_disposal(group, names) for group in _grouped(disposals, _disposal_key)],
        "open_lots": [_open_lot(group, names) for group in _grouped(book.lots, _lot_key)],
    }


RESULTS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = MappingProxyType(
    {"wash_sale": wash_sale, "wash_sale_ext": wash_sale_ext}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """The names of the case by the identifiers that stand for them in the book."""

    rows: Mapping[UUID, str]
    accounts: Mapping[UUID, str]

    @classmethod
    def of(cls, transactions: Iterable[Fields], accounts: Mapping[str, PortfolioRecord]) -> "_Names":
        names = [row.text("id") for row in transactions]
        return cls(
            rows={identifier("transaction", name): name for name in names},
            accounts={record.id: name for name, record in accounts.items()},
        )


def _grouped(records: Iterable[_Row], key: Callable[[_Row], tuple[object, ...]]) -> list[list[_Row]]:
    """The records that the case format cannot tell apart, together: they are added up before rounding."""
    groups: dict[tuple[object, ...], list[_Row]] = {}
    for record in records:
        groups.setdefault(key(record), []).append(record)
    return list(groups.values())


def _disposal_key(piece: DisposalRecord) -> tuple[object, ...]:
    is_washed = piece.disallowed_base > 0
    return piece.transaction_id, piece.acquisition_id, piece.holding_date, piece.term, is_washed


def _lot_key(lot: LotRecord) -> tuple[object, ...]:
    return lot.transaction_id, lot.portfolio_id, lot.holding_date


def _disposal(pieces: list[DisposalRecord], names: _Names) -> dict[str, Any]:
    first = pieces[0]
    return {
        "sale": names.rows.get(first.transaction_id),
        "lot": None if first.acquisition_id is None else names.rows.get(first.acquisition_id),
        "shares": count(sum((piece.quantity for piece in pieces), Decimal(0))),
        "acquired": _shown(first.acquired),
        "holding_date": _shown(first.holding_date),
        "sold": _shown(first.disposed),
        "proceeds": money(total(piece.proceeds_base for piece in pieces)),
        "basis": money(total(piece.basis_base for piece in pieces)),
        "disallowed": money(total(piece.disallowed_base for piece in pieces)),
        "permanently_disallowed": money(total(piece.permanent_base for piece in pieces)),
        "gain": money(total(piece.recognised_base for piece in pieces)),
        "term": TERMS[first.term],
    }


def _open_lot(lots: list[LotRecord], names: _Names) -> dict[str, Any]:
    first = lots[0]
    return {
        "lot": names.rows.get(first.transaction_id),
        "account": names.accounts.get(first.portfolio_id),
        "shares": count(sum((lot.quantity for lot in lots), Decimal(0))),
        "basis": money(total(lot.basis_base for lot in lots)),
        "acquired": _shown(first.acquired),
        "holding_date": _shown(first.holding_date),
    }


def _shown(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
