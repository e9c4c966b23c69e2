"""How long 10,000 transactions take from a file to a derived, checked and valued book, by either format."""

import time
from datetime import date, timedelta
from decimal import Decimal

from django.core.files.base import ContentFile

from accounts.models import User
from portfolios.models import Transaction
from portfolios.services.import_direct import import_direct

COUNT = 10_000
SYMBOLS = 40
FIRST = date(2022, 1, 3)


def measure() -> str:
    """A table of both formats."""
    return "\n".join(
        [
            "## Import",
            "",
            (
                f"{COUNT:,} transactions on {SYMBOLS} stocks in one file, from the start of the command to "
                "its end: read, recorded, lots derived, every row listed, compared with the statement, "
                "valued. Processor time is that of Python alone; the rest is waiting for the database."
            ),
            "",
            "| file | seconds | processor time, s | transactions a second | the same file again |",
            "|---|---|---|---|---|",
            _measured("Flex XML", "bench.xml", flex(COUNT)),
            _measured("CSV", "bench.csv", table(COUNT)),
        ]
    )


def _measured(label: str, name: str, data: bytes) -> str:
    email = f"{name}@wealthalloc.test"
    User.objects.create_user(email)
    seconds, computing = [], []
    for _ in range(2):
        start, started = time.perf_counter(), time.process_time()
        import_direct(
            file=ContentFile(data, name=name), file_name=name, owner_email=email, portfolio_name="Bench"
        )
        seconds.append(time.perf_counter() - start)
        computing.append(time.process_time() - started)
    written = Transaction.objects.filter(portfolio__household__members__user__email=email).count()
    if written != COUNT:
        raise RuntimeError(f"{label}: {written} of {COUNT} transactions are in the book")
    return (
        f"| {label}, {len(data) / 1e6:.1f} MB | {seconds[0]:.1f} | {computing[0]:.1f} "
        f"| {COUNT / seconds[0]:,.0f} | {seconds[1]:.1f} s, nothing added |"
    )


def _rows(count: int) -> list[tuple[int, str, str, int, Decimal, date]]:
    """Purchases, with a smaller sale after every third one: nothing is ever oversold."""
    rows = []
    for number in range(count):
        symbol = f"S{number % SYMBOLS:03d}"
        is_sale = number // SYMBOLS % 3 == 2  # noqa: PLR2004 - every third round
        day = FIRST + timedelta(days=number * 1000 // count)
        price = Decimal(20 + number % 50) + Decimal(number % 7) / 4
        rows.append((number, "SELL" if is_sale else "BUY", symbol, 5 if is_sale else 10, price, day))
    return rows


def flex(count: int) -> bytes:
    """A Flex statement with `count` executions."""
    trades = []
    for number, side, symbol, quantity, price, day in _rows(count):
        signed = quantity if side == "BUY" else -quantity
        cash = -signed * price - 1
        trades.append(
            f'<Trade accountId="U1" currency="USD" fxRateToBase="1" assetCategory="STK" symbol="{symbol}" '
            f'conid="{int(symbol[1:]) + 1000}" multiplier="1" tradeID="{number}" '
            f'transactionID="{number + 10**6}" '
            f'ibExecID="0000e0.{number:08d}.01.01" tradeDate="{day:%Y%m%d}" '
            f'dateTime="{day:%Y%m%d};10{number // 60 % 60:02d}{number % 60:02d}" buySell="{side}" '
            f'quantity="{signed}" tradePrice="{price}" proceeds="{cash + 1}" taxes="0" ibCommission="-1" '
            f'ibCommissionCurrency="USD" netCash="{cash}" openCloseIndicator="{"O" if signed > 0 else "C"}" '
            'levelOfDetail="EXECUTION" transactionType="ExchTrade" />'
        )
    return (
        '<FlexQueryResponse queryName="b" type="AF"><FlexStatements count="1">\n'
        '<FlexStatement accountId="U1" fromDate="20220103" toDate="20241231" period="">\n'
        "<Trades>\n"
        + "\n".join(trades)
        + "\n</Trades>\n</FlexStatement></FlexStatements></FlexQueryResponse>\n"
    ).encode()


def table(count: int) -> bytes:
    """A CSV file with the same transactions."""
    lines = ["Date,Action,Symbol,Quantity,Price,Fees,Amount,Currency,Transaction ID"]
    for number, side, symbol, quantity, price, day in _rows(count):
        signed = quantity if side == "BUY" else -quantity
        amount = -signed * price - 1
        lines.append(f"{day},{side.title()},{symbol},{signed},{price},1,{amount},USD,T{number}")
    return ("\n".join(lines) + "\n").encode()
