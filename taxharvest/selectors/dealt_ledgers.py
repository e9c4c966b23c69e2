"""The ledgers of many households at once, for what each has dealt in: for scans."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from uuid import UUID

from portfolios.engine.identities import identity_links
from portfolios.engine.ledger import closure
from portfolios.engine.records import TransactionRecord
from portfolios.selectors.dealt_facts import dealt_rules
from portfolios.selectors.facts import instrument_link_pairs, portfolio_records_of, transaction_records
from taxharvest.engine.what_if import SaleLedger


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
