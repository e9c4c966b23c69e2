"""Made household-years of random trading: with the guard no loss is washed, without it many are."""

from bench.guarded_years import HouseholdYear, years

SEEDS = range(14)


def test_the_same_wishes_wash_losses_without_the_guard_and_none_with_it() -> None:
    without = years(SEEDS, is_guarded=False)
    guarded = years(SEEDS, is_guarded=True)

    assert guarded.washed_sales == 0
    assert guarded.disallowed == 0
    assert without.washed_sales > 50
    assert without.lost > 0
    # It refuses some orders, gives way for others, and lets losses be taken all the same.
    assert guarded.blocked > 0
    assert guarded.gave_way > 0
    assert guarded.loss_sales > without.loss_sales // 3


def test_a_year_is_the_same_each_time() -> None:
    assert HouseholdYear(3, is_guarded=True).run() == HouseholdYear(3, is_guarded=True).run()
