"""News of the demo: invented, said to be so, and about one company it turns."""

from datetime import UTC, date, datetime, timedelta

from mlrecs.engine.sentiment import ToneOn, has_turned, tone_history
from mlrecs.engine.tone import tone_of
from mlrecs.selectors.tone import own_list
from wealthalloc.demo.intelligence_news import MARK, SOURCE, invented_news
from wealthalloc.demo.market import STOCKS

TODAY = date(2026, 11, 20)


def test_every_headline_says_that_it_is_invented() -> None:
    news = invented_news(sorted(STOCKS), TODAY)

    assert {one.provider for one in news} == {SOURCE}
    assert [one.headline for one in news if not one.headline.startswith(MARK)] == []
    assert len({one.external_id for one in news}) == len(news)
    assert max(one.published_at for one in news) == datetime(2026, 11, 19, 12, tzinfo=UTC)
    assert min(one.published_at for one in news).date() > TODAY - timedelta(days=84)
    assert news == invented_news(sorted(STOCKS, reverse=True), TODAY)


def test_the_tone_of_one_company_turns_and_no_other() -> None:
    by_symbol: dict[str, list[ToneOn]] = {}
    for one in invented_news(sorted(STOCKS), TODAY):
        tone = tone_of(one.headline, own_list()).value
        by_symbol.setdefault(one.symbols[0], []).append(ToneOn(day=one.published_at.date(), tone=tone))

    turned = [symbol for symbol, news in by_symbol.items() if has_turned(tone_history(news, TODAY))]

    assert turned == ["HD"]
