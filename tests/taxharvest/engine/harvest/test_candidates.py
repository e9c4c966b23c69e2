"""Which lots are under water, what of their loss would count, and what cannot be judged."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from portfolios.engine.policies import TaxRules
from portfolios.engine.records import (
    LotChoice,
    LotRecord,
    PortfolioRecord,
    TaxOwner,
    Term,
    TransactionKind,
    TransactionRecord,
    Treatment,
)
from taxharvest.engine.harvest.candidates import Candidate, QuotedPrice, Unjudged, candidate_of
from taxharvest.engine.what_if import SaleLedger
from tests.portfolios.engine.ledger_rows import ACME, AWAY, HOME, buy, row, sell
from tests.taxharvest.engine.tax_years import ds

D = Decimal
TODAY = date(2026, 11, 27)
TEN = QuotedPrice(close=D(10), currency="USD", day=date(2026, 11, 25))
ACCOUNT = PortfolioRecord(id=HOME, base_currency="USD")


def ledger(*rows: TransactionRecord, away: Treatment = Treatment.TAXABLE) -> SaleLedger:
    """The rows, with HOME taxable and AWAY as told."""
    portfolios = {HOME: ACCOUNT, AWAY: PortfolioRecord(id=AWAY, base_currency="USD", treatment=away)}
    return SaleLedger(rows=rows, portfolios=portfolios, rules=TaxRules())


def found(
    before: SaleLedger,
    *,
    price: QuotedPrice | None = TEN,
    account: PortfolioRecord = ACCOUNT,
    asks: bool = True,
    lots: Sequence[LotRecord] | None = None,
    **facts: Any,
) -> Candidate | Unjudged | None:
    """What there is to say of ACME in HOME at 10 a share."""
    return candidate_of(
        before.lots_of(HOME, ACME) if lots is None else lots,
        symbol="ACME",
        account=account,
        price=price,
        day=TODAY,
        before=before if asks else None,
        **facts,
    )


def candidate(before: SaleLedger, **facts: Any) -> Candidate:
    """The same, where it is a candidate."""
    one = found(before, **facts)
    assert isinstance(one, Candidate)
    return one


def figures(one: Candidate) -> list[tuple[Decimal, ...]]:
    """Shares, basis and loss of each lot."""
    return [(lot.quantity, lot.basis, lot.loss) for lot in one.lots]


def refused(before: SaleLedger, **facts: Any) -> str:
    """Why it could not be judged."""
    one = found(before, **facts)
    assert isinstance(one, Unjudged)
    assert (one.portfolio_id, one.instrument_id, one.symbol) == (HOME, ACME, "ACME")
    return one.words


def three_lots() -> SaleLedger:
    """Ten of 2024 at 12, ten of 2025 at 8, ten of June 2026 at 15."""
    return ledger(
        buy("2024-03-04", "10", "120"), buy("2025-03-04", "10", "80"), buy("2026-06-01", "10", "150")
    )


def test_only_lots_under_water_are_taken_with_their_losses_by_term() -> None:
    one = candidate(three_lots())

    assert [lot.acquired for lot in one.lots] == [date(2024, 3, 4), date(2026, 6, 1)]
    assert figures(one) == [ds(10, 120, 20), ds(10, 150, 50)]
    assert (one.short_loss, one.long_loss, one.washed, one.loss) == ds(50, 20, 0, 70)
    assert (one.quantity, one.basis, one.value, one.price) == ds(20, 270, 200, 10)
    assert (one.price_day, one.currency, one.day) == (date(2026, 11, 25), "USD", TODAY)
    assert [lot.term_on(TODAY) for lot in one.lots] == [Term.LONG, Term.SHORT]
    assert one.choices == tuple(LotChoice(lot_id=lot.lot_id, quantity=D(10)) for lot in one.lots)


def test_without_a_ledger_to_ask_the_losses_are_the_same() -> None:
    before = three_lots()
    asked, alone = candidate(before), candidate(before, asks=False)

    assert (alone.short_loss, alone.long_loss) == ds(50, 20)
    assert alone.lots == asked.lots
    assert alone.outcome is None
    assert asked.outcome is not None


def test_nothing_under_water_is_nothing() -> None:
    assert found(ledger(buy("2025-03-04", "10", "80"))) is None
    assert found(ledger()) is None


def test_a_lot_at_its_basis_is_not_under_water() -> None:
    assert found(ledger(buy("2025-03-04", "10", "100"))) is None


def test_lots_that_lost_too_little_are_left_alone() -> None:
    one = candidate(three_lots(), least_lost=D("0.2"))

    assert [(lot.acquired, lot.share_lost.quantize(D("0.01"))) for lot in one.lots] == [
        (date(2026, 6, 1), D("0.33"))
    ]


def test_a_purchase_of_the_spouse_washes_as_many_shares_as_it_bought() -> None:
    """25 of 120 shares that lost 2 each: 50 do not count, 190 do."""
    one = candidate(
        ledger(buy("2026-01-05", "120", "1440"), buy("2026-11-12", "25", "250", portfolio_id=AWAY))
    )

    assert (one.short_loss, one.washed) == ds(190, 50)
    assert one.quantity == 120
    assert one.outcome is not None
    assert [(cause.day, cause.shares) for cause in one.outcome.causes] == [(date(2026, 11, 12), D(25))]
    assert one.outcome.free_on == date(2026, 12, 13)


def test_a_purchase_older_than_thirty_days_washes_nothing() -> None:
    one = candidate(
        ledger(buy("2026-01-05", "120", "1440"), buy("2026-10-27", "25", "250", portfolio_id=AWAY))
    )

    assert (one.short_loss, one.washed) == ds(240, 0)


def test_a_fresh_lot_under_water_is_sold_with_the_old_one_and_does_not_wash_it() -> None:
    one = candidate(ledger(buy("2026-01-05", "10", "120"), buy("2026-11-12", "4", "44")))

    assert (one.short_loss, one.washed, one.quantity) == ds(24, 0, 14)


def test_purchases_after_the_day_are_not_known_yet() -> None:
    later = ledger(buy("2026-01-05", "120", "1440"), buy("2026-12-01", "25", "250", portfolio_id=AWAY)).until(
        TODAY
    )

    assert candidate(later).washed == 0


def test_a_washed_loss_counts_again_in_the_basis_of_what_replaced_it() -> None:
    """Four of the ten that were sold at a loss of 20 were replaced: their basis is 40 + 8."""
    before = ledger(
        buy("2025-01-06", "10", "120"), sell("2026-06-01", "10", "100"), buy("2026-06-10", "6", "72")
    )

    one = candidate(before)

    assert figures(one) == [ds(6, 84, 24)]
    # The lot was bought in June, but the days of the shares it replaced go before it.
    assert (one.short_loss, one.long_loss) == ds(0, 24)


def test_the_short_part_of_a_divided_lot_may_have_a_gain() -> None:
    """Ten shares for 98, of which four took up 20 each of a long-term loss: 4 long lose 79.2, 6 gain 1.2."""
    before = ledger(
        buy("2024-01-05", "4", "120"), sell("2026-06-01", "4", "40"), buy("2026-06-10", "10", "98")
    )

    one = candidate(before)

    assert figures(one) == [ds(10, 178, 78)]
    assert (one.short_loss, one.long_loss) == ds(0, 78)


def test_the_long_part_of_a_divided_lot_may_have_a_gain() -> None:
    """Ten shares for 80: four at 8.25 are long-term and gain 7, six took up 20 each and lose 108."""
    before = ledger(
        buy("2024-01-05", "4", "41"),
        buy("2026-05-25", "6", "180"),
        sell("2026-06-01", "10", "100"),
        buy("2026-06-10", "10", "80"),
    )

    one = candidate(before)

    assert figures(one) == [ds(10, 201, 101)]
    assert (one.short_loss, one.long_loss) == ds(101, 0)


def test_a_gift_that_was_worth_less_counts_its_loss_from_that() -> None:
    """IRC 1015(a): given at 11 with a basis of 15, it has lost 1 a share at 10."""
    before = ledger(
        row(
            TransactionKind.GIFT,
            "2026-05-04",
            quantity="10",
            cost="150",
            acquired=date(2020, 1, 2),
            price="11",
        )
    )

    one = candidate(before)

    assert figures(one) == [ds(10, 110, 10)]
    assert one.loss == 10


def test_another_currency_is_valued_at_the_rate_of_the_day() -> None:
    price = QuotedPrice(close=D(10), currency="EUR", day=TODAY, multiplier=D(2), fx_rate=D("0.5"))

    assert price.each == 10
    assert candidate(three_lots(), price=price, asks=False).short_loss == 50


def test_a_position_without_a_close_is_not_judged() -> None:
    assert refused(three_lots(), price=None) == "There is no close that is recent enough."


def test_a_position_without_a_rate_is_not_judged() -> None:
    price = QuotedPrice(close=D(10), currency="EUR", day=TODAY, fx_rate=None)

    assert price.each is None
    assert refused(three_lots(), price=price) == "There is no rate from EUR into the account’s currency."


def test_a_position_with_a_lot_of_unknown_basis_is_not_judged() -> None:
    lots = list(three_lots().lots_of(HOME, ACME))
    lots[1] = replace(lots[1], basis_base=None)

    assert refused(three_lots(), lots=lots) == "The basis of the lot of 4 Mar 2025 is not known."


@pytest.mark.parametrize("name", ["acquired", "holding_date"])
def test_a_position_with_a_lot_of_an_unknown_day_is_not_judged(name: str) -> None:
    lots = list(three_lots().lots_of(HOME, ACME))
    missing: dict[str, Any] = {name: None}
    lots[1] = replace(lots[1], **missing)

    assert "day on which a lot was bought is not known" in refused(three_lots(), lots=lots)


@pytest.mark.parametrize(
    "account",
    [
        replace(ACCOUNT, treatment=Treatment.IRA),
        replace(ACCOUNT, treatment=Treatment.SIMULATED),
        replace(ACCOUNT, owner=TaxOwner.OTHER),
    ],
)
def test_an_account_whose_losses_do_not_count_has_no_candidates(account: PortfolioRecord) -> None:
    assert found(three_lots(), account=account) is None


def test_a_short_position_is_no_candidate() -> None:
    lots = [replace(lot, quantity=-lot.quantity) for lot in three_lots().lots_of(HOME, ACME)]

    assert found(three_lots(), lots=lots) is None
