"""CSV files: a look at them, the mapping, and their rows read or refused by name of the column."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from portfolios.engine.records import AccountStatement, PositionEffect, RowStatus, Statement, TransactionKind
from portfolios.engine.statements.csv_formats import (
    DateFormat,
    DecimalMark,
    date_formats,
    read_date,
    read_moment,
    read_number,
)
from portfolios.engine.statements.csv_kinds import proposed_kind
from portfolios.engine.statements.csv_mapping import CsvMapping
from portfolios.engine.statements.csv_reading import read_csv, sniff_csv
from portfolios.engine.statements.csv_tables import Record, csv_records
from portfolios.engine.statements.refusals import RowError, StatementError

FIXTURES = Path(__file__).parents[3] / "fixtures" / "statements"
Kind = TransactionKind

HEADER = "Date,Type,Symbol,Quantity,Price,Amount,Currency"


def fixture(name: str) -> bytes:
    """A file of the fixtures."""
    return (FIXTURES / name).read_bytes()


def read(data: bytes, **change: object) -> Statement:
    """The statement that the proposed mapping gives, changed as a person might change it."""
    mapping = sniff_csv(data).mapping
    return read_csv(data, CsvMapping.from_json(mapping.to_json() | change))


def only(statement: Statement) -> AccountStatement:
    """The only account of a statement."""
    (account,) = statement.accounts
    return account


def table(*rows: str, header: str = HEADER) -> bytes:
    """A CSV file of these lines."""
    return "\n".join((header, *rows)).encode()


def d(text: str) -> Decimal:
    """A decimal, shortly."""
    return Decimal(text)


def test_a_schwab_export_is_recognised_behind_its_title() -> None:
    sketch = sniff_csv(fixture("schwab.csv"))

    assert (sketch.header_line, sketch.delimiter, sketch.date_formats) == (2, ",", (DateFormat.MONTH_FIRST,))
    assert sketch.mapping.columns == {
        "date": "Date",
        "kind": "Action",
        "symbol": "Symbol",
        "quantity": "Quantity",
        "price": "Price",
        "amount": "Amount",
        "fees": "Fees & Comm",
        "note": "Description",
    }
    assert (sketch.mapping.amount_sign, sketch.mapping.fees_inside) == ("as_stated", True)
    assert sketch.kinds["Frobnicate"] == ""
    assert sketch.questions == ("What does “Frobnicate” mean?", "Which currency are the amounts in?")
    assert sketch.confidence["date"] == 100


def test_a_schwab_export_is_read() -> None:
    statement = read(fixture("schwab.csv"), currency="USD")
    made = [
        (row.kind, row.trade_date.day, row.quantity, row.amount, row.fees)
        for row in only(statement).transactions
    ]

    assert made == [
        (Kind.BUY, 31, d("10"), d("-1851"), d("1")),
        (Kind.DIVIDEND, 29, d("0"), d("7.5"), d("0")),
        (Kind.TAX, 30, d("0"), d("-1.13"), d("0")),
        (Kind.REINVEST, 25, d("0.05"), d("-7.5"), d("0")),
        (Kind.SELL, 19, d("-2"), d("298.7"), d("1.3")),
        (Kind.SELL, 13, d("-5"), d("949.99"), d("0.01")),
        (Kind.DEPOSIT, 12, d("0"), d("5000"), d("0")),
        (Kind.WITHDRAWAL, 12, d("0"), d("-200"), d("0")),
        (Kind.STOCK_DIVIDEND, 11, d("30"), d("0"), d("0")),
    ]
    assert only(statement).transactions[4].position_effect is PositionEffect.OPEN
    assert [(row.line, row.status) for row in statement.rows if row.status is not RowStatus.READ] == [
        (1, RowStatus.IGNORED),
        (12, RowStatus.LEFT_OUT),
        (13, RowStatus.IGNORED),
    ]


def test_a_fidelity_export_is_read_with_both_of_its_fees_and_its_notes_set_aside() -> None:
    statement = read(fixture("fidelity.csv"), currency="USD", columns=_fidelity_columns())
    made = [(row.kind, row.amount, row.fees, row.quantity) for row in only(statement).transactions]

    assert made == [
        (Kind.BUY, d("-151.75"), d("1.00"), d("3")),
        (Kind.DIVIDEND, d("4.21"), d("0"), d("0")),
        (Kind.REINVEST, d("-4.21"), d("0"), d("4.21")),
        (Kind.SELL, d("54.99"), d("0.01"), d("-1")),
        (Kind.DEPOSIT, d("1000"), d("0"), d("0")),
    ]
    assert only(statement).transactions[0].settle_date == date(2024, 2, 16)
    ignored = [row.line for row in statement.rows if row.status is RowStatus.IGNORED]
    assert ignored == [3, 12, 14]


def _fidelity_columns() -> dict[str, str]:
    columns = sniff_csv(fixture("fidelity.csv")).mapping.columns
    return columns | {"kind": "Action"}


def test_a_european_table_has_semicolons_commas_and_amounts_without_sign() -> None:
    sketch = sniff_csv(fixture("european.csv"))
    assert (sketch.delimiter, sketch.decimal_mark, sketch.mapping.amount_sign) == (
        ";",
        DecimalMark.COMMA,
        "by_kind",
    )

    made = [
        (row.kind, row.trade_date, row.quantity, row.amount)
        for row in only(read(fixture("european.csv"))).transactions
    ]
    assert made == [
        (Kind.BUY, date(2024, 1, 31), d("1000"), d("-12505")),
        (Kind.SELL, date(2024, 2, 1), d("-10"), d("129.5")),
        (Kind.DIVIDEND, date(2024, 2, 2), d("0"), d("99")),
    ]


def test_each_bad_cell_names_its_column_and_the_other_rows_are_kept() -> None:
    statement = read(fixture("bad_cells.csv"), date_format="YYYY-MM-DD")
    wrong = {row.line: row.field for row in statement.rows if row.status is RowStatus.WRONG}

    assert wrong == {
        3: "Quantity",
        4: "Price",
        5: "Amount",
        6: "Symbol",
        7: "Currency",
        8: "Date",
        9: "Amount",
        10: "Symbol",
        11: "Type",
        12: "Currency",
        13: "",
        14: "",
    }
    assert [row.line for row in only(statement).transactions] == [2, 15]
    reasons = {row.line: row.reason for row in statement.rows}
    assert reasons[3] == "“=1+1” is not a number"
    assert reasons[13].startswith("has 9 cells where the header has 7")
    assert reasons[14] == "a quotation mark of this line is not closed"


def test_dates_that_may_be_either_are_asked_about_and_never_guessed() -> None:
    data = table("03/04/2024,Buy,ACME,10,20,-200,USD", "05/06/2024,Sell,ACME,1,20,20,USD")
    sketch = sniff_csv(data)

    assert sketch.date_formats == (DateFormat.MONTH_FIRST, DateFormat.DAY_FIRST)
    assert sketch.questions == ("Is “03/04/2024” written MM/DD/YYYY or DD/MM/YYYY?",)
    assert (sketch.mapping.date_format, sketch.confidence["date"]) == (None, 50)
    with pytest.raises(StatementError, match="the format of the dates is not chosen"):
        read_csv(data, sketch.mapping)
    chosen = replace(sketch.mapping, date_format=DateFormat.DAY_FIRST)
    assert only(read_csv(data, chosen)).first_day == date(2024, 4, 3)


def test_one_clear_date_settles_the_column() -> None:
    data = table("03/04/2024,Buy,ACME,10,20,-200,USD", "25/06/2024,Sell,ACME,1,20,20,USD")

    assert sniff_csv(data).date_formats == (DateFormat.DAY_FIRST,)


@pytest.mark.parametrize(
    ("text", "form", "day"),
    [
        ("2024-03-04", DateFormat.ISO, date(2024, 3, 4)),
        ("2024/3/4", DateFormat.ISO, date(2024, 3, 4)),
        ("2024-03-04T09:30:00Z", DateFormat.ISO, date(2024, 3, 4)),
        ("20240304", DateFormat.COMPACT, date(2024, 3, 4)),
        ("3/4/24", DateFormat.MONTH_FIRST, date(2024, 3, 4)),
        ("04.03.2024", DateFormat.DAY_FIRST, date(2024, 3, 4)),
        ("4 Mar 2024", DateFormat.NAMED_DAY_FIRST, date(2024, 3, 4)),
        ("04-MAR-24", DateFormat.NAMED_DAY_FIRST, date(2024, 3, 4)),
        ("March 4, 2024", DateFormat.NAMED_MONTH_FIRST, date(2024, 3, 4)),
        ("03/05/2024 as of 03/04/2024", DateFormat.MONTH_FIRST, date(2024, 3, 4)),
    ],
)
def test_each_format_of_dates_is_read(text: str, form: DateFormat, day: date) -> None:
    assert read_date(text, form, field="Date") == day
    assert form in date_formats([text])


@pytest.mark.parametrize(
    "text", ["", "soon", "2024-13-01", "2024-02-30", "0001-01-01", "2024-01-02x", "4 Xyz 2024"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    for form in DateFormat:
        with pytest.raises(RowError):
            read_date(text, form, field="Date")


def test_a_time_behind_the_date_is_eastern_unless_it_names_its_zone() -> None:
    assert read_moment("2024-03-04 09:30:00", DateFormat.ISO, field="Date") == datetime(
        2024, 3, 4, 14, 30, tzinfo=UTC
    )
    assert read_moment("2024-03-04T09:30:00Z", DateFormat.ISO, field="Date") == datetime(
        2024, 3, 4, 9, 30, tzinfo=UTC
    )
    assert read_moment("2024-03-04", DateFormat.ISO, field="Date") is None


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [
        ("1,234.56", DecimalMark.POINT, "1234.56"),
        ("1.234,56", DecimalMark.COMMA, "1234.56"),
        ("(99.00)", DecimalMark.POINT, "-99"),
        ("$1,000", DecimalMark.POINT, "1000"),
        ("-$1.50", DecimalMark.POINT, "-1.5"),
        ("USD 12", DecimalMark.POINT, "12"),
        ("12-", DecimalMark.POINT, "-12"),
        ("1'000.5", DecimalMark.POINT, "1000.5"),
        ("1 000,5", DecimalMark.COMMA, "1000.5"),
        ("+5", DecimalMark.POINT, "5"),
        ("−5", DecimalMark.POINT, "-5"),
        (".5", DecimalMark.POINT, "0.5"),
        ("($1,234.56)", DecimalMark.POINT, "-1234.56"),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, mark: DecimalMark, value: str) -> None:
    assert read_number(text, mark, field="Amount") == d(value)


@pytest.mark.parametrize(
    "text",
    [
        "1,23",
        "12,34.5",
        "NaN",
        "Infinity",
        "1e400",
        "=1",
        "@1",
        "1.2.3",
        "(-5)",
        "ten",
        "1_0",
        "٣",
        "1000000000000",
    ],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(RowError) as refusal:
        read_number(text, DecimalMark.POINT, field="Amount")
    assert refusal.value.field == "Amount"


@pytest.mark.parametrize("text", ["", "-", "--", "n/a"])
def test_an_empty_number_is_none(text: str) -> None:
    assert read_number(text, DecimalMark.POINT, field="Amount") is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_files_are_read_in_the_encoding_they_are_in(encoding: str) -> None:
    text = HEADER + ",Memo\n2024-01-02,Fee,,,,-3,EUR,Gebühr\n"
    (made,) = only(read(text.encode(encoding))).transactions

    assert (made.note, made.amount) == ("Gebühr", d("-3"))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"one\ntwo\n", "no table"),
        (b"PK\x03\x04\x00\x00", "binary"),
        (b"Statement,Header,Field Name,Field Value\n", "many tables"),
        (b"\xff\xfeD\x00a\x00\x00\xd8", "damaged"),
    ],
)
def test_what_is_no_table_is_refused_with_advice(data: bytes, words: str) -> None:
    with pytest.raises(StatementError, match=words):
        sniff_csv(data)


def test_a_file_that_is_too_large_is_refused() -> None:
    with pytest.raises(StatementError, match="too large"):
        sniff_csv(table(), limit=10)


def test_a_missing_column_is_named() -> None:
    mapping = sniff_csv(table("2024-01-02,Buy,ACME,10,20,-200,USD")).mapping
    other = table("2024-01-02,Buy,ACME,10,20,-200", header="Date,Type,Symbol,Quantity,Price,Sum")

    with pytest.raises(StatementError, match="no column “Amount”, “Currency”"):
        read_csv(other, mapping)


def test_a_saved_mapping_reads_a_file_with_another_separator_and_a_title() -> None:
    mapping = sniff_csv(table("2024-01-02,Buy,ACME,10,20,-200,USD")).mapping
    data = b"My account\n" + table("2024-01-02,Buy,ACME,10,20,-200,USD").replace(b",", b";")

    assert only(read_csv(data, mapping)).transactions[0].amount == d("-200")


def test_a_mapping_survives_json() -> None:
    mapping = replace(sniff_csv(fixture("schwab.csv")).mapping, currency="USD", account="A-1")

    assert CsvMapping.from_json(mapping.to_json()) == mapping


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"columns": {"date": "Date"}}, "no column gives the kind"),
        ({"columns": {"date": "Date", "kind": "Type", "colour": "X"}}, "“colour” is not a field"),
        ({"kinds": {"buy": "steal"}}, "“steal” is not a kind"),
        ({"delimiter": ";;"}, "not one character"),
        ({"amount_sign": "odd"}, "not a rule for signs"),
        ({"date_format": "YY"}, "cannot be used"),
        ({"columns": None}, "cannot be used"),
    ],
)
def test_a_mapping_that_cannot_be_used_says_why(change: dict[str, object], words: str) -> None:
    stored = sniff_csv(table("2024-01-02,Buy,ACME,10,20,-200,USD")).mapping.to_json()

    with pytest.raises(StatementError, match=words):
        CsvMapping.from_json(stored | change).check()


def test_the_amount_follows_from_quantity_price_and_fees_when_there_is_none() -> None:
    data = table("2024-01-02,Buy,ACME,10,20,,1.5", header="Date,Type,Symbol,Quantity,Price,Amount,Commission")
    (made,) = only(read(data, currency="USD")).transactions

    assert (made.amount, made.fees) == (d("-201.5"), d("1.5"))


def test_fees_beside_the_amount_are_taken_from_it() -> None:
    header = "Date,Type,Symbol,Quantity,Price,Amount,Commission"
    data = table("2024-01-02,Buy,ACME,10,20,-200,1.5", "2024-01-03,Sell,ACME,-10,20,200,1.5", header=header)
    bought, sold = only(read(data, currency="USD")).transactions

    assert (bought.amount, sold.amount) == (d("-201.5"), d("198.5"))


def test_a_person_says_what_an_unknown_word_means() -> None:
    data = table("2024-01-02,Erwerb,ACME,10,20,-200,USD", "2024-01-03,Rauschen,ACME,1,1,-1,USD")
    statement = read(data, kinds={"Erwerb": "buy", "Rauschen": "ignore"})

    assert [row.status for row in statement.rows] == [RowStatus.READ, RowStatus.IGNORED]
    assert only(statement).transactions[0].kind is Kind.BUY


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("YOU BOUGHT PROSPECTUS UNDER SEPARATE COVER ACME (ACME) (Cash)", "buy"),
        ("Capital gain (LT)", "dividend"),
        ("Sweep out", "ignore"),
        ("Journal", "sign"),
        ("Foreign Tax Withholding", "tax"),
        ("Transfer (incoming)", "transfer_in"),
        ("Foo", ""),
    ],
)
def test_the_words_of_brokers_have_meanings(words: str, kind: str) -> None:
    assert proposed_kind(words) == kind


def test_accounts_are_told_apart() -> None:
    header = HEADER + ",Account"
    data = table("2024-01-02,Fee,,,,-3,USD,A", "2024-01-02,Fee,,,,-3,USD,B", header=header)
    statement = read(data)

    assert [account.account for account in statement.accounts] == ["A", "B"]
    assert len({account.transactions[0].natural_key for account in statement.accounts}) == 2


def test_equal_rows_are_two_events_and_have_the_same_keys_in_an_overlapping_file() -> None:
    fee = "2024-01-02,Fee,,,,-3,USD"
    first = {made.natural_key for made in only(read(table(fee, fee))).transactions}
    second = {
        made.natural_key for made in only(read(table("2024-01-03,Fee,,,,-3,USD", fee, fee))).transactions
    }

    assert len(first) == 2
    assert first < second


def test_an_identifier_makes_the_same_row_one_event_and_another_content_wrong() -> None:
    header = HEADER + ",Trade ID"
    row = "2024-01-02,Buy,ACME,10,20,-200,USD,T1"
    statement = read(table(row, row, row.replace("-200", "-210"), header=header))

    assert [outcome.status for outcome in statement.rows] == [
        RowStatus.READ,
        RowStatus.IGNORED,
        RowStatus.WRONG,
    ]
    assert statement.rows[2].field == "Trade ID"
    assert only(statement).transactions[0].natural_key == "csv::buy:T1"


def test_an_execution_of_interactive_brokers_has_the_key_of_its_flex_statement() -> None:
    header = HEADER + ",Account,Trade ID"
    statement = read(table("2024-01-02,Buy,ACME,10,20,-200,USD,U1,0000aaaa.00000001.01.02", header=header))

    assert only(statement).transactions[0].natural_key == "ibkr:U1:exec:0000aaaa.00000001.01"


def test_a_split_needs_a_ratio_or_new_shares() -> None:
    header = "Date,Type,Symbol,Quantity,Amount,Ratio,Currency"
    data = table(
        "2024-01-02,Split,ACME,,,2:1,USD",
        "2024-01-03,Split,BETA,10,,,USD",
        "2024-01-04,Split,GAMMA,-10,,,USD",
        header=header,
    )
    statement = read(data)
    split, dividend = only(statement).transactions

    assert (split.kind, split.ratio_new, split.ratio_old) == (Kind.SPLIT, d("2"), d("1"))
    assert (dividend.kind, dividend.quantity) == (Kind.STOCK_DIVIDEND, d("10"))
    assert (statement.rows[2].status, statement.rows[2].field) == (RowStatus.WRONG, "Ratio")


def test_an_opening_position_keeps_its_cost_and_day() -> None:
    header = "Date,Type,Symbol,Quantity,Cost Basis,Date Acquired,Amount,Currency"
    data = table("2024-01-02,Opening,ACME,10,150,2019-05-06,,USD", header=header)
    (made,) = only(read(data)).transactions

    assert (made.kind, made.cost, made.acquired, made.amount) == (
        Kind.OPENING,
        d("150"),
        date(2019, 5, 6),
        d("0"),
    )


def test_an_exchange_needs_both_of_its_amounts() -> None:
    header = "Date,Type,Amount,Currency,To Amount,To Currency"
    data = table("2024-01-02,FX,-100,USD,92,EUR", "2024-01-03,FX,-100,USD,,", header=header)
    statement = read(data)
    (made,) = only(statement).transactions

    assert (made.amount, made.counter_amount, made.counter_currency) == (d("-100"), d("92"), "EUR")
    assert statement.rows[1].status is RowStatus.LEFT_OUT


@pytest.mark.parametrize("kind", ["Spin-off", "Merger"])
def test_events_with_two_instruments_are_left_out(kind: str) -> None:
    (outcome,) = read(table(f"2024-01-02,{kind},ACME,10,,,USD")).rows

    assert outcome.status is RowStatus.LEFT_OUT


def test_a_standard_option_is_told_by_its_amount() -> None:
    header = HEADER + ",Asset Class"
    data = table("2024-01-02,Buy,ACME 240621C25,2,1.5,-301.30,USD,Option", header=header)
    (made,) = only(read(data)).transactions

    assert made.instrument is not None
    assert made.instrument.multiplier == d("100")


def test_an_amount_far_from_quantity_times_price_is_remarked_on() -> None:
    (outcome,) = read(table("2024-01-02,Buy,ACME,10,20,-20000,USD")).rows

    assert outcome.status is RowStatus.READ
    assert outcome.reason == "the amount -20000 is far from quantity times price, 200"


def test_progress_is_told_and_lines_are_kept_in_a_long_table() -> None:
    told: list[int] = []
    rows = [f"2024-01-02,Buy,ACME,{count},1,-{count},USD" for count in range(1, 2001)]
    data = table(*rows)
    statement = read_csv(data, sniff_csv(data).mapping, progress=told.append)

    assert [row.line for row in statement.rows] == list(range(2, 2002))
    assert (told[0], told[-1]) == (0, 100)


def test_an_order_number_is_kept_for_trades_alone() -> None:
    rows = ("2024-03-04,Buy,ACME,10,20,-200,USD,A-17", "2024-03-05,Dividend,ACME,,,12,USD,A-18")

    made = only(read(table(*rows, header=f"{HEADER},Order ID"))).transactions

    assert [row.order_ref for row in made] == ["A-17", ""]


def test_gifts_and_inheritances_bring_shares_with_their_basis_and_a_delivery_takes_them() -> None:
    rows = (
        "2024-03-04,Gift,ACME,10,25,,USD,150,2019-01-02",
        "2024-03-05,Inherited,ACME,5,,,USD,200,",
        "2024-03-06,Delivery against short,ACME,4,,,USD,,",
    )

    made = only(read(table(*rows, header=f"{HEADER},Cost Basis,Date Acquired"))).transactions

    assert [(row.kind, row.quantity, row.amount, row.cost, row.acquired) for row in made] == [
        (Kind.GIFT, d("10"), d("0"), d("150"), date(2019, 1, 2)),
        (Kind.INHERITANCE, d("5"), d("0"), d("200"), None),
        (Kind.DELIVERY, d("-4"), d("0"), None, None),
    ]
    assert made[0].price == 25


def test_a_header_that_comes_again_is_ignored() -> None:
    statement = read(table("2024-01-02,Fee,,,,-3,USD", HEADER, "2024-01-03,Fee,,,,-4,USD"))

    assert [row.amount for row in only(statement).transactions] == [d("-3"), d("-4")]
    assert [(row.line, row.reason) for row in statement.rows if row.status is RowStatus.IGNORED] == [
        (3, "the header once more")
    ]


def test_a_journal_moves_shares_or_cash_by_its_sign_or_nothing() -> None:
    statement = read(
        table(
            "2024-01-02,Journal,ACME,10,,,USD",
            "2024-01-03,Journal,ACME,-4,,,USD",
            "2024-01-04,Journal,,,,25,USD",
            "2024-01-05,Journal,,,,-5,USD",
            "2024-01-06,Journal,,,,0,USD",
        )
    )

    assert [(row.kind, row.quantity, row.amount) for row in only(statement).transactions] == [
        (Kind.TRANSFER_IN, d("10"), d("0")),
        (Kind.TRANSFER_OUT, d("-4"), d("0")),
        (Kind.DEPOSIT, d("0"), d("25")),
        (Kind.WITHDRAWAL, d("0"), d("-5")),
    ]
    assert (statement.rows[4].status, statement.rows[4].reason) == (
        RowStatus.IGNORED,
        "moves neither securities nor cash",
    )


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ("2024-01-02,Buy,ACME,,20,-200,USD,", "Quantity", "a row of kind buy must state a quantity"),
        ("2024-01-02,Dividend,ACME,,,,USD,", "Amount", "the amount is missing"),
        (
            "2024-01-02,Buy,ACME 240621C25,2,1.5,,USD,Option",
            "Amount",
            "the amount is missing, and the price alone does not give it",
        ),
        ("2024-01-02,Buy,ACME,1000000,1000000,,USD,", "Price", "quantity times price is 10^12 or more"),
    ],
)
def test_a_row_that_does_not_say_what_it_came_to_names_the_column(row: str, field: str, reason: str) -> None:
    good = "2024-01-03,Buy,ACME,10,20,-200,USD,Stock"
    first, second = read(table(row, good, header=HEADER + ",Asset Class")).rows

    assert (first.status, first.field, first.reason) == (RowStatus.WRONG, field, reason)
    assert second.status is RowStatus.READ


def test_the_value_of_shares_that_come_in_is_no_cash() -> None:
    (made,) = only(read(table("2024-01-02,Opening,ACME,10,20,200,USD"))).transactions

    assert (made.kind, made.quantity, made.amount) == (Kind.OPENING, d("10"), d("0"))


@pytest.mark.parametrize("ratio", ["two", "2:0", "0:1"])
def test_what_is_no_ratio_is_refused(ratio: str) -> None:
    header = "Date,Type,Symbol,Quantity,Amount,Ratio,Currency"
    (outcome,) = read(table(f"2024-01-02,Split,ACME,,,{ratio},USD", header=header)).rows

    assert (outcome.status, outcome.field, outcome.reason) == (
        RowStatus.WRONG,
        "Ratio",
        f"“{ratio}” is not a ratio like 2:1",
    )


def test_a_quotation_that_spans_more_than_twenty_lines_is_broken_on_its_first() -> None:
    text = 'a,b\n\n"x,1\n' + "y,2\n" * 20 + 'z",3\n'
    records = csv_records(text, ",")

    assert records[:3] == [
        Record(1, ("a", "b")),
        Record(3, ('"x,1',), "a quotation mark of this line is not closed"),
        Record(4, ("y", "2")),
    ]
    assert [record.line for record in records] == [1, *range(3, 25)]


def test_a_cell_beyond_all_measure_breaks_its_own_line_only() -> None:
    first, second = csv_records("x" * 200_000 + ",1\nb,2\n", ",")

    assert (first.line, first.cells) == (1, ("x" * 500,))
    assert first.broken == ("the line cannot be parted into columns: field larger than field limit (131072)")
    assert second == Record(2, ("b", "2"))


def test_an_amount_whose_sign_contradicts_its_kind_is_wrong() -> None:
    statement = read(
        table("2024-01-02,Sell,ACME,1,20,-20,USD", "2024-01-03,Buy,ACME,1,20,20,USD"),
        amount_sign="as_stated",
    )

    assert [(row.status, row.field) for row in statement.rows] == [(RowStatus.WRONG, "Amount")] * 2
    assert statement.rows[0].reason == "a row of kind sell cannot cost 20.00"
    assert statement.rows[1].reason == "a row of kind buy cannot bring in 20.00"


def test_a_table_without_the_columns_that_are_needed_is_asked_about() -> None:
    undated = sniff_csv(table("ACME,10,USD", "BETA,20,USD", header="Symbol,Quantity,Currency"))
    unclear = sniff_csv(table("soon,Buy,ACME,10,20,-200,USD"))

    assert undated.questions == (
        "Which column holds the date?",
        "Which column says what each row is (purchase, sale, dividend)?",
        "Which column holds the amount, or the price?",
    )
    assert unclear.questions == ("How are the dates in “Date” written?",)
