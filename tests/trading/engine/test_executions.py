"""What the fills of an order add up to."""

from dataclasses import replace
from decimal import Decimal

from tests.trading.engine.order_world import fill
from trading.engine.executions import executed, newest_executions
from trading.engine.order_events import Executed

FIRST, SECOND = fill(1, 4, price=Decimal(10)), fill(2, 6, price=Decimal(11), perm_id=9)


def test_fills_add_up_to_a_total_and_an_average_price() -> None:
    assert executed([FIRST, SECOND]) == Executed(
        filled=Decimal(10), average_price=Decimal("10.60000000"), perm_ids=(7, 9)
    )


def test_an_average_price_is_rounded_half_even_to_eight_places() -> None:
    thirds = [fill(1, 1, price=Decimal(1)), fill(2, 2, price=Decimal(2))]

    assert executed(thirds).average_price == Decimal("1.66666667")


def test_nothing_filled_has_no_average_price() -> None:
    assert executed([]) == Executed(filled=Decimal(0), average_price=None)


def test_a_correction_replaces_what_it_corrects() -> None:
    corrected = replace(FIRST, revision=2, quantity=Decimal(3))

    assert executed([FIRST, SECOND, corrected]).filled == Decimal(9)
    assert executed([corrected, SECOND, FIRST]).filled == Decimal(9)


def test_a_fill_that_is_told_again_counts_once() -> None:
    assert executed([FIRST, FIRST, FIRST]).filled == Decimal(4)


def test_the_telling_that_knows_the_commission_is_kept() -> None:
    charged = replace(FIRST, commission=Decimal(1))

    assert newest_executions([FIRST, charged, FIRST]) == (charged,)


def test_a_correction_outranks_a_commission() -> None:
    charged, corrected = replace(FIRST, commission=Decimal(1)), replace(FIRST, revision=2)

    assert newest_executions([charged, corrected, charged]) == (corrected,)


def test_accounts_do_not_share_an_execution() -> None:
    elsewhere = replace(FIRST, account="DU2")

    assert newest_executions([FIRST, elsewhere]) == (FIRST, elsewhere)


def test_a_fill_without_a_durable_number_names_none() -> None:
    assert executed([replace(FIRST, perm_id=0)]).perm_ids == ()
