"""Figures of the tax year 2026."""

from taxharvest.engine.tables import statute
from taxharvest.engine.tables.record import TaxTable, amounts, bands, brackets, by_status

TABLE = TaxTable(
    year=2026,
    # Rev. Proc. 2025-32: tax rate tables.
    brackets=by_status(
        single=brackets(12_400, 50_400, 105_700, 201_775, 256_225, 640_600),
        joint=brackets(24_800, 100_800, 211_400, 403_550, 512_450, 768_700),
        separate=brackets(12_400, 50_400, 105_700, 201_775, 256_225, 384_350),
        head=brackets(17_700, 67_450, 105_700, 201_750, 256_200, 640_600),
    ),
    # Rev. Proc. 2025-32: maximum capital gains rate.
    long_term=by_status(
        single=bands(49_450, 545_500),
        joint=bands(98_900, 613_700),
        separate=bands(49_450, 306_850),
        head=bands(66_200, 579_600),
    ),
    # Rev. Proc. 2025-32: standard deduction.
    standard_deduction=amounts(single=16_100, joint=32_200, separate=16_100, head=24_150),
    loss_cap=statute.LOSS_CAP,
    niit_threshold=statute.NIIT_THRESHOLD,
    niit_rate=statute.NIIT_RATE,
    collectibles_rate=statute.COLLECTIBLES_RATE,
    sources=("Rev. Proc. 2025-32", "P.L. 119-21 sec. 70101 and 70102", *statute.SOURCES),
)
