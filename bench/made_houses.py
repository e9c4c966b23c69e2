"""Made households that trade: each a person who signs in, an account behind a gateway, cash and stocks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from accounts.models import Household, HouseholdMember, User
from portfolios.engine.records import InstrumentFacts, ParsedTransaction, TransactionKind
from portfolios.models import Portfolio
from portfolios.services.book import book_derive
from portfolios.services.instruments import InstrumentResolver
from portfolios.services.ledger import transactions_record
from trading.models import BrokerAccount, Gateway

PASSWORD = "bench-house-of-trades"  # noqa: S105 - of made people on this machine
CASH, SHARES = Decimal(20_000_000), Decimal(50_000)
# What a share has cost: in turn so little that a sale is a gain, and so much that it is a loss.
PRICES = Decimal(1), Decimal(3_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Who signs in with `PASSWORD`, and the account in which they trade."""

    email: str
    portfolio_id: str


def houses_make(
    gateway: Gateway, *, held: Sequence[str], others: Sequence[str], count: int, today: date
) -> list[House]:
    """So many households that know all symbols: an account with many shares of those held, and much cash."""
    houses = []
    for number in range(count):
        house, household_id = _house(gateway, held, number, today)
        InstrumentResolver(household_id).create_missing([_facts(symbol) for symbol in others])
        houses.append(house)
    return houses


def _house(gateway: Gateway, held: Sequence[str], number: int, today: date) -> tuple[House, UUID]:
    email = f"bench-house-{number}@wealthalloc.test"
    user = User.objects.create_user(email, PASSWORD, name=f"House {number}")
    household = Household.objects.create(name=f"House {number}")
    holder = HouseholdMember.objects.create(household=household, user=user, name=f"House {number}")
    portfolio = Portfolio.objects.create(household=household, holder=holder, name="At the broker")
    InstrumentResolver(household.pk).create_missing([_facts(symbol) for symbol in held])
    transactions_record(portfolio=portfolio, parsed=_opening(held, today), source="bench")
    book_derive(household_id=household.pk)
    BrokerAccount.objects.create(gateway=gateway, portfolio=portfolio, code=f"DU90000{number:02}")
    return House(email=email, portfolio_id=str(portfolio.pk)), household.pk


def _opening(symbols: Sequence[str], today: date) -> list[ParsedTransaction]:
    """A deposit two years ago, and purchases of which no part is near the window of a wash sale."""
    day = today - timedelta(days=600)
    costs = [SHARES * PRICES[place % 2] for place in range(len(symbols))]
    bought = [
        _row(
            line, TransactionKind.BUY, day, -cost, instrument=_facts(symbol), quantity=SHARES,
            price=cost / SHARES,
        )
        for line, (symbol, cost) in enumerate(zip(symbols, costs, strict=True), start=2)
    ]  # fmt: skip
    return [_row(1, TransactionKind.DEPOSIT, day, CASH + sum(costs, Decimal(0))), *bought]


def _facts(symbol: str) -> InstrumentFacts:
    return InstrumentFacts(symbol=symbol, currency="USD", asset_class="stock")


def _row(
    line: int,
    kind: TransactionKind,
    day: date,
    amount: Decimal,
    *,
    instrument: InstrumentFacts | None = None,
    quantity: Decimal = Decimal(0),
    price: Decimal | None = None,
) -> ParsedTransaction:
    return ParsedTransaction(
        natural_key=f"bench:{line}",
        line=line,
        section="Bench",
        row={"row": str(line)},
        kind=kind,
        trade_date=day,
        instrument=instrument,
        quantity=quantity,
        price=price,
        amount=amount,
        currency="USD",
    )
