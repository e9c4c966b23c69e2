"""A household's ledger as the rules of a sale need it, and the names that go with it."""

from collections.abc import Collection, Mapping
from functools import lru_cache
from uuid import UUID

from accounts.models import Viewer
from common.row_versions import row_versions
from portfolios.engine.ledger import closure
from portfolios.engine.policies import TaxRules
from portfolios.engine.policy_words import ELSEWHERE
from portfolios.engine.records import PortfolioRecord
from portfolios.models import Portfolio
from portfolios.selectors.facts import (
    instrument_link_pairs,
    portfolio_records,
    tax_rules,
    transaction_records,
)
from portfolios.selectors.household_facts import HouseholdFacts
from taxharvest.engine.what_if import SaleLedger

# Each with its rows and its book: a few parts of a few households that trade just now.
KEPT = 64
# The version of every row that such a ledger is made of (`common.row_versions`).
VERSIONS = """
WITH dealt AS MATERIALIZED (
    SELECT id, concat(xmin, ctid) AS version FROM trades
    WHERE portfolio_id = ANY(%(portfolios)s)
        AND (instrument_id = ANY(%(part)s) OR counterpart_id = ANY(%(part)s))
)
SELECT md5(concat_ws('|',
    (SELECT string_agg(version, ',' ORDER BY id) FROM dealt),
    (SELECT string_agg(concat(s.xmin, s.ctid), ',' ORDER BY s.id)
        FROM lot_selections s JOIN dealt ON dealt.id = s.transaction_id)
))
"""


def sale_ledger(household_id: UUID, instrument_ids: Collection[UUID] | None = None) -> SaleLedger:
    """Every row of the household that the lots of these instruments depend on; of all of them by default."""
    portfolios, rules = portfolio_records(household_id), tax_rules(household_id)
    part = None if instrument_ids is None else tied_with(instrument_ids, portfolios, rules)
    return ledger_of(portfolios, rules, part)


def tied_with(
    instrument_ids: Collection[UUID], portfolios: Collection[UUID], rules: TaxRules
) -> frozenset[UUID]:
    """These instruments and all whose lots depend on theirs: by identity, an option or a corporate action."""
    return closure(instrument_ids, instrument_link_pairs(portfolios, rules))


def ledger_of(
    portfolios: Mapping[UUID, PortfolioRecord], rules: TaxRules, part: Collection[UUID] | None
) -> SaleLedger:
    """The rows of a `part` that `tied_with` closed, or all of them, with accounts and rules read before."""
    rows = tuple(transaction_records(tuple(portfolios), part))
    return SaleLedger(rows=rows, portfolios=portfolios, rules=rules)


def ledger_kept(facts: HouseholdFacts, part: frozenset[UUID]) -> SaleLedger:
    """`ledger_of` for a part of a household, walked once for as long as none of its rows has changed.

    One statement tells; so an order is looked at on a book that an earlier one has derived.
    """
    named = {"portfolios": list(facts.portfolios), "part": list(part)}
    versions = row_versions(VERSIONS, named)
    return (
        ledger_of(facts.portfolios, facts.rules, part) if versions is None else _kept(facts, part, versions)
    )


@lru_cache(maxsize=KEPT)
def _kept(facts: HouseholdFacts, part: frozenset[UUID], _versions: str) -> SaleLedger:
    return _read(facts, part)


def _read(facts: HouseholdFacts, part: frozenset[UUID]) -> SaleLedger:
    return ledger_of(facts.portfolios, facts.rules, part)


class AccountNames:
    """The accounts of a household by name, as far as a person may see them."""

    def __init__(self, user: Viewer, household_id: UUID) -> None:
        visible = Portfolio.objects.visible_to(user).filter(household_id=household_id)
        self._names: dict[UUID, str] = dict(visible.values_list("pk", "name"))

    def __contains__(self, portfolio_id: UUID) -> bool:
        return portfolio_id in self._names

    def __getitem__(self, portfolio_id: UUID) -> str:
        return self._names.get(portfolio_id, ELSEWHERE)
