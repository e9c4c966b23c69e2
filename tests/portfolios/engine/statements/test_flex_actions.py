"""Corporate actions of a Flex file: the rows of one event joined, and what cannot be told left out."""

from datetime import date

import pytest

from portfolios.engine.records import PositionEffect, RowStatus, TransactionKind
from tests.portfolios.engine.statements.flex_files import CASH, STOCK, actions, d, flex, outcomes, read

ACTION = STOCK | {"dateTime": "20240311;202500", "reportDate": "20240312", "amount": "0", "proceeds": "0"}


def action(text: str, quantity: str, **change: str) -> dict[str, str]:
    """A row of a corporate action whose text ends with the instrument it touches."""
    row = ACTION | {"quantity": quantity} | change
    return row | {"description": f"{text} ({row['symbol']}, NAME OF {row['symbol']}, {row['isin']})"}


NEW = {"symbol": "NEWCO", "conid": "3003", "isin": "US0000030033"}


def test_a_split_keeps_its_instrument_and_counts_from_the_next_trading_day() -> None:
    (made,) = read(actions(action("ACME(US0000010019) SPLIT 3 FOR 2", "50", type="FS"))).transactions

    assert (made.kind, made.ratio_new, made.ratio_old) == (TransactionKind.SPLIT, d("3"), d("2"))
    assert (made.quantity, made.trade_date) == (d("50"), date(2024, 3, 12))


def test_a_reverse_split_with_a_new_number_gives_one_instrument_for_the_other() -> None:
    text = "ACME(US0000010019) SPLIT 1 FOR 25"
    old = action(text, "-12000", type="RS", symbol="ACME.OLD")
    new = action(text, "480", type="RS", conid="1002", isin="US0000010027")
    data = actions(new, old)
    (made,) = read(data).transactions

    assert made.kind is TransactionKind.MERGER
    assert made.instrument is not None
    assert made.counterpart is not None
    assert (made.instrument.conid, made.quantity) == ("1001", d("-12000"))
    assert (made.counterpart.conid, made.counter_quantity) == ("1002", d("480"))
    assert made.counterpart.name == "NAME OF ACME"
    assert (made.ratio_new, made.ratio_old) == (d("1"), d("25"))
    assert [row.status for row in outcomes(data, "CorporateActions")] == [RowStatus.READ, RowStatus.READ]


@pytest.mark.parametrize(
    ("text", "type_", "quantity", "ratio"),
    [
        ("ACME CORP - 2:1 Split", "FS", "100", ("2", "1")),
        ("ACME CORP - 1:10 Reverse", "RS", "-900", ("1", "10")),
        ("ACME CORP - 10:1 Reverse", "RS", "-900", ("1", "10")),
    ],
)
def test_a_ratio_with_a_colon_follows_the_direction_of_the_split(
    text: str, type_: str, quantity: str, ratio: tuple[str, str]
) -> None:
    row = ACTION | {"description": text, "type": type_, "quantity": quantity}
    (made,) = read(actions(row)).transactions

    assert (made.ratio_new, made.ratio_old) == (d(ratio[0]), d(ratio[1]))


def test_a_split_without_a_ratio_is_wrong_and_names_the_text() -> None:
    (outcome,) = outcomes(
        actions(ACTION | {"type": "FS", "quantity": "5", "description": "ACME"}), "CorporateActions"
    )

    assert (outcome.status, outcome.field) == (RowStatus.WRONG, "description")


def test_a_split_of_nothing_is_wrong() -> None:
    row = ACTION | {"type": "FS", "quantity": "0", "description": "ACME SPLIT 2 FOR 1"}
    (outcome,) = outcomes(actions(row), "CorporateActions")

    assert (outcome.status, outcome.field) == (RowStatus.WRONG, "quantity")


def test_a_spin_off_names_its_parent_and_brings_the_new_shares() -> None:
    (made,) = read(actions(action("ACME(US0000010019) SPINOFF 1 FOR 5", "20", type="SO", **NEW))).transactions

    assert made.kind is TransactionKind.SPIN_OFF
    assert made.instrument is not None
    assert made.counterpart is not None
    assert (made.instrument.symbol, made.instrument.isin) == ("ACME", "US0000010019")
    assert (made.counterpart.symbol, made.quantity, made.basis_fraction) == ("NEWCO", d("20"), None)
    assert (made.ratio_new, made.ratio_old) == (d("1"), d("5"))


def test_a_spin_off_without_a_parent_is_left_out() -> None:
    row = ACTION | {"type": "SO", "quantity": "20", "description": "ACME CORP - Spinoff"}
    (outcome,) = outcomes(actions(row), "CorporateActions")

    assert outcome.status is RowStatus.LEFT_OUT


def test_a_merger_for_shares_and_cash_joins_its_rows() -> None:
    text = "ACME(US0000010019) MERGED(Acquisition) WITH US0000030033 1 FOR 2"
    out = action(text, "-100", type="TC", proceeds="250")
    into = action(text, "50", type="TC", **NEW)
    data = actions(into, out)
    (made,) = read(data).transactions

    assert made.kind is TransactionKind.MERGER
    assert (made.quantity, made.counter_quantity, made.amount) == (d("-100"), d("50"), d("250"))
    assert made.trade_date == date(2024, 3, 11)
    assert outcomes(data, "CorporateActions")[0].natural_key == made.natural_key


