"""Figures of the tax year 2024."""

from taxharvest.engine.tables import statute
from taxharvest.engine.tables.record import TaxTable, amounts, bands, brackets, by_status

TABLE = TaxTable(
    year=2024,
    # Rev. Proc. 2023-34: tax rate tables.
    brackets=by_status(
        single=brackets(11_600, 47_150, 100_525, 191_950, 243_725, 609_350),
        joint=brackets(23_200, 94_300, 201_050, 383_900, 487_450, 731_200),
        separate=brackets(11_600, 47_150, 100_525, 191_950, 243_725, 365_600),
        head=brackets(16_550, 63_100, 100_500, 191_950, 243_700, 609_350),
    ),
    # Rev. Proc. 2023-34: maximum capital gains rate.
    long_term=by_status(
        single=bands(47_025, 518_900),
        joint=bands(94_050, 583_750),
        separate=bands(47_025, 291_850),
        head=bands(63_000, 551_350),
    ),
    # Rev. Proc. 2023-34: standard deduction.
    standard_deduction=amounts(single=14_600, joint=29_200, separate=14_600, head=21_900),
    loss_cap=statute.LOSS_CAP,
    niit_threshold=statute.NIIT_THRESHOLD,
    niit_rate=statute.NIIT_RATE,
    collectibles_rate=statute.COLLECTIBLES_RATE,
    sources=("Rev. Proc. 2023-34", *statute.SOURCES),
)
