"""Bad XML: unsafe files are refused, broken ones are read as far as they go and each broken place is told."""

import io
from pathlib import Path

import pytest

from portfolios.engine.records import RowStatus
from portfolios.engine.statements.flex import read_flex
from portfolios.engine.statements.refusals import StatementError
from tests.portfolios.engine.statements.flex_files import CASH, TRADE, cash, d, of_status, read, trades

FIXTURES = Path(__file__).parents[3] / "fixtures" / "statements"
BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;">]>
<FlexQueryResponse><FlexStatements><FlexStatement accountId="&lol2;"/></FlexStatements></FlexQueryResponse>"""


def test_each_broken_place_is_told_and_no_good_row_is_lost() -> None:
    statement = read_flex((FIXTURES / "broken_places.xml").read_bytes())
    (account,) = statement.accounts

    assert [(made.line, made.amount) for made in account.transactions] == [
        (7, d("1000")), (12, d("-6")), (14, d("-8")),
    ]  # fmt: skip
    assert [(row.line, row.section) for row in of_status(statement, RowStatus.WRONG)] == [
        (8, "XML"),
        (9, "CashTransactions"),
        (11, "CashTransactions"),
        (13, "CashTransactions"),
    ]
    bare, twice, unquoted, _ = of_status(statement, RowStatus.WRONG)
    assert bare.reason == "“&” stands alone in the attribute “type”; read as it stands"
    assert "“amount” stands twice, as “-3” and “-4”" in twice.reason
    assert "not an attribute" in unquoted.reason


def test_a_file_that_breaks_off_offers_what_stands_before() -> None:
    whole = trades(TRADE, TRADE | {"ibExecID": "0000aaaa.00000002.01.01"})
    cut = whole[: whole.rindex(b"netCash")]
    statement = read_flex(cut)

    assert len(statement.accounts[0].transactions) == 1
    row, end = of_status(statement, RowStatus.WRONG)
    assert (row.line, row.section) == (5, "Trades")
    assert "the file ends here, in the middle of <Trades>" in end.reason


def test_an_entity_bomb_is_refused_with_its_line() -> None:
    with pytest.raises(StatementError, match="Line 2 defines a document type") as refusal:
        read_flex(BOMB)
    assert refusal.value.code == "statement-unsafe"


def test_a_document_type_in_a_broken_file_is_refused_too() -> None:
    with pytest.raises(StatementError, match="document type"):
        read_flex(b"<FlexQueryResponse a=1>" + BOMB)


@pytest.mark.parametrize("tail", [b"", b"<a b=&>"])
def test_nesting_without_end_is_refused(tail: bytes) -> None:
    with pytest.raises(StatementError, match="nests elements more than 32 deep"):
        read_flex(b"<a>" * 40 + tail)


def test_a_file_that_is_too_large_is_refused_before_it_is_read() -> None:
    data = trades(TRADE)
    with pytest.raises(StatementError, match="too large") as refusal:
        read_flex(io.BytesIO(data), limit=len(data))
    assert refusal.value.code == "statement-too-large"
    assert read_flex(io.BytesIO(data), limit=len(data) + 1).accounts


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (b"hello, world", "holds no XML elements"),
        (b"<html><body>Sign in</body></html>", "first element is <html>"),
        (b"%PDF-1.7 ...", "not an Interactive Brokers Flex statement"),
        (b"<FlexStatementResponse><Status>Warn</Status></FlexStatementResponse>", "answer to a request"),
        (
            b"<FlexQueryResponse><FlexStatements/></FlexQueryResponse>",
            "not an Interactive Brokers Flex statement",
        ),
        (b"\x00\x01\x02" * 50, "not an Interactive Brokers Flex statement"),
    ],
)
def test_what_is_no_statement_is_refused_with_advice(data: bytes, words: str) -> None:
    with pytest.raises(StatementError, match=words):
        read_flex(data)


def test_a_line_in_another_encoding_than_declared_is_read_and_told() -> None:
    data = b'<?xml version="1.0" encoding="UTF-8"?>' + cash(CASH | {"description": "CAF@ SOCIETE"}).replace(
        b"@", b"\xc9"
    )
    statement = read_flex(data)
    (outcome,) = of_status(statement, RowStatus.WRONG)

    assert statement.accounts[0].transactions[0].note == "CAFÉ SOCIETE"
    assert (outcome.line, outcome.reason) == (
        4,
        "the line is not written in UTF-8, as the file says; read as Windows-1252",
    )


@pytest.mark.parametrize("name", ["utf-16", "utf-8-sig"])
def test_files_with_a_byte_order_mark_are_read(name: str) -> None:
    (made,) = read(cash(CASH | {"description": "ZÜRICH"}).decode().encode(name)).transactions

    assert made.note == "ZÜRICH"


def test_an_encoding_that_does_not_exist_is_told() -> None:
    statement = read_flex(b'<?xml version="1.0" encoding="klingon"?>' + cash(CASH))
    (outcome,) = of_status(statement, RowStatus.WRONG)

    assert len(statement.accounts[0].transactions) == 1
    assert "“klingon”" in outcome.reason


def test_references_are_resolved_in_broken_files_too() -> None:
    data = cash(CASH | {"description": "A & B < C"}).replace(
        b"<AccountInformation", b"<AccountInformation x=1"
    )
    (made,) = read(data).transactions

    assert made.note == "A & B < C"


@pytest.mark.parametrize("tail", [b"<a ", b'<a b="', b"<!--", b"</a", b"&", b"<a b='>"])
def test_a_file_that_is_broken_everywhere_is_refused_or_read_to_its_end(tail: bytes) -> None:
    data = trades(TRADE) + tail * 50_000
    try:
        transactions = read_flex(data).accounts[0].transactions
    except StatementError as refusal:
        code = refusal.code
    else:
        code = "read" if len(transactions) == 1 else "lost"

    assert code in ("read", "statement-broken", "statement-unsafe")


def test_broken_places_outside_of_a_statement_are_told() -> None:
    statement = read_flex(trades(TRADE) + b'\n<a b="1" b="2" />')

    assert [(row.line, row.reason) for row in of_status(statement, RowStatus.WRONG)] == [
        (6, "the attribute “b” stands twice, as “1” and “2”")
    ]


def broken(row: dict[str, str]) -> bytes:
    """A Flex file with one cash transaction and a tag at its end that breaks off."""
    return cash(row) + b"\n<"


@pytest.mark.parametrize("name", ["utf-16", "utf-8-sig"])
def test_broken_files_with_a_byte_order_mark_are_read(name: str) -> None:
    statement = read_flex(broken(CASH | {"description": "ZÜRICH"}).decode().encode(name))
    (outcome,) = of_status(statement, RowStatus.WRONG)

    assert statement.accounts[0].transactions[0].note == "ZÜRICH"
    assert (outcome.line, outcome.reason) == (6, "“<” stands here without a name")


def test_a_character_that_is_not_utf_16_is_replaced_and_told() -> None:
    data = broken(CASH | {"description": "A@B"}).decode().encode("utf-16-le").replace(b"@\x00", b"\x00\xd8")
    statement = read_flex(b"\xff\xfe" + data)

    assert statement.accounts[0].transactions[0].note == "A\N{REPLACEMENT CHARACTER}B"
    assert [(row.line, row.reason) for row in of_status(statement, RowStatus.WRONG)] == [
        (1, "the file is damaged: some characters are not UTF-16"),
        (6, "“<” stands here without a name"),
    ]


def test_no_more_than_a_thousand_broken_places_are_told_and_every_row_is_read() -> None:
    rows = [CASH | {"transactionID": str(count), "description": "CAF@"} for count in range(1001)]
    statement = read_flex(cash(*rows).replace(b"@", b"\xc9"))

    assert len(of_status(statement, RowStatus.WRONG)) == 1000
    assert [made.note for made in statement.accounts[0].transactions] == ["CAFÉ"] * 1001


def test_text_that_is_marked_as_no_markup_is_not_read_as_rows() -> None:
    data = broken(CASH).replace(
        b"<CashTransactions>", b'<CashTransactions><![CDATA[<CashTransaction amount="9" />]]>'
    )
    (account,) = read_flex(data).accounts

    assert [made.amount for made in account.transactions] == [d("50")]


@pytest.mark.parametrize(
    ("reference", "character"),
    [
        (b"&#214;", "Ö"),
        (b"&#xD6;", "Ö"),
        (b"&#0;", "�"),
        (b"&#xD800;", "�"),
        (b"&#9999999;", "�"),
    ],
)
def test_references_by_number_are_resolved_in_broken_files(reference: bytes, character: str) -> None:
    data = broken(CASH | {"description": "A@B"}).replace(b"@", reference)
    (account,) = read_flex(data).accounts

    assert account.transactions[0].note == f"A{character}B"


def test_a_frame_that_is_broken_is_told_and_its_rows_are_read() -> None:
    statement = read_flex(cash(CASH).replace(b' toDate="', b' toDate="20240330" toDate="'))
    (outcome,) = of_status(statement, RowStatus.WRONG)

    assert [made.amount for made in statement.accounts[0].transactions] == [d("50")]
    assert (outcome.line, outcome.section, outcome.reason) == (
        2,
        "XML",
        "the attribute “toDate” stands twice, as “20240330” and “20240331”",
    )


def test_an_element_that_is_not_closed_is_told_where_the_one_around_it_ends() -> None:
    statement = read_flex(cash(CASH).replace(b" /></CashTransactions>", b">\n</CashTransactions>"))
    (outcome,) = of_status(statement, RowStatus.WRONG)

    assert [made.amount for made in statement.accounts[0].transactions] == [d("50")]
    assert (outcome.line, outcome.reason) == (5, "an element inside this one was not closed")
