"""Forms of an invented taxpayer for the writers' tests."""

from datetime import date
from decimal import Decimal

from portfolios.engine.records import Term
from taxharvest.engine.form_1099b import Form1099B, form_1099b
from taxharvest.engine.form_8949 import Form8949, form_8949
from taxharvest.engine.records import FilingStatus, FormLine, ScheduleD, TaxSale
from tests.taxharvest.engine.sales import reported, sale

BOUGHT = date(2020, 1, 2)


def sales() -> list[TaxSale]:
    """Sales under several boxes and codes, two digital assets, and one that is incomplete."""
    return [
        sale("1", reported=reported()),
        sale(
            "2",
            symbol="=BOLT",
            cusip="",
            description="=BOLT INC",
            disallowed="50",
            reported=reported(disallowed="200"),
        ),
        sale("3", symbol="CROW", cusip="", description="Čapek & Söhne", acquired=None, is_inherited=True),
        sale(
            "4",
            symbol="DUNE",
            cusip="",
            acquired=BOUGHT,
            proceeds="21000",
            basis="22100",
            term=Term.LONG,
            reported=reported("21000", "20100", term=Term.LONG),
        ),
        sale(
            "5",
            symbol="BTC",
            cusip="",
            description="Bitcoin",
            quantity="0.5",
            is_digital_asset=True,
            acquired=None,
        ),
        sale("6", symbol="ECHO", cusip="", description="株式会社エコー", basis=None),
    ]


def form(*, summarises_direct: bool = False) -> Form8949:
    return form_8949(sales(), year=2025, summarises_direct=summarises_direct)


def statements() -> Form1099B:
    return form_1099b(sales(), year=2025)


def schedule() -> ScheduleD:
    return ScheduleD(
        year=2025,
        filing_status=FilingStatus.MARRIED_JOINT,
        lines=(
            FormLine(
                number="1b",
                label="Totals for all transactions reported on Form(s) 8949 with Box A or Box G checked",
                proceeds=Decimal(1600),
                basis=Decimal(2000),
                adjustment=Decimal(50),
                amount=Decimal(-350),
            ),
            FormLine(number="7", label="Net short-term capital gain or (loss)", amount=Decimal("-4550.10")),
            FormLine(number="16", label="Combine lines 7 and 15", amount=Decimal("-4550.10")),
        ),
        worksheet=(FormLine(number="1", label="Amount from Form 1040, line 15", amount=Decimal(120000)),),
        net_short=Decimal("-4550.10"),
        net_long=Decimal(0),
        deducted=Decimal(3000),
        carry_short=Decimal("1550.10"),
        carry_long=Decimal(0),
    )