def test_a_merger_for_cash_has_no_counterpart() -> None:
    text = "ACME(US0000010019) MERGED(Voluntary Offer Allocation)  FOR USD 2.86000000 PER SHARE"
    row = action(text, "-100", type="TC", proceeds="286", amount="-286")
    (made,) = read(actions(row)).transactions

    assert (made.kind, made.counterpart, made.amount) == (TransactionKind.MERGER, None, d("286"))


def test_without_proceeds_the_amount_counts_with_the_opposite_sign() -> None:
    row = action(
        "ACME(US0000010019) MERGED(Acquisition)  FOR USD 2 PER SHARE", "-100", proceeds="", amount="-200"
    )
    (made,) = read(actions(row)).transactions

    assert made.amount == d("200")


def test_a_tender_gives_the_tendered_line_for_the_shares() -> None:
    text = "ACME(US0000010019) TENDERED TO US00000100TN 1 FOR 1"
    line = {"symbol": "ACME.TEN", "conid": "1009", "isin": "US00000100TN"}
    (made,) = read(actions(action(text, "-100"), action(text, "100", **line))).transactions

    assert made.counterpart is not None
    assert (made.kind, made.counterpart.symbol, made.amount) == (TransactionKind.MERGER, "ACME.TEN", d("0"))


def test_half_of_an_exchange_is_left_out() -> None:
    data = actions(action("ACME(US0000010019) TENDERED TO US00000100TN 1 FOR 1", "-100", type="TO"))
    (outcome,) = outcomes(data, "CorporateActions")

    assert outcome.status is RowStatus.LEFT_OUT
    assert "neither another one nor cash" in outcome.reason


def test_an_event_booked_and_taken_back_changes_nothing() -> None:
    text = "ACME(US0000010019) STOCK DIVIDEND 1 FOR 10"
    data = actions(action(text, "10"), action(text, "-10"))

    assert read(data).transactions == ()
    assert {row.status for row in outcomes(data, "CorporateActions")} == {RowStatus.IGNORED}


def test_a_stock_dividend_adds_shares() -> None:
    (made,) = read(
        actions(action("ACME(US0000010019) STOCK DIVIDEND 1 FOR 10", "10", type="HD"))
    ).transactions

    assert (made.kind, made.quantity) == (TransactionKind.STOCK_DIVIDEND, d("10"))


def test_a_worthless_security_leaves_for_nothing() -> None:
    (made,) = read(actions(action("ACME(US0000010019) DELISTED", "-50", type="DW"))).transactions

    assert (made.kind, made.quantity, made.amount) == (TransactionKind.SELL, d("-50"), d("0"))
    assert made.position_effect is PositionEffect.CLOSE


def test_rights_come_out_of_the_shares() -> None:
    rights = {"symbol": "ACME.RTS", "conid": "1011", "isin": "US00000100RT"}
    text = "ACME(US0000010019) SUBSCRIBABLE RIGHTS ISSUE 1 FOR 1"
    (made,) = read(actions(action(text, "100", type="RI", **rights))).transactions

    assert made.counterpart is not None
    assert (made.kind, made.counterpart.symbol) == (TransactionKind.SPIN_OFF, "ACME.RTS")


def test_a_cash_dividend_among_the_actions_is_not_counted_twice() -> None:
    row = ACTION | {"type": "DI", "quantity": "400", "proceeds": "50", "description": "ACME CORP"}
    data = flex(
        ("CashTransactions", "CashTransaction", [STOCK | CASH]),
        ("CorporateActions", "CorporateAction", [row]),
    )

    assert [made.amount for made in read(data).transactions] == [d("50")]
    assert outcomes(data, "CorporateActions")[0].status is RowStatus.IGNORED


def test_events_are_joined_by_the_number_of_the_action_and_keyed_by_it() -> None:
    out = action("FIRST TEXT", "-100", type="IC", actionID="77")
    into = action("SECOND TEXT", "100", type="IC", actionID="77", **NEW)
    (made,) = read(actions(out, into)).transactions

    assert made.natural_key == "ibkr:U1:action:77:2024-03-11"


def test_an_unknown_kind_of_action_is_left_out_with_its_type() -> None:
    (outcome,) = outcomes(actions(action("ACME(US0000010019) GIFT", "1", type="ZZ")), "CorporateActions")

    assert outcome.status is RowStatus.LEFT_OUT
    assert "(type ZZ)" in outcome.reason


def test_totals_of_actions_are_not_added_to_their_rows() -> None:
    row = action("ACME(US0000010019) STOCK DIVIDEND 1 FOR 10", "10", type="HD")
    data = actions(row, row | {"levelOfDetail": "SUMMARY"})
    (made,) = read(data).transactions

    assert made.quantity == d("10")
    assert [(told.status, told.reason) for told in outcomes(data, "CorporateActions")] == [
        (RowStatus.READ, "ACME(US0000010019) STOCK DIVIDEND 1 FOR 10 (ACME, NAME OF ACME, US0000010019)"),
        (RowStatus.IGNORED, "a total; the rows themselves were read"),
    ]


