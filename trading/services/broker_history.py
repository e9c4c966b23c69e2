"""Closes from the broker's daily bars, for days of held instruments that have none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from redis import RedisError

from common.errors import DomainError
from portfolios.selectors.facts import EXCHANGE_ZONE
from portfolios.services.prices import NewPrice, households_holding, prices_record
from portfolios.services.valuations import valuations_refresh
from trading.engine.records import PriceBar
from trading.models import BrokerAccount
from trading.selectors.price_gaps import PriceGap, price_gaps
from trading.services import broker_answers
from trading.services.questions import GatewaySilent, question_ask

# Bars are paced by the broker: sixty questions in ten minutes.
SECONDS = 60.0
SOURCE = "ibkr"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryNews:
    """How many bars came and how many closes were new; why some instruments have none."""

    bars: int
    closes: int
    failures: tuple[str, ...]


def histories_fetch(*, accounts: Sequence[BrokerAccount], days: int, now: datetime) -> HistoryNews:
    """Fill the closes that are missing in the last `days` days, and value again whoever holds them.

    The day of `now` is left out, since its bar is not finished. A close that is known is never replaced.
    """
    last = now.astimezone(EXCHANGE_ZONE).date() - timedelta(days=1)
    first = last - timedelta(days=days - 1)
    bars = 0
    prices: list[NewPrice] = []
    failures: list[str] = []
    for gap in price_gaps(accounts, first=first, last=last):
        try:
            told = _bars(accounts[0], gap, days, now)
        except (GatewaySilent, RedisError) as error:
            failures.append(f"{gap.contract.symbol}: {error}")
            break
        except DomainError as refusal:
            failures.append(f"{gap.contract.symbol}: {refusal.detail}")
            continue
        bars += len(told)
        prices += [
            NewPrice(
                instrument_id=gap.instrument_id, day=bar.day, close=bar.close, currency=gap.contract.currency
            )
            for bar in told
            if gap.first_day <= bar.day <= last and bar.day not in gap.known_days and bar.close > 0
        ]
    closes = prices_record(prices=prices, source=SOURCE)
    for household_id in households_holding({price.instrument_id for price in prices}):
        valuations_refresh(household_id=household_id)
    return HistoryNews(bars=bars, closes=closes, failures=tuple(failures))


def _bars(account: BrokerAccount, gap: PriceGap, days: int, now: datetime) -> list[PriceBar]:
    last = now.astimezone(EXCHANGE_ZONE).date() - timedelta(days=1)
    content = broker_answers.encode_history_wanted(gap.contract, last=last, days=days)
    answer = question_ask(account.gateway_id, broker_answers.HISTORY, content, seconds=SECONDS)
    return broker_answers.decode_history(answer)
