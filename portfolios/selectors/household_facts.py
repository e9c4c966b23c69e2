"""Accounts, rules and ties of a household, kept in memory for as long as none of their rows has changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from uuid import UUID

from common.row_versions import row_versions
from portfolios.engine.policies import TaxRules
from portfolios.engine.records import PortfolioRecord
from portfolios.selectors.facts import instrument_link_pairs, portfolio_records, tax_rules

KEPT = 256

# The version of every row that the facts follow from (`common.row_versions`). So nothing that writes these
# rows need know that they are kept, and a change counts from the statement after its commit on, as it would
# if the rows were read anew.
VERSIONS = """
SELECT md5(concat_ws('|',
    (SELECT string_agg(concat(xmin, ctid), ',' ORDER BY id) FROM portfolios WHERE household_id = %(key)s),
    (SELECT string_agg(concat(xmin, ctid), ',' ORDER BY id) FROM household_members
        WHERE household_id = %(key)s),
    (SELECT string_agg(concat(xmin, ctid), ',' ORDER BY id) FROM tax_policies WHERE household_id = %(key)s),
    (SELECT string_agg(concat(xmin, ctid), ',' ORDER BY id) FROM identity_groups
        WHERE household_id = %(key)s OR household_id IS NULL),
    (SELECT string_agg(concat(m.xmin, m.ctid), ',' ORDER BY m.id)
        FROM identity_members m JOIN identity_groups g ON g.id = m.group_id
        WHERE g.household_id = %(key)s OR g.household_id IS NULL),
    (SELECT string_agg(concat(xmin, ctid), ',' ORDER BY id) FROM instruments
        WHERE household_id = %(key)s OR household_id IS NULL),
    (SELECT string_agg(concat(t.xmin, t.ctid), ',' ORDER BY t.id)
        FROM trades t JOIN portfolios p ON p.id = t.portfolio_id
        WHERE p.household_id = %(key)s AND t.instrument_id IS NOT NULL AND t.counterpart_id IS NOT NULL)
))
"""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HouseholdFacts:
    """What the rules need of a household beside its ledger; equal to itself alone.

    `ties` are the pairs of instruments whose lots are derived together under its rules.
    """

    portfolios: Mapping[UUID, PortfolioRecord]
    rules: TaxRules
    ties: tuple[tuple[UUID, UUID], ...]


def household_facts(household_id: UUID) -> HouseholdFacts:
    """The facts as the rows say now, in one statement when they are known already."""
    versions = row_versions(VERSIONS, {"key": household_id})
    return _read(household_id) if versions is None else _kept(household_id, versions)


@lru_cache(maxsize=KEPT)
def _kept(household_id: UUID, _versions: str) -> HouseholdFacts:
    return _read(household_id)


def _read(household_id: UUID) -> HouseholdFacts:
    portfolios, rules = portfolio_records(household_id), tax_rules(household_id)
    return HouseholdFacts(
        portfolios=MappingProxyType(portfolios),
        rules=rules,
        ties=tuple(instrument_link_pairs(portfolios, rules)),
    )
