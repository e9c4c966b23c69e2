"""A household's ledger as the rules of a sale need it, and the names that go with it."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from uuid import UUID

from accounts.models import Viewer
from portfolios.engine.identities import identity_links
from portfolios.engine.ledger import closure
from portfolios.engine.policies import TaxRules
from portfolios.engine.policy_words import ELSEWHERE
from portfolios.engine.records import PortfolioRecord, TransactionRecord
from portfolios.models import Portfolio
from portfolios.selectors.dealt_facts import dealt_rules
from portfolios.selectors.facts import (
    instrument_link_pairs,
    portfolio_records,
    portfolio_records_of,
    tax_rules,
    transaction_records,
)
from taxharvest.engine.what_if import SaleLedger


def sale_ledger(household_id: UUID, instrument_ids: Collection[UUID] | None = None) -> SaleLedger:
    """Every row of the household that the lots of these instruments depend on; of all of them by default."""
    portfolios, rules = portfolio_records(household_id), tax_rules(household_id)
    part = None if instrument_ids is None else tied_with(instrument_ids, portfolios, rules)
    return ledger_of(portfolios, rules, part)


class DealtLedgers:
    """The ledgers of many households for some instruments that each has dealt in, read in sets.

    `wanted` names the instruments by household. Nine queries for all; as `sale_ledger` for these, and not for
    purchases of what a household never dealt in.
    """

    def __init__(self, wanted: Mapping[UUID, Collection[UUID]]) -> None:
        self._portfolios = portfolio_records_of(wanted)
        self._rules = dealt_rules(wanted)
        owners = {account: key for key, accounts in self._portfolios.items() for account in accounts}
        # Those of other households are among them: a larger part gives the same lots.
        pairs = instrument_link_pairs(owners)
        self._links = {key: [*pairs, *identity_links(rules.identities)] for key, rules in self._rules.items()}
        parts = {key: closure(chosen, self._links[key]) for key, chosen in wanted.items()}
        self._rows: defaultdict[UUID, list[TransactionRecord]] = defaultdict(list)
        for row in transaction_records(tuple(owners), frozenset().union(*parts.values())):
            self._rows[owners[row.portfolio_id]].append(row)

    def ledger(self, household_id: UUID, instrument_id: UUID) -> SaleLedger:
        """Every row that the lots of one of the instruments depend on."""
        part = closure([instrument_id], self._links[household_id])
        return SaleLedger(
            rows=tuple(
                row
                for row in self._rows[household_id]
                if row.instrument_id in part or row.counterpart_id in part
            ),
            portfolios=self._portfolios[household_id],
            rules=self._rules[household_id],
        )


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


class AccountNames:
    """The accounts of a household by name, as far as a person may see them."""

    def __init__(self, user: Viewer, household_id: UUID) -> None:
        visible = Portfolio.objects.visible_to(user).filter(household_id=household_id)
        self._names: dict[UUID, str] = dict(visible.values_list("pk", "name"))

    def __contains__(self, portfolio_id: UUID) -> bool:
        return portfolio_id in self._names

    def __getitem__(self, portfolio_id: UUID) -> str:
        return self._names.get(portfolio_id, ELSEWHERE)
