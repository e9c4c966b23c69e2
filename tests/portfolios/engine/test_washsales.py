"""The wash-sale rule beyond its golden cases: modes, policies, accounts, splits, short sales, currencies."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from common.identifiers import derived_uuid
from portfolios.engine.book import derive_book
from portfolios.engine.policies import (
    Identity,
    PlanPurchases,
    SpouseBasis,
    TaxRules,
    WashMode,
    WashPolicy,
)
from portfolios.engine.records import (
    Book,
    FindingKind,
    LotOrigin,
    PortfolioRecord,
    PositionEffect,
    ReliefMethod,
    TaxOwner,
    Term,
    TransactionKind,
    TransactionRecord,
    Treatment,
)
from tests.portfolios.engine.ledger_rows import (
    ACME,
    AWAY,
    BETA,
    EUROPE,
    HOME,
    buy,
    disposal_id,
    kinds,
    open_lots,
    row,
    seen,
    sell,
    shown,
    shown_gain,
    wash_id,
)

IRA, PLAN, SPOUSE, CHILD, PAPER = (UUID(int=0xA10 + number) for number in range(5))
CALL, GROUP = UUID(int=0xB11), UUID(int=0xB12)
OPEN = PositionEffect.OPEN


def account(key: UUID, treatment: Treatment, owner: TaxOwner = TaxOwner.TAXPAYER) -> PortfolioRecord:
    return PortfolioRecord(id=key, base_currency="USD", treatment=treatment, owner=owner)


HOUSEHOLD = {
    HOME: account(HOME, Treatment.TAXABLE),
    AWAY: account(AWAY, Treatment.TAXABLE),
    IRA: account(IRA, Treatment.IRA),
    PLAN: account(PLAN, Treatment.OTHER_PLAN),
    SPOUSE: account(SPOUSE, Treatment.TAXABLE, TaxOwner.SPOUSE),
    CHILD: account(CHILD, Treatment.TAXABLE, TaxOwner.OTHER),
    PAPER: account(PAPER, Treatment.SIMULATED),
    EUROPE: PortfolioRecord(id=EUROPE, base_currency="EUR"),
}


def rules(
    *, mode: WashMode = WashMode.TAXPAYER, identities: dict[UUID, Identity] | None = None, **policy: Any
) -> TaxRules:
    return TaxRules(mode=mode, policy=WashPolicy(**policy), identities=identities or {})


def derived(
    rows: Iterable[TransactionRecord],
    tax_rules: TaxRules | None = None,
    portfolios: dict[UUID, PortfolioRecord] | None = None,
) -> Book:
    return derive_book(rows, portfolios or HOUSEHOLD, tax_rules or rules())


def matches(found: Book) -> list[tuple[object, ...]]:
    """Every match: shares sold, day and number of the replacements, loss, whether for good, days tacked."""
    return [
        (
            shown(match.quantity),
            str(match.replaced_on),
            shown(match.replacement_quantity),
            shown(match.disallowed_base),
            match.is_permanent,
            match.days_tacked,
        )
        for match in found.washes
    ]


def pieces(found: Book) -> list[tuple[object, ...]]:
    """Every disposal: shares, proceeds, basis, gain, what is disallowed and term."""
    return [
        (
            shown(piece.quantity),
            shown(piece.proceeds),
            shown(piece.basis),
            shown_gain(piece),
            shown(piece.disallowed_base),
            piece.term.value,
        )
        for piece in found.disposals
    ]


def loss(**facts: Any) -> list[TransactionRecord]:
    """Ten shares bought for 1,000 on 2 January 2024 and sold for 800 on 15 March: a loss of 200."""
    return [buy("2024-01-02", "10", "1000", **facts), sell("2024-03-15", "10", "800", **facts)]


# What a match says, and what becomes of both sides.


def test_a_match_names_both_sides_and_moves_loss_and_days_into_the_replacement() -> None:
    first, sold = loss()
    later = buy("2024-04-01", "10", "900", portfolio_id=AWAY)
    found = derived([first, sold, later])

    (match,) = found.washes
    (piece,) = found.disposals
    (lot,) = found.lots
    assert seen(match.portfolio_id, match.instrument_id, match.sale_id) == (HOME, ACME, sold.id)
    assert seen(match.replacement_portfolio_id, match.replacement_instrument_id) == (AWAY, ACME)
    assert seen(match.replacement_id, match.replacement_lot_id) == (later.id, lot.root_id)
    assert seen(match.sold, match.replaced_on) == (date(2024, 3, 15), date(2024, 4, 1))
    assert seen(match.quantity, match.replacement_quantity, match.disallowed_base) == (10, 10, 200)
    assert seen(match.is_permanent, match.days_tacked) == (False, 73)
    assert piece.id == match.disposal_id == disposal_id(sold, 1)
    assert match.id == wash_id(piece.id, 0)
    assert seen(piece.gain, piece.disallowed_base, piece.permanent_base, piece.recognised_base) == (
        -200,
        200,
        0,
        0,
    )
    assert seen(piece.lot_id, piece.acquisition_id, piece.origin) == (
        derived_uuid(first.id, "lot"),
        first.id,
        LotOrigin.BUY,
    )
    assert seen(lot.basis, lot.basis_base, lot.cost, lot.deferred_base) == (1100, 1100, 900, 200)
    assert seen(lot.acquired, lot.holding_date) == (date(2024, 4, 1), date(2024, 1, 19))


def test_a_loss_that_is_replaced_in_part_gives_two_disposals_the_part_that_counts_first() -> None:
    bought, sold = loss()
    found = derived([bought, sold, buy("2024-03-20", "3", "240"), buy("2024-03-21", "1", "81")])

    assert pieces(found) == [
        ("6", "480", "600", "-120", "0", "short"),
        ("4", "320", "400", "-80", "80", "short"),
    ]
    assert [piece.id for piece in found.disposals] == [
        disposal_id(sold, 0),
        disposal_id(sold, 1),
    ]
    assert matches(found) == [
        ("3", "2024-03-20", "3", "60", False, 73),
        ("1", "2024-03-21", "1", "20", False, 73),
    ]
    assert [wash.id for wash in found.washes] == [wash_id(disposal_id(sold, 1), number) for number in (0, 1)]
    assert open_lots(found) == [
        ("3", "300", "2024-03-20", "2024-01-07"),
        ("1", "101", "2024-03-21", "2024-01-08"),
    ]


def test_parts_of_a_loss_that_does_not_divide_add_up_to_it() -> None:
    found = derived(
        [
            buy("2024-01-02", "3", "200"),
            sell("2024-03-15", "3", "100"),
            *(buy(f"2024-03-{day}", "1", "50") for day in (18, 19, 20)),
        ]
    )
    assert [wash.disallowed_base for wash in found.washes] == [
        Decimal("33.33333333"),
        Decimal("33.33333334"),
        Decimal("33.33333333"),
    ]
    (piece,) = found.disposals
    assert seen(piece.quantity, piece.gain, piece.disallowed_base) == (3, -100, 100)


def test_a_lot_that_replaces_in_part_is_divided_and_the_rest_serves_the_next_loss() -> None:
    replacement = buy("2024-03-01", "10", "900", portfolio_id=AWAY)
    found = derived(
        [
            buy("2024-01-02", "4", "400"),
            buy("2024-01-03", "8", "800"),
            replacement,
            sell("2024-03-15", "4", "320"),
            sell("2024-03-18", "8", "640"),
        ]
    )
    assert matches(found) == [
        ("4", "2024-03-01", "4", "80", False, 73),
        ("6", "2024-03-01", "6", "120", False, 75),
    ]
    root = derived_uuid(replacement.id, "lot")
    assert [(shown(lot.quantity), shown(lot.basis), str(lot.holding_date)) for lot in found.lots] == [
        ("6", "660", "2023-12-17"),
        ("4", "440", "2023-12-19"),
    ]
    assert {lot.id for lot in found.lots} == {root, derived_uuid(root, "part-1")}
    assert {lot.root_id for lot in found.lots} == {root}


@pytest.mark.parametrize(
    ("day", "is_washed"),
    [
        ("2024-02-13", False),
        ("2024-02-14", True),
        ("2024-03-15", True),
        ("2024-04-14", True),
        ("2024-04-15", False),
    ],
)
def test_the_window_is_thirty_days_to_either_side(day: str, is_washed: bool) -> None:
    found = derived([*loss(), buy(day, "10", "900", portfolio_id=AWAY)])
    assert bool(found.washes) is is_washed
    assert found.disposals[0].disallowed_base == (200 if is_washed else 0)


def test_losses_wait_in_the_order_of_their_sales_and_leave_when_their_window_closes() -> None:
    found = derived(
        [
            buy("2023-01-02", "30", "3000"),
            sell("2024-03-01", "10", "900"),
            sell("2024-03-10", "10", "800"),
            sell("2024-03-20", "10", "700"),
            buy("2024-04-01", "15", "1500"),
        ]
    )
    assert [(wash.sold.isoformat(), shown(wash.quantity)) for wash in found.washes] == [
        ("2024-03-10", "10"),
        ("2024-03-20", "5"),
    ]


def test_a_match_chain_carries_loss_and_days_along() -> None:
    found = derived(
        [
            *loss(),
            buy("2024-03-20", "10", "750"),
            sell("2024-04-02", "10", "700"),
            buy("2024-04-10", "10", "720"),
        ]
    )
    assert matches(found) == [
        ("10", "2024-03-20", "10", "200", False, 73),
        ("10", "2024-04-10", "10", "250", False, 86),
    ]
    assert open_lots(found) == [("10", "970", "2024-04-10", "2024-01-15")]
    assert found.lots[0].deferred_base == 250


# Orders: what was bought together, and what was sold together.


def test_the_rest_of_a_purchase_does_not_replace_the_part_sold_unless_the_policy_says_so() -> None:
    rows = [buy("2024-03-01", "10", "1000"), sell("2024-03-15", "4", "320")]
    assert matches(derived(rows)) == []
    assert matches(derived(rows, rules(same_purchase_replacement=True))) == [
        ("4", "2024-03-01", "4", "80", False, 14)
    ]


def test_fills_of_one_purchase_do_not_replace_each_other_but_those_of_another_account_do() -> None:
    fills = [
        buy("2024-03-01", "10", "1000", order_ref="o1"),
        buy("2024-03-01", "10", "1000", order_ref="o1"),
        sell("2024-03-15", "10", "800"),
    ]
    assert matches(derived(fills)) == []
    assert matches(derived([*fills, buy("2024-03-01", "5", "500", order_ref="o1", portfolio_id=AWAY)])) == [
        ("5", "2024-03-01", "5", "100", False, 14)
    ]


def test_fills_of_one_sale_are_judged_together_when_the_last_is_in() -> None:
    rows = [
        buy("2024-02-20", "10", "1000"),
        buy("2024-02-21", "10", "1100"),
        sell("2024-03-15", "10", "800", order_ref="s1"),
        sell("2024-03-15", "10", "800", order_ref="s1"),
    ]
    assert matches(derived(rows)) == []
    apart = [*rows[:3], sell("2024-03-15", "10", "800", order_ref="s2")]
    assert matches(derived(apart)) == [("10", "2024-02-21", "10", "200", False, 24)]


def test_fills_of_one_sale_take_replacements_in_the_order_in_which_the_shares_were_bought() -> None:
    newer, older = buy("2024-01-10", "10", "1200"), buy("2024-01-02", "10", "1000")
    found = derived(
        [
            older,
            newer,
            sell("2024-03-15", "10", "800", order_ref="s1"),
            sell("2024-03-15", "10", "800", order_ref="s1"),
            buy("2024-03-20", "10", "900"),
        ]
    )
    (match,) = found.washes
    assert seen(match.disallowed_base, match.days_tacked) == (200, 73)
    assert [wash.sale_id for wash in found.washes] == [found.disposals[0].transaction_id]


def test_fills_of_one_order_on_two_days_are_two_sales() -> None:
    found = derived(
        [
            buy("2024-02-20", "10", "1000"),
            buy("2024-02-21", "10", "1100"),
            sell("2024-03-14", "10", "800", order_ref="s1"),
            sell("2024-03-15", "10", "800", order_ref="s1"),
        ]
    )
    assert matches(found) == [("10", "2024-02-21", "10", "200", False, 23)]


# Whose accounts count.


def test_the_brokers_view_knows_one_account_and_one_instrument() -> None:
    same = {ACME: Identity(group=GROUP), BETA: Identity(group=GROUP)}
    elsewhere = buy("2024-03-20", "10", "900", portfolio_id=AWAY)
    other = buy("2024-03-21", "10", "900", instrument_id=BETA)
    own = buy("2024-03-22", "4", "360")
    broker = rules(mode=WashMode.BROKER, identities=same)
    assert matches(derived([*loss(), elsewhere, other, own], broker)) == [
        ("4", "2024-03-22", "4", "80", False, 73)
    ]
    assert matches(derived([*loss(), other, elsewhere, own], rules(identities=same))) == [
        ("10", "2024-03-20", "10", "200", False, 73)
    ]


def test_the_brokers_view_leaves_out_what_is_not_taxed_but_not_the_spouse_or_others() -> None:
    broker = rules(mode=WashMode.BROKER)
    for key, count in ((IRA, 0), (PLAN, 0), (PAPER, 0), (SPOUSE, 1), (CHILD, 1)):
        rows = [*loss(portfolio_id=key), buy("2024-03-20", "10", "900", portfolio_id=key)]
        assert seen(key, len(derived(rows, broker).washes)) == (key, count)


def test_the_brokers_view_knows_nothing_of_calls() -> None:
    call = {CALL: Identity(group=CALL, replaces=ACME, shares_per_unit=100)}
    rows = [*loss(), buy("2024-03-20", "1", "50", instrument_id=CALL)]
    assert matches(derived(rows, rules(mode=WashMode.BROKER, identities=call))) == []


def test_a_purchase_in_an_ira_takes_the_loss_for_good_and_keeps_its_own_basis_and_day() -> None:
    found = derived([*loss(), buy("2024-03-20", "6", "540", portfolio_id=IRA)])
    assert matches(found) == [("6", "2024-03-20", "6", "120", True, None)]
    assert [shown(piece.permanent_base) for piece in found.disposals] == ["0", "120"]
    assert open_lots(found) == [("6", "540", "2024-03-20", "2024-03-20")]
    assert found.lots[0].deferred_base == 0


def test_a_loss_in_an_ira_is_no_loss() -> None:
    found = derived([*loss(portfolio_id=IRA), buy("2024-03-20", "10", "900")])
    assert matches(found) == []
    assert pieces(found) == [("10", "800", "1000", "-200", "0", "short")]


def test_a_purchase_in_another_plan_counts_only_where_the_policy_says_so() -> None:
    rows = [*loss(), buy("2024-03-20", "10", "900", portfolio_id=PLAN)]
    assert matches(derived(rows)) == []
    permanent = rules(plan_purchases=PlanPurchases.PERMANENT)
    assert matches(derived(rows, permanent)) == [("10", "2024-03-20", "10", "200", True, None)]
    inside = [*loss(portfolio_id=PLAN), buy("2024-03-20", "10", "900")]
    assert matches(derived(inside, permanent)) == []


def test_the_spouses_purchase_takes_the_loss_up_or_for_good_as_the_policy_says() -> None:
    rows = [*loss(), buy("2024-03-20", "10", "900", portfolio_id=SPOUSE)]
    assert matches(derived(rows)) == [("10", "2024-03-20", "10", "200", False, 73)]
    permanent = derived(rows, rules(spouse_basis=SpouseBasis.PERMANENT))
    assert matches(permanent) == [("10", "2024-03-20", "10", "200", True, None)]
    assert open_lots(permanent) == [("10", "900", "2024-03-20", "2024-03-20")]


def test_the_policy_on_the_spouse_leaves_the_taxpayers_own_replacements_alone() -> None:
    rows = [*loss(), buy("2024-03-20", "10", "900", portfolio_id=AWAY)]
    permanent = rules(spouse_basis=SpouseBasis.PERMANENT)
    assert matches(derived(rows, permanent)) == [("10", "2024-03-20", "10", "200", False, 73)]


@pytest.mark.parametrize("outside", [CHILD, PAPER])
def test_accounts_of_others_and_simulated_ones_stay_outside(outside: UUID) -> None:
    bought = buy("2024-03-20", "10", "900", portfolio_id=outside)
    assert matches(derived([*loss(), bought])) == []
    assert matches(derived([*loss(portfolio_id=outside), buy("2024-03-20", "10", "900")])) == []
    assert matches(derived([*loss(portfolio_id=outside), bought])) == []


# What is identical.


def test_instruments_of_one_group_replace_each_other() -> None:
    same = {ACME: Identity(group=GROUP), BETA: Identity(group=GROUP)}
    found = derived([*loss(), buy("2024-03-20", "10", "900", instrument_id=BETA)], rules(identities=same))
    assert matches(found) == [("10", "2024-03-20", "10", "200", False, 73)]
    assert found.washes[0].replacement_instrument_id == BETA


def test_a_call_replaces_the_shares_of_its_contract() -> None:
    call = {CALL: Identity(group=CALL, replaces=ACME, shares_per_unit=100)}
    first = [buy("2024-01-02", "150", "15000"), sell("2024-03-15", "150", "13500")]
    found = derived([*first, buy("2024-03-20", "1", "50", instrument_id=CALL)], rules(identities=call))
    assert matches(found) == [("100", "2024-03-20", "1", "1000", False, 73)]
    (lot,) = found.lots
    assert seen(lot.instrument_id, lot.quantity, lot.basis) == (CALL, 1, 1050)
    apart = [*first, buy("2024-03-20", "1", "50", instrument_id=CALL)]
    assert matches(derived(apart, rules(identities=call, options_replace=False))) == []


def test_a_call_that_replaces_fewer_shares_is_used_in_part_and_the_rest_serves_the_next_loss() -> None:
    call = {CALL: Identity(group=CALL, replaces=ACME, shares_per_unit=100)}
    found = derived(
        [
            buy("2024-01-02", "120", "12000"),
            buy("2024-03-10", "1", "50", instrument_id=CALL),
            sell("2024-03-15", "30", "2700"),
            sell("2024-03-18", "90", "7200"),
        ],
        rules(identities=call),
    )
    assert matches(found) == [
        ("30", "2024-03-10", "0.3", "300", False, 73),
        ("70", "2024-03-10", "0.7", "1400", False, 76),
    ]
    assert pieces(found)[1:] == [
        ("20", "1600", "2000", "-400", "0", "short"),
        ("70", "5600", "7000", "-1400", "1400", "short"),
    ]


def test_a_loss_on_a_call_is_replaced_by_the_call_and_not_by_its_shares() -> None:
    call = {CALL: Identity(group=CALL, replaces=ACME, shares_per_unit=100)}
    lost = [
        buy("2024-01-02", "1", "90", instrument_id=CALL),
        sell("2024-03-15", "1", "40", instrument_id=CALL),
    ]
    shares = buy("2024-03-20", "100", "9000")
    assert matches(derived([*lost, shares], rules(identities=call))) == []
    again = buy("2024-03-21", "2", "60", instrument_id=CALL)
    assert matches(derived([*lost, shares, again], rules(identities=call))) == [
        ("1", "2024-03-21", "1", "50", False, 73)
    ]


def test_digital_assets_are_covered_from_the_day_that_the_policy_names() -> None:
    coin = {ACME: Identity(group=ACME, is_digital_asset=True)}
    rows = [*loss(), buy("2024-03-20", "10", "900")]
    assert matches(derived(rows, rules(identities=coin))) == []
    for day, count in ((date(2024, 3, 15), 1), (date(2024, 3, 16), 0)):
        covered = rules(identities=coin, digital_assets_from=day)
        assert seen(day, len(derived(rows, covered).washes)) == (day, count)


def test_a_digital_asset_bought_in_an_ira_takes_the_loss_for_good_and_none_of_its_own() -> None:
    coin = rules(
        identities={ACME: Identity(group=ACME, is_digital_asset=True)}, digital_assets_from=date(2024, 1, 1)
    )
    assert matches(derived([*loss(), buy("2024-03-20", "10", "900", portfolio_id=IRA)], coin)) == [
        ("10", "2024-03-20", "10", "200", True, None)
    ]
    assert matches(derived([*loss(portfolio_id=IRA), buy("2024-03-20", "10", "900")], coin)) == []


def test_contracts_of_section_1256_are_outside_the_rule() -> None:
    exempt = rules(identities={ACME: Identity(group=ACME, is_exempt=True)})
    assert matches(derived([*loss(), buy("2024-03-20", "10", "900")], exempt)) == []


# Policies on shares that are sold already.


def test_shares_sold_before_the_loss_replace_only_where_the_policy_says_so() -> None:
    rows = [
        buy("2024-01-02", "10", "1000"),
        buy("2024-02-20", "10", "700", portfolio_id=AWAY),
        sell("2024-03-01", "10", "900", portfolio_id=AWAY),
        sell("2024-03-15", "10", "800"),
    ]
    assert matches(derived(rows)) == []
    found = derived(rows, rules(replacement_must_be_held=False))
    assert matches(found) == [("10", "2024-02-20", "10", "200", False, 73)]
    assert pieces(found) == [
        ("10", "800", "1000", "-200", "200", "short"),
        ("10", "900", "900", "0", "0", "short"),
    ]
    assert found.disposals[1].holding_date == date(2023, 12, 9)


def test_a_gain_that_replaces_in_part_is_divided() -> None:
    sold = sell("2024-03-01", "10", "900", portfolio_id=AWAY)
    found = derived(
        [
            buy("2024-01-02", "4", "400"),
            buy("2024-02-20", "10", "700", portfolio_id=AWAY),
            sold,
            sell("2024-03-15", "4", "320"),
        ],
        rules(replacement_must_be_held=False),
    )
    assert matches(found) == [("4", "2024-02-20", "4", "80", False, 73)]
    assert pieces(found)[1:] == [
        ("4", "360", "360", "0", "0", "short"),
        ("6", "540", "420", "120", "0", "short"),
    ]
    assert [piece.id for piece in found.disposals[1:]] == [
        disposal_id(sold, 0),
        disposal_id(sold, 2),
    ]


def test_lots_of_one_sale_replace_each_other_only_where_the_policy_says_so() -> None:
    rows = [
        buy("2024-01-02", "10", "1000"),
        buy("2024-03-01", "10", "1100"),
        sell("2024-03-15", "20", "1600"),
    ]
    assert matches(derived(rows)) == []
    found = derived(rows, rules(same_sale_replacement=True))
    assert matches(found) == [("10", "2024-03-01", "10", "200", False, 73)]
    assert pieces(found) == [
        ("10", "800", "1000", "-200", "200", "short"),
        ("10", "800", "1300", "-500", "0", "short"),
    ]


def test_a_lot_of_the_sale_that_replaces_in_part_is_divided_and_each_part_judged() -> None:
    found = derived(
        [
            buy("2024-01-02", "4", "400"),
            buy("2024-03-01", "10", "1100"),
            sell("2024-03-15", "14", "1120"),
            buy("2024-03-20", "14", "1200"),
        ],
        rules(same_sale_replacement=True),
    )
    assert matches(found) == [
        ("4", "2024-03-01", "4", "80", False, 73),
        ("4", "2024-03-20", "4", "200", False, 87),
        ("6", "2024-03-20", "6", "180", False, 14),
    ]


# Splits between a loss and what replaces it.


def split(day: str, new: str, old: str, **facts: Any) -> TransactionRecord:
    return row(TransactionKind.SPLIT, day, ratio_new=new, ratio_old=old, **facts)


def test_a_waiting_loss_counts_in_new_shares_after_a_split() -> None:
    found = derived([*loss(), split("2024-03-18", "3", "1"), buy("2024-03-20", "12", "900")])
    assert matches(found) == [("4", "2024-03-20", "12", "80", False, 73)]


def test_one_split_that_two_accounts_tell_of_counts_once() -> None:
    rows = [
        buy("2024-01-02", "5", "500", portfolio_id=AWAY),
        *loss(),
        split("2024-03-18", "2", "1"),
        split("2024-03-28", "2", "1", portfolio_id=AWAY),
        buy("2024-03-29", "30", "900"),
    ]
    assert matches(derived(rows)) == [("10", "2024-03-29", "20", "200", False, 73)]


def test_a_split_of_another_ratio_or_eleven_days_later_is_another_split() -> None:
    held = buy("2024-01-02", "5", "500", portfolio_id=AWAY)
    for second in (
        split("2024-03-19", "3", "1", portfolio_id=AWAY),
        split("2024-03-29", "3", "1", portfolio_id=AWAY),
    ):
        rows = [held, *loss(), split("2024-03-18", "2", "1"), second, buy("2024-04-01", "30", "900")]
        assert matches(derived(rows)) == [("5", "2024-04-01", "30", "100", False, 73)]
    later = split("2024-03-29", "2", "1", portfolio_id=AWAY)
    rows = [held, *loss(), split("2024-03-18", "2", "1"), later, buy("2024-04-01", "30", "900")]
    assert matches(derived(rows)) == [("7.5", "2024-04-01", "30", "150", False, 73)]


def test_a_split_of_another_instrument_of_the_group_leaves_waiting_losses_alone() -> None:
    same = {ACME: Identity(group=GROUP), BETA: Identity(group=GROUP)}
    rows = [
        buy("2024-01-02", "4", "400", instrument_id=BETA),
        *loss(),
        split("2024-03-18", "2", "1", instrument_id=BETA),
        buy("2024-03-20", "10", "900"),
    ]
    assert matches(derived(rows, rules(identities=same))) == [("10", "2024-03-20", "10", "200", False, 73)]


def test_a_split_outside_the_rule_is_of_no_account() -> None:
    rows = [
        buy("2024-01-02", "5", "500", portfolio_id=CHILD),
        *loss(),
        split("2024-03-18", "2", "1", portfolio_id=CHILD),
        buy("2024-03-20", "10", "900"),
    ]
    assert matches(derived(rows)) == [("10", "2024-03-20", "10", "200", False, 73)]


def test_a_fraction_that_a_split_leaves_of_a_loss_is_not_nothing() -> None:
    rows = [
        buy("2024-01-02", "0.00000001", "100"),
        sell("2024-03-15", "0.00000001", "50"),
        split("2024-03-18", "1", "10"),
        buy("2024-03-20", "1", "90"),
    ]
    assert matches(derived(rows)) == [("0.00000001", "2024-03-20", "0.00000001", "50", False, 73)]


# Short sales.


def short(day: str, quantity: str, proceeds: str, **facts: Any) -> TransactionRecord:
    return sell(day, quantity, proceeds, position_effect=OPEN, **facts)


def test_a_loss_on_a_short_sale_is_deferred_into_the_next_one() -> None:
    found = derived(
        [
            short("2024-01-02", "10", "800"),
            buy("2024-03-15", "10", "1000"),
            short("2024-03-20", "10", "900"),
            buy("2024-06-03", "10", "850"),
        ]
    )
    assert matches(found) == [("10", "2024-03-20", "10", "200", False, None)]
    assert pieces(found) == [
        ("10", "800", "1000", "-200", "200", "short"),
        ("10", "700", "850", "-150", "0", "short"),
    ]


def test_a_short_sale_divided_by_a_match_keeps_both_parts() -> None:
    found = derived(
        [
            short("2024-01-02", "4", "320"),
            buy("2024-03-15", "4", "400"),
            short("2024-03-20", "10", "900"),
        ]
    )
    assert sorted((shown(lot.quantity), shown(lot.basis), shown(lot.cost)) for lot in found.lots) == [
        ("-4", "280", "360"),
        ("-6", "540", "540"),
    ]
    assert seen(found.holdings[0].quantity, found.holdings[0].basis) == (-10, -820)


def test_shares_bought_do_not_replace_a_short_sale_nor_the_other_way_about() -> None:
    covered = [short("2024-01-02", "10", "800"), buy("2024-03-15", "10", "1000")]
    assert matches(derived([*covered, buy("2024-03-20", "10", "900")])) == []
    assert matches(derived([*loss(), short("2024-03-20", "10", "900")])) == []


def move(day: str, quantity: str, transfer: int = 1) -> list[TransactionRecord]:
    """A transfer in kind from AWAY to HOME."""
    key = UUID(int=0xC0 + transfer)
    return [
        row(TransactionKind.TRANSFER_OUT, day, quantity=f"-{quantity}", portfolio_id=AWAY, transfer_id=key),
        row(TransactionKind.TRANSFER_IN, day, quantity=quantity, transfer_id=key),
    ]


# Shares held in one account are sold short in the other, then moved there and delivered.
BOX = [
    buy("2024-01-02", "10", "1000", portfolio_id=AWAY),
    short("2024-03-15", "10", "800"),
    *move("2024-05-10", "10"),
    row(TransactionKind.DELIVERY, "2024-05-15", quantity="-10"),
]


def test_a_sale_against_the_box_is_dated_when_it_was_entered() -> None:
    before = buy("2024-03-01", "10", "900", portfolio_id=AWAY)
    after = buy("2024-04-10", "4", "360", portfolio_id=AWAY)
    late = buy("2024-04-15", "10", "900", portfolio_id=AWAY)
    assert matches(derived([*BOX, late])) == []
    found = derived([*BOX, after, late])
    assert matches(found) == [("4", "2024-04-10", "4", "80", False, 73)]
    assert matches(derived([*BOX, before])) == [("10", "2024-03-01", "10", "200", False, 73)]
    assert [str(piece.disposed) for piece in found.disposals] == ["2024-05-15", "2024-05-15"]


def test_a_sale_against_the_box_may_be_dated_at_the_delivery_instead() -> None:
    late = buy("2024-04-20", "10", "900", portfolio_id=AWAY)
    at_delivery = rules(box_sold_at_entry=False)
    assert matches(derived([*BOX, late], at_delivery)) == [("10", "2024-04-20", "10", "200", False, 134)]
    early = buy("2024-04-14", "10", "900", portfolio_id=AWAY)
    assert matches(derived([*BOX, early], at_delivery)) == []


def test_a_sale_against_the_box_takes_the_earliest_replacement_of_all_accounts_first() -> None:
    found = derived(
        [
            *BOX,
            buy("2024-04-10", "6", "540", portfolio_id=AWAY),
            buy("2024-03-20", "6", "540", portfolio_id=SPOUSE),
            row(
                TransactionKind.GIFT,
                "2024-03-18",
                quantity="9",
                cost="800",
                price="100",
                acquired=date(2024, 3, 16),
                portfolio_id=AWAY,
            ),
        ]
    )
    assert matches(found) == [
        ("6", "2024-03-20", "6", "120", False, 73),
        ("4", "2024-04-10", "4", "80", False, 73),
    ]


# Currencies.


def test_a_replacement_that_counts_in_another_currency_leaves_its_basis_open() -> None:
    bought, sold = loss()
    found = derived([bought, sold, buy("2024-03-20", "10", "900", portfolio_id=EUROPE, fx_rate="0.9")])
    assert matches(found) == [("10", "2024-03-20", "10", "200", False, 73)]
    (finding,) = found.findings
    assert seen(finding.kind, finding.portfolio_id, finding.instrument_id) == (
        FindingKind.RATE_MISSING,
        HOME,
        ACME,
    )
    assert seen(finding.transaction_id, finding.day) == (sold.id, date(2024, 3, 15))
    assert finding.detail == (
        "The loss was replaced in an account that counts in another currency: its deferred part in EUR is "
        "not known, nor is the basis of the replacement."
    )
    (lot,) = found.lots
    assert seen(lot.basis, lot.basis_base, lot.cost) == (None, None, 900)


def test_a_replacement_in_another_currency_takes_the_loss_up_in_the_base_currency_alone() -> None:
    euros = {"currency": "EUR", "portfolio_id": AWAY}
    found = derived([*loss(), buy("2024-03-20", "10", "900", fx_rate="1.1", **euros)])
    (lot,) = found.lots
    assert seen(lot.basis, lot.basis_base, lot.deferred_base) == (900, 1190, 200)


def test_a_loss_in_another_currency_is_divided_in_both() -> None:
    euros = {"currency": "EUR"}
    found = derived(
        [
            buy("2024-01-02", "10", "1000", fx_rate="1.2", **euros),
            sell("2024-03-15", "10", "900", fx_rate="1.1", **euros),
            buy("2024-03-20", "4", "400", fx_rate="1", **euros),
        ]
    )
    assert [
        (shown(p.quantity), shown(p.proceeds), shown(p.basis), shown(p.proceeds_base), shown(p.basis_base))
        for p in found.disposals
    ] == [("6", "540", "600", "594", "720"), ("4", "360", "400", "396", "480")]
    assert [shown(piece.disallowed_base) for piece in found.disposals] == ["0", "84"]


def test_a_loss_that_is_not_known_washes_nothing() -> None:
    found = derived(
        [
            row(TransactionKind.OPENING, "2024-01-02", quantity="10", acquired=date(2023, 5, 2)),
            sell("2024-03-15", "10", "800"),
            buy("2024-03-20", "10", "900"),
        ]
    )
    assert matches(found) == []
    assert kinds(found) == [FindingKind.BASIS_UNKNOWN]


def test_a_loss_on_shares_of_unknown_day_leaves_the_holding_period_of_the_replacement_open() -> None:
    found = derived(
        [
            row(TransactionKind.OPENING, "2024-01-02", quantity="10", cost="1000"),
            sell("2024-03-15", "10", "800"),
            buy("2024-03-20", "10", "900"),
        ]
    )
    assert matches(found) == [("10", "2024-03-20", "10", "200", False, None)]
    assert open_lots(found) == [("10", "1100", "2024-03-20", "?")]


# Shares that came otherwise, moved or were renamed.


def test_shares_of_unknown_day_and_shares_that_were_not_bought_replace_nothing() -> None:
    gift = row(TransactionKind.GIFT, "2024-03-20", quantity="10", cost="900", price="95")
    unknown = row(TransactionKind.OPENING, "2024-03-20", quantity="10", cost="900")
    assert matches(derived([*loss(), gift, unknown])) == []


def test_shares_that_moved_after_they_were_bought_replace_where_they_stand() -> None:
    found = derived(
        [
            buy("2024-01-02", "10", "1000", portfolio_id=SPOUSE),
            buy("2024-03-01", "10", "900", portfolio_id=AWAY),
            *move("2024-03-10", "10"),
            sell("2024-03-15", "10", "800", portfolio_id=SPOUSE),
        ]
    )
    assert matches(found) == [("10", "2024-03-01", "10", "200", False, 73)]
    assert found.washes[0].replacement_portfolio_id == HOME


def test_shares_that_replaced_others_replace_none_after_a_move() -> None:
    found = derived(
        [
            buy("2024-01-02", "20", "2000", portfolio_id=SPOUSE),
            buy("2024-03-01", "10", "900", portfolio_id=AWAY),
            sell("2024-03-15", "10", "800", portfolio_id=SPOUSE),
            *move("2024-03-16", "10"),
            sell("2024-03-18", "10", "800", portfolio_id=SPOUSE),
        ]
    )
    assert matches(found) == [("10", "2024-03-01", "10", "200", False, 73)]
    assert open_lots(found) == [("10", "1100", "2024-03-01", "2023-12-19")]


def test_parts_of_a_divided_lot_stay_parts_of_it_after_a_move() -> None:
    rows = [
        buy("2024-01-02", "4", "400", portfolio_id=SPOUSE),
        buy("2024-03-01", "10", "900", portfolio_id=AWAY),
        sell("2024-03-15", "4", "320", portfolio_id=SPOUSE),
        *move("2024-03-16", "10"),
    ]
    found = derived(rows)
    root = derived_uuid(rows[-1].id, "lot-0")
    assert [(shown(lot.quantity), shown(lot.basis), lot.id, lot.root_id) for lot in found.lots] == [
        ("4", "440", root, root),
        ("6", "540", derived_uuid(root, "part-1"), root),
    ]


def rename(day: str, quantity: str, **facts: Any) -> TransactionRecord:
    return row(
        TransactionKind.MERGER,
        day,
        quantity=f"-{quantity}",
        counterpart_id=BETA,
        counter_quantity=quantity,
        **facts,
    )


def test_a_loss_waits_under_the_new_symbol() -> None:
    found = derived(
        [
            buy("2024-01-02", "15", "1500"),
            sell("2024-03-15", "10", "800"),
            rename("2024-03-18", "5"),
            buy("2024-03-20", "10", "900", instrument_id=BETA),
            buy("2024-03-21", "10", "900"),
        ]
    )
    assert matches(found) == [("10", "2024-03-20", "10", "200", False, 73)]
    assert found.washes[0].replacement_instrument_id == BETA


def test_losses_of_both_symbols_wait_in_the_order_of_their_sales() -> None:
    found = derived(
        [
            buy("2024-01-02", "15", "1500"),
            buy("2024-01-02", "10", "1000", instrument_id=BETA),
            sell("2024-03-14", "10", "700", instrument_id=BETA),
            sell("2024-03-13", "10", "800"),
            rename("2024-03-18", "5"),
            buy("2024-03-20", "15", "900", instrument_id=BETA),
        ]
    )
    assert [(str(wash.sold), shown(wash.quantity)) for wash in found.washes] == [
        ("2024-03-13", "10"),
        ("2024-03-14", "5"),
    ]


def test_a_rename_within_one_group_moves_nothing_and_one_outside_the_rule_neither() -> None:
    same = {ACME: Identity(group=GROUP), BETA: Identity(group=GROUP)}
    rows = [
        buy("2024-01-02", "15", "1500"),
        sell("2024-03-15", "10", "800"),
        rename("2024-03-18", "5"),
        buy("2024-03-20", "10", "900"),
    ]
    assert matches(derived(rows, rules(identities=same))) == [("10", "2024-03-20", "10", "200", False, 73)]
    exempt = rules(identities={BETA: Identity(group=BETA, is_exempt=True)})
    assert matches(derived(rows, exempt)) == [("10", "2024-03-20", "10", "200", False, 73)]


# What a relief method is told.


def test_the_least_tax_reckons_with_what_would_be_washed() -> None:
    portfolios = HOUSEHOLD | {
        HOME: PortfolioRecord(id=HOME, base_currency="USD", relief=ReliefMethod.MINIMUM_TAX)
    }
    rows = [
        buy("2023-06-01", "10", "1000"),
        buy("2023-06-02", "10", "850"),
        sell("2024-03-15", "10", "800"),
    ]
    covered = [buy("2024-03-01", "10", "700", portfolio_id=AWAY), *rows]
    assert pieces(derived(rows, portfolios=portfolios)) == [("10", "800", "1000", "-200", "0", "short")]
    broker = rules(mode=WashMode.BROKER)
    assert pieces(derived(covered, broker, portfolios)) == [("10", "800", "1000", "-200", "0", "short")]
    # Its own recent purchase covers both older lots: the smaller loss goes first, the larger one is kept.
    own = [buy("2024-03-01", "10", "700"), *rows]
    assert pieces(derived(own, broker, portfolios)) == [("10", "800", "850", "-50", "50", "short")]


def test_a_replacement_makes_a_later_sale_long_term() -> None:
    found = derived(
        [
            buy("2023-01-02", "10", "1000"),
            sell("2023-12-29", "10", "800"),
            buy("2024-01-05", "10", "810"),
            sell("2024-01-17", "10", "820"),
        ]
    )
    assert [piece.term for piece in found.disposals] == [Term.SHORT, Term.LONG]
    assert pieces(found)[1] == ("10", "820", "1010", "-190", "0", "long")


# Last corners: what the least-tax method is told, lots told apart, and accounts that look at no basis.


def test_a_purchase_thirty_days_before_is_reckoned_with_and_one_of_thirty_one_is_not() -> None:
    portfolios = HOUSEHOLD | {
        HOME: PortfolioRecord(id=HOME, base_currency="USD", relief=ReliefMethod.MINIMUM_TAX)
    }
    lots = [buy("2023-06-01", "10", "1000"), buy("2023-06-02", "10", "850")]
    sold = sell("2024-03-15", "10", "800")
    broker = rules(mode=WashMode.BROKER)
    for day, basis in (("2024-02-14", "850"), ("2024-02-13", "1000")):
        found = derived([*lots, buy(day, "10", "700"), sold], broker, portfolios)
        assert seen(day, shown(found.disposals[0].basis)) == (day, basis)


def test_the_brokers_choice_stands_beside_accounts_that_sell_by_date() -> None:
    portfolios = HOUSEHOLD | {HOME: PortfolioRecord(id=HOME, base_currency="USD", relief=ReliefMethod.HIFO)}
    found = derived(
        [
            buy("2023-01-02", "10", "1000"),
            buy("2023-01-03", "10", "1040"),
            buy("2023-01-02", "10", "1000", portfolio_id=AWAY),
            sell("2024-03-15", "10", "800", portfolio_id=AWAY),
            buy("2024-03-20", "10", "950"),
            sell("2024-05-15", "10", "1200"),
        ],
        portfolios=portfolios,
    )
    # With the loss of the other account the last lot would cost 1,150; the broker does not know that.
    assert pieces(found)[0] == ("10", "1200", "1040", "160", "0", "long")
    assert open_lots(found)[-1] == ("10", "1150", "2024-03-20", "2023-01-07")


def test_inherited_shares_that_move_stay_long_term() -> None:
    left = row(TransactionKind.INHERITANCE, "2024-03-01", quantity="10", cost="900", portfolio_id=AWAY)
    found = derived([left, *move("2024-03-10", "10"), sell("2024-03-15", "10", "1000")])
    assert pieces(found) == [("10", "1000", "900", "100", "0", "long")]
    assert found.disposals[0].origin is LotOrigin.INHERITANCE


def test_a_short_sale_in_another_currency_takes_the_loss_up_in_the_base_currency_alone() -> None:
    found = derived(
        [
            short("2024-01-02", "10", "800"),
            buy("2024-03-15", "10", "1000"),
            short("2024-03-20", "10", "900", portfolio_id=AWAY, currency="EUR", fx_rate="1.1"),
        ]
    )
    (lot,) = found.lots
    assert seen(lot.basis, lot.basis_base, lot.deferred_base) == (900, 790, 200)


def test_a_gain_that_takes_a_loss_up_in_another_currency_or_account_keeps_what_is_known() -> None:
    before = [
        buy("2024-01-02", "10", "1000"),
        buy("2024-02-20", "10", "700", portfolio_id=AWAY, currency="EUR", fx_rate="1.1"),
        sell("2024-03-01", "10", "900", portfolio_id=AWAY, currency="EUR", fx_rate="1.1"),
        sell("2024-03-15", "10", "800"),
    ]
    gain = derived(before, rules(replacement_must_be_held=False)).disposals[1]
    assert seen(gain.basis, gain.basis_base, gain.proceeds_base) == (700, 970, 990)
    abroad = [
        buy("2024-01-02", "10", "1000"),
        buy("2024-02-20", "10", "700", portfolio_id=EUROPE, currency="EUR"),
        sell("2024-03-01", "10", "900", portfolio_id=EUROPE, currency="EUR"),
        sell("2024-03-15", "10", "800"),
    ]
    found = derived(abroad, rules(replacement_must_be_held=False))
    assert kinds(found) == [FindingKind.RATE_MISSING]
    assert [shown(piece.basis_base) for piece in found.disposals] == ["1000", "?"]


def test_a_question_is_asked_of_a_purchase_in_a_plan_unless_the_policy_answers_it() -> None:
    rows = [*loss(), buy("2024-03-20", "10", "900", portfolio_id=PLAN)]
    asked = derived(rows)
    assert kinds(asked) == [FindingKind.WASH_UNCLEAR]
    assert derived([*loss(), buy("2024-04-15", "10", "900", portfolio_id=PLAN)]).findings == ()
    assert matches(asked) == []
    for quiet in (
        rules(plan_purchases=PlanPurchases.PERMANENT),
        rules(identities={ACME: Identity(group=ACME, is_exempt=True)}),
        rules(identities={ACME: Identity(group=ACME, is_digital_asset=True)}),
        rules(mode=WashMode.BROKER),
    ):
        assert derived(rows, quiet).findings == ()


def test_a_loss_of_the_spouse_is_the_spouses_own_where_the_spouse_buys_again() -> None:
    permanent = rules(spouse_basis=SpouseBasis.PERMANENT)
    own = [*loss(portfolio_id=SPOUSE), buy("2024-03-20", "10", "900", portfolio_id=SPOUSE)]
    assert matches(derived(own, permanent)) == [("10", "2024-03-20", "10", "200", False, 73)]
    taken = [*loss(portfolio_id=SPOUSE), buy("2024-03-20", "10", "900")]
    assert matches(derived(taken, permanent)) == [("10", "2024-03-20", "10", "200", True, None)]


def test_a_gift_that_was_sold_replaces_nothing_under_any_policy() -> None:
    given = row(
        TransactionKind.GIFT,
        "2024-03-01",
        quantity=Decimal(10),
        price=Decimal(90),
        cost=Decimal(900),
        acquired=date(2024, 3, 1),
        portfolio_id=AWAY,
    )
    rows = [loss()[0], given, sell("2024-03-10", "10", "950", portfolio_id=AWAY), loss()[1]]
    assert matches(derived(rows, rules(replacement_must_be_held=False))) == []


def test_sold_shares_of_unknown_basis_stay_unknown_when_they_take_up_a_loss() -> None:
    unknown = row(
        TransactionKind.OPENING,
        "2024-03-01",
        quantity=Decimal(12),
        acquired=date(2024, 3, 1),
        portfolio_id=AWAY,
    )
    rows = [loss()[0], unknown, sell("2024-03-10", "12", "950", portfolio_id=AWAY), loss()[1]]
    found = derived(rows, rules(replacement_must_be_held=False))
    assert matches(found) == [("10", "2024-03-01", "10", "200", False, 73)]
    assert [shown(piece.basis_base) for piece in found.disposals] == ["1000", "?", "?"]


def test_shares_too_few_to_stand_for_any_of_the_sale_replace_none() -> None:
    first, sold = loss()
    tiny = buy("2024-03-20", "0.00000001", "0.01")
    assert matches(derived([first, sold, split("2024-03-18", "3", "1"), tiny])) == []


def test_where_both_policies_are_switched_shares_sold_earlier_replace_as_well() -> None:
    first, sold = loss()
    gone = [
        buy("2024-02-20", "10", "700", portfolio_id=AWAY),
        sell("2024-03-01", "10", "900", portfolio_id=AWAY),
    ]
    both = rules(replacement_must_be_held=False, same_sale_replacement=True)
    assert matches(derived([first, *gone, sold], both)) == [("10", "2024-02-20", "10", "200", False, 73)]


def test_an_ira_chooses_its_lots_by_basis_too_with_nothing_that_could_be_washed() -> None:
    ira = PortfolioRecord(
        id=IRA, base_currency="USD", treatment=Treatment.IRA, relief=ReliefMethod.MINIMUM_TAX
    )
    rows = [
        buy("2024-01-02", "1", "100", portfolio_id=IRA),
        buy("2024-03-01", "1", "120", portfolio_id=IRA),
        sell("2024-03-15", "1", "90", portfolio_id=IRA),
    ]
    found = derive_book(rows, {IRA: ira})
    assert [shown(piece.basis_base) for piece in found.disposals] == ["120"]
    assert found.washes == ()
