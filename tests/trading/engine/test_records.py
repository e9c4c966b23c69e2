"""What the facts of trading say of themselves."""

from datetime import UTC, datetime

import pytest

from trading.engine.records import OrderState, PriceSource, Quote


def test_every_state_is_waiting_possibly_live_or_final() -> None:
    live = {state for state in OrderState if state.may_be_live}
    final = {state for state in OrderState if state.is_final}

    assert live | final | {OrderState.PENDING} == set(OrderState)
    assert not live & final
    assert OrderState.UNKNOWN in live


@pytest.mark.parametrize("source", PriceSource)
def test_only_the_brokers_live_price_is_not_delayed(source: PriceSource) -> None:
    quote = Quote(symbol="ACME", source=source, as_of=datetime(2026, 3, 2, tzinfo=UTC))

    assert quote.is_delayed is (source is not PriceSource.IBKR_LIVE)
