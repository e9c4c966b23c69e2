"""Figures of the tax year 2025."""

from taxharvest.engine.tables import statute
from taxharvest.engine.tables.record import TaxTable, amounts, bands, brackets, by_status

TABLE = TaxTable(
    year=2025,
    # Rev. Proc. 2024-40: tax rate tables.
    brackets=by_status(
        single=brackets(11_925, 48_475, 103_350, 197_300, 250_525, 626_350),
        joint=brackets(23_850, 96_950, 206_700, 394_600, 501_050, 751_600),
        separate=brackets(11_925, 48_475, 103_350, 197_300, 250_525, 375_800),
        head=brackets(17_000, 64_850, 103_350, 197_300, 250_500, 626_350),
    ),
    # Rev. Proc. 2024-40: maximum capital gains rate.
    long_term=by_status(
        single=bands(48_350, 533_400),
        joint=bands(96_700, 600_050),
        separate=bands(48_350, 300_000),
        head=bands(64_750, 566_700),
    ),
    # P.L. 119-21 sec. 70102, which superseded the 15,000, 30,000 and 22,500 of Rev. Proc. 2024-40.
    standard_deduction=amounts(single=15_750, joint=31_500, separate=15_750, head=23_625),
    loss_cap=statute.LOSS_CAP,
    niit_threshold=statute.NIIT_THRESHOLD,
    niit_rate=statute.NIIT_RATE,
    collectibles_rate=statute.COLLECTIBLES_RATE,
    sources=("Rev. Proc. 2024-40", "P.L. 119-21 sec. 70102", *statute.SOURCES),
)
