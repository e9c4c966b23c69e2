"""The tax year as a whole: estimated tax, forms, years, and what is refused."""

from decimal import Decimal

import pytest

from common.errors import Conflict, InvalidInput
from taxharvest.engine.writers.files import FileFormat, FormName
from taxharvest.selectors.form_files import form_download
from taxharvest.selectors.tax_years import brokers_form, tax_forms, tax_year, tax_years
from tests.portfolios.small_book import seen
from tests.taxharvest.tax_book import TODAY, TaxBook, profile, tax_book

pytestmark = pytest.mark.django_db


@pytest.fixture
def book() -> TaxBook:
    return tax_book()


def download(book: TaxBook, form: FormName, file_format: FileFormat) -> bytes:
    return form_download(
        book.user, book.scope, year=2025, form=form, file_format=file_format, today=TODAY
    ).data


def test_the_estimated_tax_is_that_of_the_years_facts(book: TaxBook) -> None:
    profile(book)
    shown = tax_year(book.user, book.scope, 2025, TODAY)

    assert shown.liability is not None
    # 15 % of 330 of gain (500 less 120 and the 50 carried in) and 17 of dividends, 22 % of the other 7.
    assert shown.liability.added.total.exact == Decimal("53.59")


def test_an_unknown_income_gives_bounds(book: TaxBook) -> None:
    profile(book, ordinary_income=None)
    shown = tax_year(book.user, book.scope, 2025, TODAY)

    assert shown.liability is not None
    assert shown.liability.taxes is None
    assert seen(shown.liability.added.total.lowest, shown.liability.added.total.exact) == (0, None)


def test_a_year_without_tables_shows_its_sales_and_says_why_there_is_no_tax(book: TaxBook) -> None:
    profile(book, year=2023)
    shown = tax_year(book.user, book.scope, 2023, TODAY)

    assert seen(shown.liability, shown.reason) == (
        None,
        "There are no tax tables for 2023; there are tables for 2024, 2025, 2026.",
    )


def test_years_are_those_with_sales_and_the_current_one(book: TaxBook) -> None:
    assert tax_years(book.scope, TODAY) == (2026, 2025)


def test_gains_on_paper_belong_to_the_current_year_alone(book: TaxBook) -> None:
    assert tax_year(book.user, book.scope, 2025, TODAY).unrealised is None
    assert tax_year(book.user, book.scope, 2026, TODAY).unrealised is not None


def test_a_pending_loss_is_shown_with_the_year_of_its_sale(book: TaxBook) -> None:
    assert len(tax_year(book.user, book.scope, 2025, TODAY).pending) == 1
    assert tax_year(book.user, book.scope, 2026, TODAY).pending == ()


def test_a_year_that_has_not_begun_is_refused(book: TaxBook) -> None:
    with pytest.raises(InvalidInput, match="There is no tax year 2027: name one from 1970 to 2026"):
        tax_year(book.user, book.scope, 2027, TODAY)


def test_schedule_d_takes_the_totals_of_form_8949_and_the_carry_over(book: TaxBook) -> None:
    profile(book)
    forms = tax_forms(book.user, book.scope, 2025, TODAY)

    assert forms.schedule_d is not None
    lines = {line.number: line.amount for line in forms.schedule_d.lines}
    assert seen(lines["3"], lines["6"], lines["7"]) == (-120, -50, -170)
    assert seen(lines["10"], lines["15"], lines["16"]) == (500, 500, 330)


def test_form_8949_lists_the_incomplete_sale_apart(book: TaxBook) -> None:
    form = tax_forms(book.user, book.scope, 2025, TODAY).form_8949

    assert [section.box for section in form.sections] == ["C", "F"]
    assert [item.sale.symbol for item in form.incomplete] == ["MISS"]
    assert [seen(row.symbol, row.codes, row.adjustment, row.gain) for row in form.sections[0].rows] == [
        ("GAMA", "W", 100, 0),
        ("BETA", "W", 80, -120),
    ]


def test_the_brokers_form_washes_the_account_alone(book: TaxBook) -> None:
    form, _ = brokers_form(book.scope, 2025, TODAY)

    assert form.totals.disallowed == 100


def test_schedule_d_without_a_filing_status_is_refused_with_the_reason(book: TaxBook) -> None:
    with pytest.raises(Conflict, match=r"Schedule D of 2025 cannot be made\. No filing status"):
        download(book, FormName.SCHEDULE_D, FileFormat.CSV)


def test_txf_is_for_form_8949_alone(book: TaxBook) -> None:
    assert download(book, FormName.FORM_8949, FileFormat.TXF).startswith(b"V042\r\nAWealthAlloc\r\n")
    with pytest.raises(InvalidInput, match="TXF holds the sales of Form 8949 alone"):
        download(book, FormName.FORM_1099B, FileFormat.TXF)


@pytest.mark.parametrize("form", FormName)
def test_a_pdf_is_the_same_bytes_each_time(book: TaxBook, form: FormName) -> None:
    profile(book)
    first = download(book, form, FileFormat.PDF)

    assert first.startswith(b"%PDF-")
    assert download(book, form, FileFormat.PDF) == first
