"""Well-known US funds and the index each of them tracks, by symbol, so that funds of one index meet.

Whether two funds on one index are substantially identical is an open point of IRC 1091 (see the policy
`same_index_identical`); this table only says what tracks what, as the issuers name it. Operators add and
mend indices in the admin, and a household's own group of identical instruments overrides both.
"""

from collections.abc import Mapping
from types import MappingProxyType

from portfolios.engine.records import InstrumentFacts
from portfolios.models import Instrument

CURRENCY, COUNTRY = "USD", "US"
FUNDS_BY_INDEX: Mapping[str, str] = MappingProxyType(
    {
        "S&P 500": "IVV SPY SPYM SPLG VOO FXAIX SWPPX VFIAX VFINX",
        "S&P 500 Growth": "IVW SPYG VOOG",
        "S&P 500 Value": "IVE SPYV VOOV",
        "S&P MidCap 400": "IJH IVOO MDY SPMD",
        "S&P SmallCap 600": "IJR SPSM VIOO",
        "CRSP US Total Market": "VTI VTSAX",
        "CRSP US Large Cap Growth": "VUG VIGAX",
        "CRSP US Large Cap Value": "VTV VVIAX",
        "CRSP US Mid Cap": "VO VIMAX",
        "CRSP US Small Cap": "VB VSMAX",
        "S&P Total Market": "ITOT",
        "Dow Jones US Broad Stock Market": "SCHB",
        "Nasdaq-100": "QQQ QQQM",
        "Russell 1000": "IWB VONE",
        "Russell 1000 Growth": "IWF VONG",
        "Russell 1000 Value": "IWD VONV",
        "Russell 2000": "IWM VTWO",
        "Russell 2000 Growth": "IWO VTWG",
        "Russell 2000 Value": "IWN VTWV",
        "Russell 3000": "IWV VTHR",
        "MSCI US IMI Real Estate 25/50": "VNQ VGSLX",
        "MSCI EAFE": "EFA",
        "MSCI Emerging Markets": "EEM",
        "FTSE Global All Cap ex US": "VXUS VTIAX",
        "FTSE Global All Cap": "VT VTWAX",
        "FTSE High Dividend Yield": "VYM VHYAX",
        "Bloomberg US Aggregate": "AGG SCHZ SPAB",
        "Bloomberg US Aggregate Float Adjusted": "BND VBTLX",
    }
)
TRACKED_INDEX: Mapping[str, str] = MappingProxyType(
    {symbol: index for index, symbols in FUNDS_BY_INDEX.items() for symbol in symbols.split()}
)


def tracked_index(facts: InstrumentFacts | Instrument) -> str:
    """The index that a US fund in dollars tracks, by its symbol; empty where the table does not say.

    A source that calls it anything but a share or a fund, or gives it another country's ISIN, means
    something else.
    """
    is_share = facts.asset_class in (Instrument.AssetClass.STOCK, Instrument.AssetClass.FUND)
    is_us = facts.currency == CURRENCY and facts.isin[:2] in ("", COUNTRY)
    return TRACKED_INDEX.get(facts.symbol.strip().upper(), "") if is_share and is_us else ""