def test_an_action_without_effect_is_ignored() -> None:
    (outcome,) = outcomes(actions(action("ACME(US0000010019) MEETING", "0", type="PV")), "CorporateActions")

    assert (outcome.status, outcome.reason) == (RowStatus.IGNORED, "changes neither position nor cash")


@pytest.mark.parametrize(
    ("amount", "status", "reason"),
    [
        ("50", RowStatus.IGNORED, "the dividend was read from the cash transactions (line 5)"),
        (
            "49",
            RowStatus.LEFT_OUT,
            "a cash dividend that the cash transactions do not have; enter it by hand",
        ),
    ],
)
def test_a_cash_dividend_among_the_actions_is_looked_for_in_all_of_the_cash(
    amount: str, status: RowStatus, reason: str
) -> None:
    row = ACTION | {"type": "DI", "quantity": "400", "proceeds": "50", "description": "ACME CORP"}
    paid = [STOCK | CASH | {"amount": "7"}, STOCK | CASH | {"amount": amount, "transactionID": "7002"}]
    data = flex(("CashTransactions", "CashTransaction", paid), ("CorporateActions", "CorporateAction", [row]))
    (outcome,) = outcomes(data, "CorporateActions")

    assert (outcome.status, outcome.reason) == (status, reason)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (
            [
                action("ACME(US0000010019) SPLIT 2 FOR 1", "10", type="FS"),
                action("ACME(US0000010019) SPLIT 2 FOR 1", "5", type="FS", **NEW),
            ],
            "a split that touches several securities; enter it by hand",
        ),
        (
            [action("ACME(US0000010019) SPINOFF 1 FOR 5", "20", type="SO")],
            "a spin-off that does not name its parent; enter it by hand",
        ),
        (
            [
                action("ACME(US0000010019) STOCK DIVIDEND 1 FOR 10", "10", type="HD"),
                action("ACME(US0000010019) STOCK DIVIDEND 1 FOR 10", "5", type="HD", **NEW),
            ],
            "a stock dividend that does not name one security; enter it by hand",
        ),
        (
            [action("ACME(US0000010019) STOCK DIVIDEND 1 FOR 10", "10", type="HD", **NEW)],
            "a dividend in shares of another company; enter it by hand",
        ),
        (
            [action("ACME(US0000010019) SUBSCRIBABLE RIGHTS ISSUE 1 FOR 1", "100", type="RI")],
            "a rights issue that does not name the right; enter it by hand",
        ),
    ],
)
def test_an_event_whose_securities_cannot_be_told_is_left_out_row_by_row(
    rows: list[dict[str, str]], reason: str
) -> None:
    data = actions(*rows)

    assert read(data).transactions == ()
    assert [(row.status, row.reason) for row in outcomes(data, "CorporateActions")] == [
        (RowStatus.LEFT_OUT, reason)
    ] * len(rows)


def test_a_ratio_of_nothing_is_no_ratio() -> None:
    row = ACTION | {"description": "ACME CORP - 0:5 Split", "type": "FS", "quantity": "5"}
    (outcome,) = outcomes(actions(row), "CorporateActions")

    assert (outcome.status, outcome.field, outcome.reason) == (
        RowStatus.WRONG,
        "description",
        "the ratio of the split is not stated",
    )


def test_rights_given_up_for_shares_are_an_exchange() -> None:
    rights = {"symbol": "ACME.RTS", "conid": "1011", "isin": "US00000100RT"}
    text = "ACME.RTS(US00000100RT) RIGHTS SUBSCRIPTION 1 FOR 1"
    (made,) = read(actions(action(text, "-100", **rights, proceeds="-900"), action(text, "100"))).transactions

    assert made.instrument is not None
    assert made.counterpart is not None
    assert (made.kind, made.instrument.symbol, made.counterpart.symbol) == (
        TransactionKind.MERGER,
        "ACME.RTS",
        "ACME",
    )
    assert (made.quantity, made.counter_quantity, made.amount) == (d("-100"), d("100"), d("-900"))


@pytest.mark.parametrize("reported", ["", "20240312"])
def test_a_split_booked_on_friday_evening_counts_from_monday(reported: str) -> None:
    row = action("ACME(US0000010019) SPLIT 2 FOR 1", "10", type="FS", dateTime="20240308;202500")
    (made,) = read(actions(row | {"reportDate": reported})).transactions

    assert made.trade_date == date(2024, 3, 11)


@pytest.mark.parametrize("booked", ["20240311;093000", "20240311"])
def test_a_split_booked_before_the_close_or_by_the_day_alone_counts_from_that_day(booked: str) -> None:
    row = action("ACME(US0000010019) SPLIT 2 FOR 1", "10", type="FS", dateTime=booked)
    (made,) = read(actions(row)).transactions

    assert made.trade_date == date(2024, 3, 11)
