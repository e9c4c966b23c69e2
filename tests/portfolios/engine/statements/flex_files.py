"""Small Flex files for tests, built from sections, and short ways to look at what was read."""

from decimal import Decimal
from xml.sax.saxutils import quoteattr

from portfolios.engine.records import AccountStatement, RowOutcome, RowStatus, Statement
from portfolios.engine.statements.flex import read_flex

STOCK = {
    "currency": "USD",
    "fxRateToBase": "1",
    "assetCategory": "STK",
    "symbol": "ACME",
    "description": "ACME CORP",
    "conid": "1001",
    "isin": "US0000010019",
}
TRADE = STOCK | {
    "tradeDate": "20240304",
    "dateTime": "20240304;103000",
    "transactionType": "ExchTrade",
    "levelOfDetail": "EXECUTION",
    "buySell": "BUY",
    "quantity": "10",
    "tradePrice": "20",
    "proceeds": "-200",
    "ibCommission": "-1",
    "ibCommissionCurrency": "USD",
    "netCash": "-201",
    "ibExecID": "0000aaaa.00000001.01.01",
    "transactionID": "9001",
    "tradeID": "8001",
}
CASH = {
    "currency": "USD",
    "fxRateToBase": "1",
    "dateTime": "20240311",
    "amount": "50",
    "type": "Dividends",
    "transactionID": "7001",
    "levelOfDetail": "DETAIL",
}


def element(tag: str, cells: dict[str, str]) -> str:
    """One element with attributes, on a line of its own."""
    return f"<{tag} " + " ".join(f"{name}={quoteattr(value)}" for name, value in cells.items()) + " />"


def flex(*sections: tuple[str, str, list[dict[str, str]]], account: str = "U1", base: str = "USD") -> bytes:
    """A Flex file with `sections`, each a container, a tag and its rows; rows begin on line 4."""
    lines = [
        '<FlexQueryResponse queryName="Test" type="AF"><FlexStatements count="1">',
        f'<FlexStatement accountId="{account}" fromDate="20240301" toDate="20240331">',
        f'<AccountInformation accountId="{account}" currency="{base}" name="A Person" />',
    ]
    for container, tag, rows in sections:
        lines.append(f"<{container}>" + "\n".join(element(tag, row) for row in rows) + f"</{container}>")
    lines.append("</FlexStatement></FlexStatements></FlexQueryResponse>")
    return "\n".join(lines).encode()


def trades(*rows: dict[str, str], base: str = "USD") -> bytes:
    """A Flex file with these trades."""
    return flex(("Trades", "Trade", list(rows)), base=base)


def cash(*rows: dict[str, str]) -> bytes:
    """A Flex file with these cash transactions."""
    return flex(("CashTransactions", "CashTransaction", list(rows)))


def actions(*rows: dict[str, str]) -> bytes:
    """A Flex file with these corporate actions."""
    return flex(("CorporateActions", "CorporateAction", list(rows)))


def read(data: bytes) -> AccountStatement:
    """The only account in `data`."""
    (account,) = read_flex(data).accounts
    return account


def outcomes(data: bytes, section: str) -> list[RowOutcome]:
    """The outcomes of the rows of one section."""
    return [row for row in read_flex(data).rows if row.section == section]


def of_status(statement: Statement, status: RowStatus) -> list[RowOutcome]:
    """The outcomes with this status."""
    return [row for row in statement.rows if row.status is status]


def d(text: str) -> Decimal:
    """A decimal, shortly."""
    return Decimal(text)
