"""The household of a wash-sale case as the book takes it: accounts, rules, and ledger rows."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeVar

from common.money import ARITHMETIC
from portfolios.engine.policies import Identity, PlanPurchases, SpouseBasis, TaxRules, WashPolicy
from portfolios.engine.records import (
    LotChoice,
    PortfolioRecord,
    TaxOwner,
    TransactionKind,
    TransactionRecord,
    Treatment,
)
from taxharvest.engine.conformance.answers import CURRENCY, entry, identifier, lot_identifier
from taxharvest.engine.conformance.fields import Fields, refused

ACCOUNT_KINDS: Mapping[str, tuple[Treatment, TaxOwner]] = MappingProxyType(
    {
        "taxable": (Treatment.TAXABLE, TaxOwner.TAXPAYER),
        "ira": (Treatment.IRA, TaxOwner.TAXPAYER),
        "roth": (Treatment.IRA, TaxOwner.TAXPAYER),
        "spouse_taxable": (Treatment.TAXABLE, TaxOwner.SPOUSE),
        "spouse_ira": (Treatment.IRA, TaxOwner.SPOUSE),
    }
)
DIGITAL_ASSETS = frozenset({"crypto", "digital_asset"})
EXEMPT = frozenset({"section_1256"})
_CHOICES: Mapping[str, type[StrEnum]] = MappingProxyType(
    {"spouse_basis": SpouseBasis, "plan_purchases": PlanPurchases}
)
_Member = TypeVar("_Member", bound=StrEnum)


def accounts_of(accounts: Fields) -> dict[str, PortfolioRecord]:
    """The accounts of the case by name. Raises InvalidInput on a kind that is not known."""
    return {name: _portfolio(name, accounts.part(name)) for name in accounts.values}


def _portfolio(name: str, account: Fields) -> PortfolioRecord:
    kind = account.text("kind")
    if kind not in ACCOUNT_KINDS:
        raise refused(account.where, f"has the unknown kind “{kind}”")
    treatment, owner = ACCOUNT_KINDS[kind]
    return PortfolioRecord(
        id=identifier("account", name),
        base_currency=CURRENCY,
        treatment=treatment,
        owner=_member(TaxOwner, account.text("owner", owner.value), f"{account.where}.owner"),
    )


def rules_of(case: Fields, transactions: Iterable[Fields]) -> TaxRules:
    """The policies that the case switches, and which of its symbols are identical or digital assets."""
    identical = case.part("identical", is_optional=True)
    assets = case.part("assets", is_optional=True)
    symbols = {row.text("symbol") for row in transactions}
    return TaxRules(
        policy=_policy(case.part("policy", is_optional=True)),
        identities={
            identifier("instrument", symbol): _identity(symbol, identical, assets) for symbol in symbols
        },
    )


def _identity(symbol: str, identical: Fields, assets: Fields) -> Identity:
    kind = assets.part(symbol, is_optional=True).text("class", "")
    return Identity(
        group=identifier("group", identical.text(symbol, symbol)),
        is_digital_asset=kind in DIGITAL_ASSETS,
        is_exempt=kind in EXEMPT,
    )


def _policy(policy: Fields) -> WashPolicy:
    known = {field.name for field in fields(WashPolicy)}
    unknown = sorted(set(policy.values) - known)
    if unknown:
        raise refused(policy.where, f"has the unknown switch “{unknown[0]}”")
    return WashPolicy(**{name: _switch(policy, name) for name in policy.values})


def _switch(policy: Fields, name: str) -> Any:
    if name in _CHOICES:
        return _member(_CHOICES[name], policy.text(name), f"{policy.where}.{name}")
    if name == "digital_assets_from":
        return policy.day(name) if name in policy else None
    value = policy.value(name)
    if not isinstance(value, bool):
        raise refused(policy.where, f"“{name}” is neither true nor false")
    return value


def _member(choices: type[_Member], value: str, where: str) -> _Member:
    try:
        return choices(value)
    except ValueError:
        raise refused(where, f"“{value}” is none of {', '.join(choices)}") from None


def ledger_rows(transactions: list[Fields]) -> Iterator[TransactionRecord]:
    """The ledger of the case, in its order.

    Raises InvalidInput where a row lacks something or its action is not known.
    """
    for number, row in enumerate(transactions):
        action = row.text("action")
        if action not in _TRANSLATORS:
            raise refused(row.where, f"has the unknown action “{action}”")
        yield from _TRANSLATORS[action](row, number, transactions)


def _purchase(row: Fields, number: int, _rows: list[Fields]) -> Iterator[TransactionRecord]:
    shares, amount = row.positive("shares"), row.number("amount")
    if row.values.get("already_used"):
        # Shares that came in without a purchase replace none (a gift, its donor's basis at market value):
        # so do those that have washed a loss before the case begins.
        yield _entry(
            row,
            number,
            TransactionKind.GIFT,
            quantity=shares,
            cost=amount,
            acquired=row.day("date"),
            price=ARITHMETIC.divide(amount, shares),
        )
    else:
        kind = TransactionKind.BUY if row.text("action") == "buy" else TransactionKind.REINVEST
        yield _entry(row, number, kind, quantity=shares, amount=-amount, order_ref=_order(row))


def _sale(row: Fields, number: int, _rows: list[Fields]) -> Iterator[TransactionRecord]:
    choices = row.parts("lots") if "lots" in row else ()
    yield _entry(
        row,
        number,
        TransactionKind.SELL,
        quantity=-row.positive("shares"),
        amount=row.number("amount"),
        order_ref=_order(row),
        lots=tuple(
            LotChoice(lot_id=lot_identifier(choice.text("lot")), quantity=choice.positive("shares"))
            for choice in choices
        ),
    )


def _splits(row: Fields, number: int, rows: list[Fields]) -> Iterator[TransactionRecord]:
    """The split in its account, and in those that deal in the symbol and have no row of their own for it."""
    same = [other for other in rows if _split_key(other) == _split_key(row)]
    told = {other.text("account") for other in same}
    dealing = {other.text("account") for other in rows if other.text("symbol") == row.text("symbol")}
    others = sorted(dealing - told) if same[0] is row else []
    new, old = row.ratio("ratio")
    for account in [row.text("account"), *others]:
        yield entry(
            f"{row.text('id')}:{account}",
            TransactionKind.SPLIT,
            row.day("date"),
            sequence=number,
            portfolio_id=identifier("account", account),
            instrument_id=identifier("instrument", row.text("symbol")),
            ratio_new=new,
            ratio_old=old,
        )


def _split_key(row: Fields) -> tuple[str, str, str]:
    return row.text("action"), row.text("symbol"), row.text("date")


_TRANSLATORS: Mapping[str, Callable[[Fields, int, list[Fields]], Iterator[TransactionRecord]]] = {
    "buy": _purchase,
    "reinvest": _purchase,
    "sell": _sale,
    "split": _splits,
}


def _entry(row: Fields, number: int, kind: TransactionKind, **facts: Any) -> TransactionRecord:
    return entry(
        row.text("id"),
        kind,
        row.day("date"),
        sequence=number,
        portfolio_id=identifier("account", row.text("account")),
        instrument_id=identifier("instrument", row.text("symbol")),
        **facts,
    )


def _order(row: Fields) -> str:
    """The order of which the row is a fill; a purchase and a sale never share one."""
    side = "sale" if row.text("action") == "sell" else "purchase"
    return f"{side} {row.text('purchase')}" if "purchase" in row else ""
