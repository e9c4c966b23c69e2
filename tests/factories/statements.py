"""Small statements for tests, written as brokers write them."""

from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile

ACCOUNT = "U7654321"


def element(name: str, **attributes: Any) -> str:
    """One row of a Flex statement."""
    return f"<{name} " + " ".join(f'{key}="{value}"' for key, value in attributes.items()) + " />"


def trade(number: int, side: str, count: int, price: str, day: str, **changes: Any) -> str:
    """An execution in ACME with a commission of one dollar."""
    sign = 1 if side == "BUY" else -1
    amount = -sign * count * Decimal(price) - 1
    values = {
        "accountId": ACCOUNT, "currency": "USD", "fxRateToBase": "1", "assetCategory": "STK",
        "symbol": "ACME", "conid": "1001", "multiplier": "1", "tradeID": str(number),
        "transactionID": str(9000 + number),
        "ibExecID": f"0000e1a2.{number:08d}.01.01", "tradeDate": day,
        "dateTime": f"{day};10{number % 60:02d}00",
        "settleDateTarget": day, "buySell": side, "quantity": sign * count, "tradePrice": price,
        "proceeds": amount + 1, "taxes": "0", "ibCommission": "-1",
        "ibCommissionCurrency": "USD",
        "netCash": amount, "openCloseIndicator": "O" if side == "BUY" else "C", "levelOfDetail": "EXECUTION",
        "transactionType": "ExchTrade", "notes": "",
    }  # fmt: skip
    return element("Trade", **(values | changes))


def position(quantity: str, cost: str, day: str, **changes: Any) -> str:
    """What the statement holds of ACME at the end."""
    values = {
        "accountId": ACCOUNT, "currency": "USD", "fxRateToBase": "1", "assetCategory": "STK",
        "symbol": "ACME", "conid": "1001", "multiplier": "1", "reportDate": day, "position": quantity,
        "markPrice": "12",
        "costBasisMoney": cost, "side": "Long", "levelOfDetail": "SUMMARY",
    }  # fmt: skip
    return element("OpenPosition", **(values | changes))


def split(symbol: str, conid: str, quantity: str, day: str) -> str:
    """A split of two for one, with the shares that it brought."""
    words = f"{symbol}(US0000000001) SPLIT 2 FOR 1 ({symbol}, {symbol} INC, US0000000001)"
    return element(
        "CorporateAction", accountId=ACCOUNT, currency="USD", assetCategory="STK", symbol=symbol, conid=conid,
        type="FS", dateTime=f"{day};202500", reportDate=day, quantity=quantity, amount="0", proceeds="0",
        value="0", description=words, actionDescription=words, transactionID="5001", actionID="81",
        levelOfDetail="DETAIL",
    )  # fmt: skip


def cash(start: str, end: str, day: str, **changes: Any) -> str:
    """The cash report in dollars."""
    values = {
        "accountId": ACCOUNT, "currency": "USD", "startingCash": start, "endingCash": end, "toDate": day,
        "fromDate": day, "levelOfDetail": "Currency",
    }  # fmt: skip
    return element("CashReportCurrency", **(values | changes))


def deposit(number: int, amount: str, day: str, **changes: Any) -> str:
    """Money paid in."""
    values = {
        "accountId": ACCOUNT, "currency": "USD", "fxRateToBase": "1", "type": "Deposits/Withdrawals",
        "amount": amount, "dateTime": day, "settleDate": day, "reportDate": day,
        "transactionID": str(7000 + number),
        "description": "CASH RECEIPTS", "levelOfDetail": "DETAIL",
    }  # fmt: skip
    return element("CashTransaction", **(values | changes))


def part(*, first: str, last: str, account: str = ACCOUNT, **sections: list[str]) -> str:
    """One account's part of a Flex file; sections by their names."""
    information = element("AccountInformation", accountId=account, currency="USD")
    inner = "\n".join(f"<{name}>\n" + "\n".join(rows) + f"\n</{name}>" for name, rows in sections.items())
    return (
        f'<FlexStatement accountId="{account}" fromDate="{first}" toDate="{last}" period="LastMonth" '
        f'whenGenerated="{last};235959">\n{information}\n{inner}\n</FlexStatement>'
    )


def flex(*parts: str) -> bytes:
    """A Flex file."""
    inner = "\n".join(parts)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<FlexQueryResponse queryName="Activity" type="AF">\n'
        f'<FlexStatements count="{len(parts)}">\n{inner}\n</FlexStatements>\n</FlexQueryResponse>\n'
    ).encode()


def january(**changes: Any) -> bytes:
    """Ten ACME bought, four sold; six held at the end, with cash that adds up."""
    sections: dict[str, Any] = {
        "Trades": [trade(1, "BUY", 10, "10", "2025-01-06"), trade(2, "SELL", 4, "12", "2025-01-20")],
        "CashTransactions": [deposit(1, "500", "2025-01-03")],
        "OpenPositions": [position("6", "60.6", "2025-01-31")],
        "CashReport": [cash("0", "446", "2025-01-31")],
    }
    return flex(part(first="2025-01-02", last="2025-01-31", **(sections | changes)))


CSV_HEADER = "Date,Action,Symbol,Quantity,Price,Fees & Comm,Amount,Currency"


def table(*rows: str, header: str = CSV_HEADER) -> bytes:
    """A CSV file in the shape of CSV_HEADER."""
    return "\n".join((header, *rows, "")).encode()


def upload(data: bytes, name: str = "statement.xml") -> ContentFile[bytes]:
    """A file as a form or the command line hands it in."""
    return ContentFile(data, name=name)
