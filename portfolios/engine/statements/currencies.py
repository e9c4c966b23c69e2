"""The currency codes that a statement may use: ISO 4217, and the few that brokers use beside it."""

from portfolios.engine.statements.refusals import RowError

ISO_4217 = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD "
    "CAD CDF CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP "
    "GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD "
    "KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK "
    "NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD "
    "SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF "
    "XAG XAU XCD XCG XOF XPD XPF XPT YER ZAR ZMW ZWG"
)

# CNH is the renminbi traded outside China; the others were replaced by the euro but stand in old statements.
BESIDE_ISO = ("CNH", "HRK", "EEK", "LTL", "LVL", "SKK", "SIT", "DEM", "FRF", "ITL", "NLG", "BEF", "ATS")

KNOWN = frozenset((*ISO_4217.split(), *BESIDE_ISO))


def currency_code(text: str, *, field: str = "currency") -> str:
    """The currency code in `text`, in capitals. Raises RowError when there is none or nobody knows it."""
    code = text.strip().upper()
    if not code:
        raise RowError("the currency is missing", field=field)
    if code not in KNOWN:
        raise RowError(f"“{text.strip()[:20]}” is not a currency code (ISO 4217)", field=field)
    return code
