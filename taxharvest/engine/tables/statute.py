"""Figures that the statute itself fixes and that no year indexes; a year's table names them one by one."""

from decimal import Decimal

from taxharvest.engine.tables.record import amounts

# IRC 1211(b)(1): the excess of capital losses that may be deducted from other income.
LOSS_CAP = amounts(single=3_000, joint=3_000, separate=1_500, head=3_000)
# IRC 1411(a)(1) and (b).
NIIT_RATE = Decimal("0.038")
NIIT_THRESHOLD = amounts(single=200_000, joint=250_000, separate=125_000, head=200_000)
# IRC 1(h)(1)(F) with 1(h)(4): collectibles gain.
COLLECTIBLES_RATE = Decimal("0.28")
SOURCES = ("IRC 1(h)", "IRC 1211(b)", "IRC 1411")
