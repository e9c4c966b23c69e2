"""Which listing a client means, and what is told of one beside its quotes."""

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal

from trading.papergateway.exchange.base import ExchangeBook
from trading.papergateway.exchange.calendar import Calendar
from trading.papergateway.exchange.records import PaperContract
from trading.papergateway.fields import ContractAsk
from trading.papergateway.replies import EASTERN, ListingFacts

FOUND_AT_MOST = 16
DAYS_OF_HOURS = 6
CENT = Decimal("0.01")
# The broker's number of the rule by which prices move in cents.
RULE_OF_CENTS = 26
FIRST_OTHER_RULE = 1000


class Listings:
    """Everything that is listed, by number, by symbol and by name."""

    def __init__(self, book: ExchangeBook) -> None:
        self._contracts = tuple(book.contracts())
        self._by_id = {contract.con_id: contract for contract in self._contracts}
        self._by_symbol: dict[str, list[PaperContract]] = defaultdict(list)
        for contract in self._contracts:
            self._by_symbol[contract.symbol].append(contract)
        ticks = sorted({contract.min_tick for contract in self._contracts} - {CENT})
        self._rules = {CENT: RULE_OF_CENTS} | {
            tick: FIRST_OTHER_RULE + place for place, tick in enumerate(ticks)
        }

    def __getitem__(self, con_id: int) -> PaperContract:
        return self._by_id[con_id]

    def fitting(self, ask: ContractAsk) -> list[PaperContract]:
        """Every listing that a description fits; what it leaves open fits all."""
        if ask.con_id:
            named = [self._by_id[ask.con_id]] if ask.con_id in self._by_id else []
        else:
            named = self._by_symbol.get(ask.symbol or ask.local_symbol, [])
        return [contract for contract in named if _fits(contract, ask)]

    def only(self, ask: ContractAsk) -> PaperContract | None:
        """The one listing that a description fits; None when there is none or more than one."""
        found = self.fitting(ask)
        return found[0] if len(found) == 1 else None

    def matching(self, pattern: str) -> list[PaperContract]:
        """Listings whose symbol begins with the pattern, then those with a word of the name that does."""
        wanted = pattern.strip().upper()
        if not wanted:
            return []
        by_symbol = [each for each in self._contracts if each.symbol.upper().startswith(wanted)]
        by_name = [
            each
            for each in self._contracts
            if each not in by_symbol and f" {each.name.upper()}".find(f" {wanted}") >= 0
        ]
        return sorted(by_symbol, key=lambda each: each.symbol)[:FOUND_AT_MOST] + by_name[:FOUND_AT_MOST]

    def facts(self, contract: PaperContract, calendar: Calendar, now: datetime) -> ListingFacts:
        """What the details of a listing tell."""
        trading, liquid = hours(calendar, now)
        return ListingFacts(
            market_rule=self._rules[contract.min_tick], trading_hours=trading, liquid_hours=liquid
        )

    def rule(self, rule_id: int) -> list[tuple[Decimal, Decimal]] | None:
        """The steps of a market rule; None when there is no such rule."""
        for tick, number in self._rules.items():
            if number == rule_id:
                return [(Decimal(0), tick)]
        return None


def _fits(contract: PaperContract, ask: ContractAsk) -> bool:
    return (
        ask.kind in {"", contract.kind}
        and ask.currency in {"", contract.currency}
        and ask.exchange in {"", "SMART", contract.primary_exchange}
        and ask.primary_exchange in {"", contract.primary_exchange}
        and ask.symbol in {"", contract.symbol}
    )


def hours(calendar: Calendar, now: datetime) -> tuple[str, str]:
    """The trading hours and the liquid hours of the next days, as the details of a listing write them."""
    days = {session.day: session for session in calendar.sessions}
    first = now.astimezone(EASTERN).date()
    trading, liquid = [], []
    for offset in range(DAYS_OF_HOURS):
        day = first + timedelta(days=offset)
        session = days.get(day)
        closed = f"{day:%Y%m%d}:CLOSED"
        trading.append(_span(session.early_opens, session.late_closes) if session else closed)
        liquid.append(_span(session.opens, session.closes) if session else closed)
    return ";".join(trading), ";".join(liquid)


def _span(begins: datetime, ends: datetime) -> str:
    return f"{begins.astimezone(EASTERN):%Y%m%d:%H%M}-{ends.astimezone(EASTERN):%Y%m%d:%H%M}"
