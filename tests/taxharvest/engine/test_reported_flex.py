"""Closed lots and wash sales of a Flex statement as reported lines."""

from datetime import date
from decimal import Decimal
from xml.sax.saxutils import quoteattr

import pytest

from common.errors import InvalidInput
from portfolios.engine.records import RowStatus, Term
from portfolios.engine.statements.refusals import StatementError
from taxharvest.engine.reported_1099b import read_reported
from taxharvest.engine.reported_flex import read_flex_1099b
from taxharvest.engine.reported_lines import Reported1099B, ReportedLine

LOT = {
    "currency": "USD",
    "assetCategory": "STK",
    "symbol": "ACME",
    "description": "ACME CORP",
    "cusip": "000000101",
    "tradeDate": "20250630",
    "dateTime": "20250630;103000",
    "buySell": "SELL",
    "quantity": "100",
    "cost": "1000",
    "fifoPnlRealized": "-200",
    "openDateTime": "20250203;093000",
    "notes": "ST;P",
    "levelOfDetail": "CLOSED_LOT",
}
WASH = {
    "symbol": "ACME",
    "currency": "USD",
    "quantity": "40",
    "fifoPnlRealized": "80",
    "whenRealized": "20250630;103000",
    "levelOfDetail": "WASH_SALE",
}
BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;">]>
<FlexQueryResponse><FlexStatements><FlexStatement accountId="&lol2;"/></FlexStatements></FlexQueryResponse>"""


def element(tag: str, cells: dict[str, str]) -> str:
    return f"<{tag} " + " ".join(f"{name}={quoteattr(value)}" for name, value in cells.items()) + "/>"


def file_of(*elements: str) -> bytes:
    body = "\n".join(elements)
    return (
        '<FlexQueryResponse><FlexStatements><FlexStatement accountId="U1">\n'
        f"<Trades>\n{body}\n</Trades>\n</FlexStatement></FlexStatements></FlexQueryResponse>"
    ).encode()


def read(*elements: str) -> Reported1099B:
    return read_flex_1099b(file_of(*elements))


def lot(**changes: str) -> str:
    return element("Lot", {**LOT, **changes})


def wash(**changes: str) -> str:
    return element("WashSale", {**WASH, **changes})


def test_a_closed_lot_becomes_a_line() -> None:
    found = read(lot())

    assert found.lines == (
        ReportedLine(
            line=3,
            account="U1",
            symbol="ACME",
            cusip="000000101",
            description="ACME CORP",
            quantity=Decimal(100),
            acquired=date(2025, 2, 3),
            sold=date(2025, 6, 30),
            proceeds=Decimal(800),
            basis=Decimal(1000),
            term=Term.SHORT,
        ),
    )
    assert [(row.line, row.section, row.status) for row in found.rows] == [(3, "Trades", RowStatus.READ)]


def test_a_trade_element_at_the_level_of_closed_lots_counts_too_and_other_levels_do_not() -> None:
    found = read(
        element("Trade", {**LOT, "levelOfDetail": "EXECUTION"}),
        element("Trade", LOT),
        element("SymbolSummary", {"symbol": "ACME"}),
    )

    assert [line.line for line in found.lines] == [4]
    assert [row.status for row in found.rows] == [RowStatus.IGNORED, RowStatus.READ, RowStatus.IGNORED]


def test_a_lot_that_a_purchase_closed_was_sold_short() -> None:
    (line,) = read(lot(buySell="BUY", quantity="-100")).lines

    assert (line.is_short_sale, line.proceeds, line.basis, line.quantity) == (
        True,
        Decimal(1000),
        Decimal(1200),
        Decimal(100),
    )


def test_wash_sales_go_to_the_lot_before_them_that_lost_that_much() -> None:
    found = read(
        lot(symbol="OTHER"),
        lot(),
        lot(fifoPnlRealized="-10", tradeDate="20250701"),
        wash(),
        wash(fifoPnlRealized="-120"),
        wash(fifoPnlRealized="0.01"),
    )

    assert [(line.symbol, line.disallowed) for line in found.lines] == [
        ("OTHER", Decimal(0)),
        ("ACME", Decimal(200)),
        ("ACME", Decimal(0)),
    ]
    assert (found.rows[-1].status, found.rows[-1].reason, found.rows[-1].field) == (
        RowStatus.WRONG,
        "no closed lot before it lost that much on that day",
        "fifoPnlRealized",
    )


@pytest.mark.parametrize(
    ("change", "status", "reason", "field"),
    [
        ({"currency": "EUR"}, RowStatus.LEFT_OUT, "is in EUR, but the form is in US dollars", "currency"),
        (
            {"assetCategory": "FUT"},
            RowStatus.LEFT_OUT,
            "currencies and IRC 1256 contracts are not sales of property on Form 1099-B",
            "",
        ),
        ({"cost": ""}, RowStatus.WRONG, "“cost” is missing", "cost"),
        ({"fifoPnlRealized": "lots"}, RowStatus.WRONG, "“lots” is not a number", "fifoPnlRealized"),
        ({"tradeDate": "20251340"}, RowStatus.WRONG, "“20251340” is not a day of the calendar", "tradeDate"),
    ],
)
def test_a_bad_lot_says_why_and_the_next_is_read(
    change: dict[str, str], status: RowStatus, reason: str, field: str
) -> None:
    found = read(lot(**change), lot())

    assert [line.line for line in found.lines] == [4]
    assert (found.rows[0].status, found.rows[0].reason, found.rows[0].field) == (status, reason, field)


@pytest.mark.parametrize(
    ("change", "term"),
    [
        ({"notes": "LT"}, Term.LONG),
        ({"notes": ""}, Term.SHORT),
        ({"notes": "ST;LT"}, Term.SHORT),
        ({"notes": "", "holdingPeriodDateTime": "20240101"}, Term.LONG),
        ({"notes": "", "openDateTime": ""}, Term.UNKNOWN),
    ],
)
def test_the_term_is_the_brokers_else_by_the_day(change: dict[str, str], term: Term) -> None:
    assert read(lot(**change)).lines[0].term is term


@pytest.mark.parametrize(
    ("change", "is_reported"),
    [
        ({"openDateTime": "20101231"}, False),
        ({"openDateTime": "20110101"}, True),
        ({"openDateTime": "20110101", "subCategory": "ETF"}, False),
        ({"openDateTime": "20120101", "subCategory": "ETF"}, True),
        ({"openDateTime": "20131231", "assetCategory": "OPT"}, False),
        ({"openDateTime": "20140101", "assetCategory": "OPT"}, True),
        ({"openDateTime": ""}, False),
    ],
)
def test_the_basis_is_reported_for_what_was_bought_since_the_rule(
    change: dict[str, str], is_reported: bool
) -> None:
    assert read(lot(**change)).lines[0].is_basis_reported is is_reported


def test_a_broken_place_is_told_and_the_rest_is_read() -> None:
    found = read(lot(), '<Lot symbol="A" symbol="B"/>', lot())

    assert [line.line for line in found.lines] == [3, 5]
    assert [(row.line, row.status) for row in found.rows] == [
        (3, RowStatus.READ),
        (4, RowStatus.WRONG),
        (5, RowStatus.READ),
    ]


@pytest.mark.parametrize("elements", [(), (element("Trade", {**LOT, "levelOfDetail": "EXECUTION"}),)])
def test_a_statement_without_closed_lots_says_what_to_tick(elements: tuple[str, ...]) -> None:
    with pytest.raises(StatementError, match="tick Closed Lots"):
        read(*elements)


def test_an_unsafe_file_is_refused() -> None:
    with pytest.raises(StatementError, match="defines a document type or entities"):
        read_flex_1099b(BOMB)


def test_other_sections_are_passed_over() -> None:
    data = file_of(lot()).replace(
        b"</Trades>", b'</Trades><OpenPositions><OpenPosition symbol="A"/></OpenPositions>'
    )

    assert len(read_flex_1099b(data).rows) == 1


def test_the_kind_of_file_is_told_by_its_first_bytes() -> None:
    csv = b"Symbol,Date Sold,Proceeds\nACME,2025-06-30,5\n"

    assert [line.symbol for line in read_reported(csv).lines] == ["ACME"]
    assert [line.symbol for line in read_reported(file_of(lot())).lines] == ["ACME"]
    with pytest.raises(InvalidInput, match="This is a PDF"):
        read_reported(b"%PDF-1.7")
