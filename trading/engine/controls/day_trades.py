"""Control 10, second part: day trades of a margin account with little equity are counted."""

from trading.engine.controls.facts import ControlFacts
from trading.engine.controls.limits import ControlLimits
from trading.engine.controls.verdicts import Finding, denied, passed, warned


def day_trade_judged(facts: ControlFacts, limits: ControlLimits) -> Finding:
    """Four day trades within five business days make a pattern day trader (FINRA Rule 4210(f)(8)(B)).

    Below the minimum equity the last one is denied and the one before it warned of. Equity that is not known
    is not enough.
    """
    account = facts.account
    if not account.has_margin or not account.would_day_trade:
        return passed("It is no day trade on margin.", day_trades=account.day_trades)
    if account.equity is not None and account.equity >= limits.day_trade_equity:
        return passed("The account may day-trade.", day_trades=account.day_trades, equity=account.equity)
    count = account.day_trades + 1
    figures = {"day_trades": count, "most": limits.day_trades, "equity": account.equity}
    if count >= limits.day_trades:
        return denied(f"It would be day trade number {count} in five business days.", **figures)
    if count == limits.day_trades - 1:
        return warned("It is the last day trade in five business days.", **figures)
    return passed("Day trades are left.", **figures)
