"""Worksheets as PDF: what is on the pages, and the same bytes every time."""

import io
import subprocess
import sys
from datetime import date
from decimal import Decimal

import pytest
from pypdf import PdfReader

from portfolios.engine.records import Term
from taxharvest.engine.form_1099b import form_1099b
from taxharvest.engine.form_8949 import form_8949
from taxharvest.engine.records import FilingStatus, ScheduleD
from taxharvest.engine.writers.pdf import form_1099b_pdf, form_8949_pdf, schedule_d_pdf
from taxharvest.engine.writers.pdf_paper import Heading
from tests.taxharvest.engine.sales import reported, sale
from tests.taxharvest.engine.writers.sample_forms import form, schedule, statements

HEADING = Heading(
    taxpayer="Zoë & Jiří Łukasiewicz 株", as_of=date(2026, 2, 1), ledger_digest="0123456789abcdef0123"
)


def pages(data: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]


def words(data: bytes) -> str:
    return " ".join(" ".join(pages(data)).split())


def test_form_8949_shows_every_box_with_its_totals() -> None:
    shown = words(form_8949_pdf(form(), HEADING))

    assert "Part I. Short-term: assets held one year or less. Box A" in shown
    assert "(D) Long-term, basis reported to the IRS on Form 1099-B" in shown
    assert "100 sh. ACME CORP 02/03/2025 06/30/2025 800.00 1,000.00 (200.00)" in shown
    assert "100 sh. =BOLT INC 02/03/2025 06/30/2025 800.00 1,000.00 W 50.00 (150.00)" in shown
    assert "100 sh. ACME CORP 01/02/2020 06/30/2025 21,000.00 20,100.00 B (2,000.00) (1,100.00)" in shown
    assert "0.5 Bitcoin VARIOUS" in shown
    assert "Čapek & Söhne INHERITED" in shown
    assert "Totals, to Schedule D, line 1b 1,600.00 2,000.00 50.00 (350.00)" in shown
    assert "Totals, to Schedule D, line 8b 21,000.00 20,100.00 (2,000.00) (1,100.00)" in shown


def test_every_page_says_for_whom_of_when_and_that_it_is_no_irs_form() -> None:
    shown = pages(form_8949_pdf(form(), HEADING))

    assert len(shown) == 2
    for number, page in enumerate(shown, 1):
        assert "Zoë & Jirí Łukasiewicz ?" in page
        assert "Sales and Other Dispositions of Capital Assets, tax year 2025" in page
        assert "As of 1 Feb 2026" in page
        assert "Ledger version 0123456789abcdef\n" in f"{page}\n"
        assert "Worksheet for Form 8949, not an IRS form." in page
        assert f"Page {number} of 2" in page


def test_notes_incomplete_sales_and_codes_follow() -> None:
    shown = words(form_8949_pdf(form(), HEADING))

    assert "Box D, 100 sh. ACME CORP, sold 30 Jun 2025: Form 1099-B shows a basis of 20,100.00" in shown
    assert "Sales that are not counted" in shown
    assert "100 ??????? Main 06/30/2025 800.00 The basis is not known." in shown
    assert "Codes used B: The basis shown on Form 1099-B is incorrect. W: Nondeductible loss" in shown


def test_sales_that_go_directly_to_schedule_d_are_summed_up() -> None:
    shown = words(form_8949_pdf(form(summarises_direct=True), HEADING))

    assert "Directly to Schedule D, without Form 8949 (Exception 1)" in shown
    assert "no adjustment 1 800.00 1,000.00 0.00 (200.00)" in shown


def test_an_empty_form_says_so() -> None:
    shown = words(form_8949_pdf(form_8949([], year=2025), HEADING))

    assert "No sale has to be listed on Form 8949." in shown
    assert "Codes used" not in shown
    assert "Page 1 of 1" in shown


