"""What the wash guard says: the trades behind a threat, the money at stake, and what would stop it.

No account is named that the person may not see: it is this account, or another one of the household.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from portfolios.engine.figures import amount_text, day_text
from portfolios.engine.policy_words import ELSEWHERE
from taxharvest.engine.harvest.guard import Threat
from taxharvest.engine.harvest.planned_trades import PlannedTrade
from trading.engine.tax_looks import TrapKind, WashTrap

ZERO = Decimal(0)
HERE = "this account"
PACES: Mapping[str, str] = {"weekly": "weekly ", "fortnightly": "fortnightly ", "monthly": "monthly "}
REMEDIES: Mapping[TrapKind, str] = {
    TrapKind.ORDER: "cancel the order",
    TrapKind.RECURRING: "pause the recurring purchase",
    TrapKind.REINVESTMENT: "pause the reinvestment of dividends",
}


def traps_of(
    threats: Iterable[Threat], portfolio_id: UUID, symbols: Mapping[UUID, str]
) -> tuple[WashTrap, ...]:
    """The other trades behind the threats, each once, in words for somebody who trades `portfolio_id`."""
    found: dict[tuple[TrapKind, UUID, UUID], WashTrap] = {}
    for threat in threats:
        trade = threat.trade
        if trade.kind is TrapKind.ITSELF:
            continue
        found.setdefault(
            (trade.kind, trade.key, trade.instrument_id),
            WashTrap(
                kind=trade.kind,
                key=trade.key,
                portfolio_id=trade.portfolio_id,
                words=trade_words(trade, portfolio_id, symbols),
            ),
        )
    return tuple(found.values())


def trade_words(trade: PlannedTrade, portfolio_id: UUID, symbols: Mapping[UUID, str]) -> str:
    """A planned trade in a few words; its account is named only as this one or another."""
    symbol = symbols[trade.instrument_id]
    if trade.kind is TrapKind.ITSELF:
        return "the order itself, should it fill in part, later or at a worse price"
    place = HERE if trade.portfolio_id == portfolio_id else ELSEWHERE
    if trade.kind is TrapKind.REINVESTMENT:
        when = "on a day that is not known" if trade.last is None else f"expected by {day_text(trade.last)}"
        return f"the dividend of {symbol} that is reinvested in {place}, {when}"
    if trade.kind is TrapKind.RECURRING:
        return f"the {PACES.get(trade.pace, '')}purchase of {symbol} in {place}, due {day_text(trade.first)}"
    verb = "buy" if trade.is_purchase else "sell"
    size = f"{_plain(abs(trade.quantity))} {symbol}"
    if trade.kind is TrapKind.REQUEST:
        return f"the order before it to {verb} {size} in {place}"
    if trade.kind is TrapKind.FILL:
        return f"the fill that {'bought' if trade.is_purchase else 'sold'} {size} in {place} just now"
    return f"the open order to {verb} {size} in {place}"


def threat_words(threats: Sequence[Threat], portfolio_id: UUID, symbols: Mapping[UUID, str]) -> str:
    """One sentence on what is at stake and why, and one on what stops it; empty without any threat."""
    if not threats:
        return ""
    traps = traps_of(threats, portfolio_id, symbols)
    fate = _fate(threats)
    reasons = "; ".join(dict.fromkeys(trade_words(threat.trade, portfolio_id, symbols) for threat in threats))
    return f"Still to come (IRC 1091): {fate} because of {reasons}.{_remedy(traps)}"


def _fate(threats: Sequence[Threat]) -> str:
    """The money at stake by currency, in words."""
    parts = []
    for currency in sorted({threat.currency for threat in threats}):
        mine = [threat for threat in threats if threat.currency == currency]
        lost = sum((threat.lost for threat in mine), ZERO)
        deferred = sum((threat.disallowed for threat in mine), ZERO) - lost
        parts += [
            f"{amount_text(amount, currency)} of loss would be {word}"
            for amount, word in ((deferred, "deferred"), (lost, "lost for good"))
            if amount
        ]
    return " and ".join(parts)


def _remedy(traps: Collection[WashTrap]) -> str:
    kinds = dict.fromkeys(trap.kind for trap in traps)
    steps = [REMEDIES[kind] for kind in kinds if kind in REMEDIES]
    if not steps:
        return ""
    sentence = " and ".join(steps)
    return f" First {sentence}."


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
