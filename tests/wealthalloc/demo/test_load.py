"""The demo household: the same story every time, with what the pages have to show."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum

from accounts.models import Household, TaxProfile, User
from common.money import UNIT
from portfolios.models import (
    Disposal,
    Finding,
    Holding,
    Instrument,
    Lot,
    LotSelection,
    Portfolio,
    Price,
    Transaction,
    Valuation,
    WashSale,
)
from portfolios.selectors.facts import tax_rules
from taxharvest.models import HarvestScan, ReplacementPair, TaxHarvest
from taxharvest.services.replacement_rows import pair_rows
from wealthalloc.demo.household import EMAIL, PASSWORD
from wealthalloc.demo.load import demo_load, demo_sessions
from wealthalloc.demo.market import demo_market
from wealthalloc.demo.story import tell_story

TODAY = date(2026, 3, 17)
CENT = Decimal("0.01")


@pytest.fixture(scope="module")
def told(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The demo, loaded once for this module and rolled back at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        demo_load(today=TODAY)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def loaded(told: None, db: None) -> None:
    """The demo as it was loaded, whatever the test does to it."""


def test_the_same_day_tells_the_same_story() -> None:
    market = demo_market(demo_sessions(TODAY - timedelta(days=1)))

    assert tell_story(market) == tell_story(market)


@pytest.mark.usefixtures("loaded")
def test_the_table_of_replacements_is_there() -> None:
    assert ReplacementPair.objects.count() == len(pair_rows())


@pytest.mark.usefixtures("loaded")
def test_two_spouses_hold_four_accounts_and_sign_in_with_the_printed_password() -> None:
    household = Household.objects.get()
    kinds = sorted(Portfolio.objects.values_list("kind", flat=True))

    assert [member.name for member in household.members.order_by("name")] == ["Elena Okafor", "Marcus Okafor"]
    assert kinds == ["roth", "spouse_taxable", "taxable", "taxable"]
    assert User.objects.get(email=EMAIL).check_password(PASSWORD)


@pytest.mark.usefixtures("loaded")
def test_three_years_hold_about_four_hundred_rows_on_twenty_stocks_and_eight_funds() -> None:
    kinds = Counter(Transaction.objects.values_list("kind", flat=True))
    traded = Counter(
        Transaction.objects.filter(instrument__isnull=False)
        .values_list("instrument__symbol", "instrument__asset_class")
        .distinct()
    )
    classes = Counter(asset_class for _, asset_class in traded)
    first = Transaction.objects.earliest("trade_date").trade_date

    assert 380 <= sum(kinds.values()) <= 480
    assert classes == {"stock": 20, "fund": 8}
    assert (kinds["split"], kinds["transfer_in"], kinds["transfer_out"]) == (1, 1, 1)
    assert timedelta(days=3 * 365 - 10) <= TODAY - first <= timedelta(days=3 * 365 + 10)


@pytest.mark.usefixtures("loaded")
def test_there_are_gains_losses_and_dividends_and_no_questions() -> None:
    gains = [gain for gain in Disposal.objects.values_list("gain_base", flat=True) if gain is not None]

    assert min(gains) < 0 < max(gains)
    assert Transaction.objects.filter(kind="dividend").exists()
    assert Finding.objects.count() == 0


@pytest.mark.usefixtures("loaded")
def test_prices_end_on_the_last_session_before_today_and_every_day_has_a_value() -> None:
    assert Price.objects.latest("day").day == date(2026, 3, 16)
    assert Valuation.objects.filter(value__isnull=True).count() == 0
    assert Valuation.objects.latest("day").day == date(2026, 3, 16)


@pytest.mark.usefixtures("loaded")
def test_the_transfer_keeps_the_dates_of_its_lots() -> None:
    account = Portfolio.objects.get(name="Elena, Taxable")
    transfer = Transaction.objects.get(kind="transfer_in")
    lots = Lot.objects.filter(portfolio=account, instrument__symbol="JNJ")

    assert sum(lot.quantity for lot in lots) == transfer.quantity == 60
    assert all(lot.acquired and lot.acquired < transfer.trade_date for lot in lots)


@pytest.mark.usefixtures("loaded")
def test_the_trap_washes_exactly_the_shares_that_the_spouse_bought_back_within_thirty_days() -> None:
    rest, washed = Disposal.objects.filter(instrument__symbol="VLUE").order_by("-quantity")
    match = WashSale.objects.get(instrument__symbol="VLUE")

    assert (rest.quantity, washed.quantity, match.quantity) == (95, 25, 25)
    assert rest.gain_base is not None
    assert washed.gain_base is not None
    loss = -(rest.gain_base + washed.gain_base)
    assert loss == Decimal("1121.60")
    assert (rest.disallowed_base, rest.recognised_base) == (0, rest.gain_base)
    assert washed.disallowed_base == match.disallowed_base == (loss * 25 / 120).quantize(UNIT)
    assert washed.disallowed_base == Decimal("233.66666667")
    assert (washed.recognised_base, washed.permanent_base, match.is_permanent) == (0, 0, False)


@pytest.mark.usefixtures("loaded")
def test_the_lot_of_the_spouse_carries_the_deferred_loss_and_the_days_of_the_shares_sold() -> None:
    sale = Disposal.objects.filter(instrument__symbol="VLUE").earliest("quantity")
    bought = Transaction.objects.get(instrument__symbol="VLUE", portfolio__kind="spouse_taxable")
    match = WashSale.objects.get(instrument__symbol="VLUE")
    lot = Lot.objects.get(instrument__symbol="VLUE")

    assert timedelta(0) < bought.trade_date - sale.disposed <= timedelta(days=30)
    assert (match.replacement_id, match.replacement_lot_id) == (bought.pk, lot.root_id)
    assert (lot.portfolio.name, lot.quantity, lot.acquired) == ("Marcus, Taxable", 25, bought.trade_date)
    assert lot.basis == -bought.amount + match.disallowed_base
    assert sale.acquired is not None
    assert match.days_tacked == (sale.disposed - sale.acquired).days
    assert lot.holding_date == bought.trade_date - (sale.disposed - sale.acquired)


@pytest.mark.usefixtures("loaded")
def test_a_reinvestment_in_the_roth_ira_takes_a_small_loss_for_good() -> None:
    match = WashSale.objects.get(instrument__symbol="MTUM")
    reinvested = Transaction.objects.get(pk=match.replacement_id)
    lot = Lot.objects.get(transaction_id=reinvested.pk)

    assert (match.portfolio.name, match.replacement_portfolio.name) == ("Elena, Taxable", "Elena, Roth IRA")
    assert (reinvested.kind, reinvested.quantity) == ("reinvest", match.quantity)
    assert match.is_permanent
    assert match.disallowed_base == match.quantity * Decimal("6.64")  # a share: 149.50 paid, 142.86 received
    assert (lot.basis, lot.holding_date) == (-reinvested.amount, reinvested.trade_date)


@pytest.mark.usefixtures("loaded")
def test_a_sale_had_its_dearest_lot_named_and_that_makes_it_a_loss() -> None:
    selection = LotSelection.objects.select_related("transaction__portfolio").get()
    sale = selection.transaction
    sold = Disposal.objects.get(transaction=sale)
    oldest = Lot.objects.filter(instrument__symbol="MSFT", portfolio=sale.portfolio).earliest("acquired")

    assert (sale.portfolio.name, sold.quantity) == ("Elena, Taxable", 5)
    assert selection.chosen_at.date() == sale.trade_date
    assert str(sold.lot_id) == selection.lots[0]["lot_id"]
    assert sold.gain_base is not None
    assert sold.gain_base < 0
    assert sold.acquired is not None
    assert oldest.acquired is not None
    assert oldest.acquired < sold.acquired


@pytest.mark.usefixtures("loaded")
def test_one_loss_of_the_last_thirty_days_still_waits_for_a_purchase() -> None:
    sold = Disposal.objects.get(instrument__symbol="AMD", disposed__gt=TODAY - timedelta(days=30))

    assert sold.portfolio.name == "Marcus, Taxable"
    assert (sold.quantity, sold.gain_base, sold.disallowed_base) == (40, Decimal("-298.40"), 0)
    assert not WashSale.objects.filter(instrument__symbol="AMD").exists()


@pytest.mark.usefixtures("loaded")
def test_the_two_index_funds_name_their_index_and_so_count_as_identical() -> None:
    household = Household.objects.get()
    voo, ivv = Instrument.objects.filter(symbol__in=("IVV", "VOO"))
    identities = tax_rules(household.pk).identities

    assert (voo.tracked_index, ivv.tracked_index) == ("S&P 500", "S&P 500")
    assert identities[voo.pk].group == identities[ivv.pk].group


@pytest.mark.usefixtures("loaded")
def test_two_years_have_a_tax_profile_and_the_carry_forward_of_this_one_follows_from_the_last() -> None:
    last, this = TaxProfile.objects.order_by("year")
    net = Disposal.objects.filter(disposed__year=2025, portfolio__kind__endswith="taxable").aggregate(
        gain=Sum("recognised_base")
    )["gain"]
    carried_in = last.carryforward_short + last.carryforward_long

    assert (last.year, this.year) == (2025, 2026)
    for profile in (last, this):
        assert (profile.filing_status, profile.state) == ("married_joint", "NY")
        assert profile.state_rate == Decimal("0.0685")
    assert (last.ordinary_income, this.ordinary_income) == (298_500, 310_000)
    assert carried_in == 65_200
    assert this.carryforward_short + this.carryforward_long == (carried_in - net - 3000).quantize(CENT)


@pytest.mark.usefixtures("loaded")
def test_loading_again_on_the_same_day_changes_nothing() -> None:
    before = list(Transaction.objects.order_by("id").values_list("id", flat=True))

    summary = demo_load(today=TODAY)

    assert summary.was_loaded
    assert list(Transaction.objects.order_by("id").values_list("id", flat=True)) == before


@pytest.mark.usefixtures("loaded")
def test_a_book_that_an_earlier_release_derived_follows_the_rules_of_this_one() -> None:
    WashSale.objects.all().delete()
    Disposal.objects.update(disallowed_base=0, permanent_base=0)

    assert demo_load(today=TODAY).was_loaded
    assert WashSale.objects.filter(instrument__symbol="VLUE").get().quantity == 25
    assert Disposal.objects.filter(disallowed_base=Decimal("233.66666667")).count() == 1


@pytest.mark.usefixtures("loaded")
def test_the_next_day_moves_the_whole_story_on() -> None:
    summary = demo_load(today=TODAY + timedelta(days=1))

    assert not summary.was_loaded
    assert Price.objects.latest("day").day == TODAY
    assert (Household.objects.count(), Holding.objects.exists()) == (1, True)
    assert WashSale.objects.filter(instrument__symbol="VLUE").get().quantity == 25
    assert LotSelection.objects.count() == 1
    assert TaxProfile.objects.count() == 2


@pytest.mark.usefixtures("loaded")
def test_a_demo_that_somebody_added_to_is_left_alone() -> None:
    row = Transaction.objects.first()
    assert row is not None
    Transaction.objects.bulk_create(
        [Transaction(portfolio=row.portfolio, kind="deposit", trade_date=TODAY, currency="USD", source="csv",
                     natural_key="mine", source_hash="", amount=1)]
    )  # fmt: skip

    assert demo_load(today=TODAY + timedelta(days=1)).was_loaded
    assert not demo_load(today=TODAY + timedelta(days=1), fresh=True).was_loaded
    assert not Transaction.objects.filter(source="csv").exists()


@pytest.mark.usefixtures("loaded")
def test_one_scan_proposes_the_planted_losses_and_refuses_the_one_that_the_spouse_would_wash() -> None:
    account = Portfolio.objects.get(name="Elena, Taxable")
    scan = HarvestScan.objects.get()
    harvests = TaxHarvest.objects.filter(portfolio=account, state="open")
    decisions = {one["symbol"]: one for one in scan.scanned_accounts.get(portfolio=account).decisions}

    assert (scan.state, scan.day, scan.accounts, scan.scanned) == ("done", TODAY, 4, 3)
    assert {"AAPL", "QUAL"} <= {row.instrument.symbol for row in harvests}
    assert all(row.benefit_high > row.costs for row in harvests)
    washed = decisions["VOO"]
    assert washed["decision"] == "washed"
    assert sum(Decimal(cause["sold"]) for cause in washed["causes"]) == 25
    (bought,) = {(cause["portfolio"], cause["day"]) for cause in washed["causes"]}
    assert bought[0] == str(Portfolio.objects.get(name="Marcus, Taxable").pk)


@pytest.mark.usefixtures("loaded")
def test_no_proposal_of_the_demo_buys_what_another_one_sells() -> None:
    harvests = TaxHarvest.objects.filter(state="open")
    sold = {str(row.instrument_id) for row in harvests}
    bought = {part["instrument_id"] for row in harvests for part in row.replacement}

    assert bought
    assert sold.isdisjoint(bought)