def test_a_long_form_repeats_its_head_and_loses_no_row() -> None:
    many = [
        sale(str(n), symbol=f"S{n}", cusip="", description=f"Company {n}, " + "class A common stock " * 4)
        for n in range(200)
    ]
    shown = pages(form_8949_pdf(form_8949(many, year=2025), HEADING))

    assert len(shown) > 5
    assert all("Description of property" in page for page in shown)
    text = " ".join(shown)
    assert [n for n in range(200) if f"Company {n}," not in text] == []
    assert "160,000.00" in shown[-1]


def test_names_and_amounts_of_any_length_stay_inside_their_page() -> None:
    huge = sale(description="x" * 5000 + "<b>&", proceeds="999999999999.99", basis="1")
    heading = Heading(taxpayer="N" * 300, as_of=date(2026, 2, 1), ledger_digest="\x00e\u0301")
    shown = words(form_8949_pdf(form_8949([huge], year=2025), heading))

    assert "Page 1 of 1" in shown
    assert "N…" in shown
    assert "999,999,999,999.99" in shown.replace(" ", "")


def test_the_same_form_gives_the_same_bytes_with_its_metadata() -> None:
    first, second = form_8949_pdf(form(), HEADING), form_8949_pdf(form(), HEADING)

    assert first == second
    metadata = PdfReader(io.BytesIO(first)).metadata
    assert metadata is not None
    assert (metadata.title, metadata.author) == ("Form 8949 worksheet 2025", "WealthAlloc")


def test_schedule_d_shows_lines_results_and_the_worksheet() -> None:
    data = schedule_d_pdf(schedule(), HEADING)
    shown = words(data)

    assert "Filing status: Married filing jointly" in shown
    assert "1,600.00 2,000.00 50.00 (350.00)" in shown
    assert "16 Combine lines 7 and 15 (4,550.10)" in shown
    assert "Loss deducted from other income this year 3,000.00" in shown
    assert "Short-term loss carried over to 2026 1,550.10" in shown
    assert "1 Amount from Form 1040, line 15 120,000.00" in shown
    assert "Worksheet for Schedule D, not an IRS form." in shown
    assert PdfReader(io.BytesIO(data)).pages[0].mediabox.width == Decimal(612)


def test_schedule_d_without_a_worksheet_says_that_nothing_is_carried() -> None:
    zero = Decimal(0)
    plain = ScheduleD(
        year=2025,
        filing_status=FilingStatus.SINGLE,
        lines=(),
        worksheet=(),
        net_short=zero,
        net_long=zero,
        deducted=zero,
        carry_short=zero,
        carry_long=zero,
    )

    assert "There is no loss to carry over." in words(schedule_d_pdf(plain, HEADING))


def test_form_1099b_shows_its_boxes_and_totals() -> None:
    shown = words(form_1099b_pdf(statements(), HEADING))

    assert "100 sh. ACME CORP 000000101 02/03/2025 06/30/2025 800.00 1,000.00 0.00 Short X A" in shown
    assert "Totals 24,200.00 25,100.00 50.00" in shown
    assert "Digital assets are reported on Form 1099-DA." in shown
    assert "Worksheet for Form 1099-B, not an IRS form." in shown


def test_a_sale_of_unknown_term_has_box_x() -> None:
    made = form_1099b([sale(acquired=None, term=Term.UNKNOWN, basis=None)], year=2025)

    assert "100 sh. ACME CORP 000000101 06/30/2025 800.00 0.00 X X" in words(form_1099b_pdf(made, HEADING))


def test_a_year_without_sales_still_prints() -> None:
    assert "Totals 0.00 0.00 0.00" in words(form_1099b_pdf(form_1099b([], year=2025), HEADING))


@pytest.mark.parametrize("module", ["csv_form", "json_form", "txf"])
def test_other_writers_do_not_load_the_pdf_library(module: str) -> None:
    program = (
        f"import sys, taxharvest.engine.writers.{module}, taxharvest.engine.reconcile_1099b;"
        "print('reportlab' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert answer.stdout.strip() == "False", answer.stderr


def test_a_statement_that_is_due_is_noted() -> None:
    made = form_8949([sale(disallowed="50", reported=reported(disallowed="200"))], year=2025)

    assert "attach a statement that explains the difference" in words(form_8949_pdf(made, HEADING))
