"""The facts of the book: frozen records that enter the rules and come out of them."""

import dataclasses
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


class TransactionKind(StrEnum):
    """What a ledger row says happened."""

    BUY = "buy"
    SELL = "sell"
    REINVEST = "reinvest"
    DIVIDEND = "dividend"
    INTEREST = "interest"
    FEE = "fee"
    TAX = "tax"
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    EXCHANGE = "exchange"
    SPLIT = "split"
    STOCK_DIVIDEND = "stock_dividend"
    SPIN_OFF = "spin_off"
    MERGER = "merger"
    RETURN_OF_CAPITAL = "return_of_capital"
    TRANSFER_IN = "transfer_in"
    TRANSFER_OUT = "transfer_out"
    OPENING = "opening"
    GIFT = "gift"
    INHERITANCE = "inheritance"
    DELIVERY = "delivery"


class PositionEffect(StrEnum):
    """Whether a trade opens or closes a position; unset means: close what is there, never go short."""

    UNSET = ""
    OPEN = "open"
    CLOSE = "close"


class ReliefMethod(StrEnum):
    """Which lots a sale takes first; lots named for the sale itself come before every method."""

    FIFO = "fifo"
    LIFO = "lifo"
    HIFO = "hifo"
    LOWEST_COST = "lowest_cost"
    AVERAGE = "average"
    MINIMUM_TAX = "minimum_tax"
    MAX_LONG_LOSS = "max_long_loss"
    MAX_SHORT_LOSS = "max_short_loss"
    MAX_LONG_GAIN = "max_long_gain"
    MAX_SHORT_GAIN = "max_short_gain"
    SCHWAB_OPTIMIZER = "schwab_optimizer"


class Treatment(StrEnum):
    """How an account is taxed, as far as the wash-sale rule asks."""

    TAXABLE = "taxable"
    IRA = "ira"
    OTHER_PLAN = "other_plan"
    SIMULATED = "simulated"


class TaxOwner(StrEnum):
    """Whose account it is, seen from the person who files."""

    TAXPAYER = "taxpayer"
    SPOUSE = "spouse"
    OTHER = "other"


class LotOrigin(StrEnum):
    """How a lot came into being."""

    BUY = "buy"
    REINVEST = "reinvest"
    SHORT = "short"
    SPIN_OFF = "spin_off"
    MERGER = "merger"
    TRANSFER = "transfer"
    OPENING = "opening"
    GIFT = "gift"
    INHERITANCE = "inheritance"


class Term(StrEnum):
    """Holding period of a disposal under IRC 1222."""

    SHORT = "short"
    LONG = "long"
    UNKNOWN = "unknown"


class FindingKind(StrEnum):
    """What the rules noticed while deriving the book: questions to a person, never silent repairs."""

    OVERSOLD = "oversold"
    BASIS_UNKNOWN = "basis_unknown"
    ACQUIRED_UNKNOWN = "acquired_unknown"
    NO_POSITION = "no_position"
    ALLOCATION_UNKNOWN = "allocation_unknown"
    RATE_MISSING = "rate_missing"
    TRANSFER_UNMATCHED = "transfer_unmatched"
    POSITION_DIFFERS = "position_differs"
    CASH_DIFFERS = "cash_differs"
    PRICE_MISSING = "price_missing"
    PRICE_STALE = "price_stale"
    ROW_UNUSABLE = "row_unusable"
    REVERSAL_UNMATCHED = "reversal_unmatched"
    LOTS_UNUSABLE = "lots_unusable"
    WASH_UNCLEAR = "wash_unclear"


class DisposalCause(StrEnum):
    """What closed a piece of a lot, or, for a return of capital, what was gained on one that stays open."""

    SALE = "sale"
    CASH_IN_LIEU = "cash_in_lieu"
    MERGER = "merger"
    RETURN_OF_CAPITAL = "return_of_capital"


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioRecord:
    """One account of the book, as the rules need it."""

    id: UUID
    base_currency: str
    relief: ReliefMethod = ReliefMethod.FIFO
    treatment: Treatment = Treatment.TAXABLE
    owner: TaxOwner = TaxOwner.TAXPAYER


@dataclass(frozen=True, slots=True, kw_only=True)
class LotChoice:
    """Shares of one lot that were named for a sale (Reg. 1.1012-1(c)(2)); `lot_id` is the undivided lot's."""

    lot_id: UUID
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionRecord:
    """One ledger row.

    Signs are those of the account: `quantity` is the change of the position (a sale is negative),
    `amount` the change of cash in `currency`, with `fees` (never negative) already inside it.
    `fx_rate` is units of the portfolio's base currency for one unit of `currency` on the trade date;
    None means that it is not known. Rows of one day are ordered by `sequence`.

    - split: `ratio_new` shares for each `ratio_old`; cash in lieu of a fraction arrives in `amount`;
      `quantity` is the change of the position when the source states it, else zero.
    - stock dividend: `quantity` new shares; the basis of the held lots spreads over them. Cash in lieu of
      a fraction needs the ratio as well.
    - spin-off: `quantity` shares of `counterpart_id` for the held `instrument_id`; `basis_fraction` of
      the parent's basis moves to them (None: not known). Cash in lieu of a fraction needs the ratio.
    - merger: `quantity` shares of `instrument_id` (zero: all of them) are given up for `counter_quantity`
      shares of `counterpart_id` and `amount` of cash; `price` is then the market value of one share
      received. `counterpart_id` None means cash only. A fraction paid in cash is received and sold: it
      counts in `counter_quantity` and has a sale row of its own.
    - return of capital: `amount` reduces basis.
    - transfer: the two rows of one transfer share `transfer_id`; a transfer in or an opening position
      whose origin is outside the book carries `cost` (total, in `currency`) and `acquired` when known,
      and `fx_rate` is then the rate of the acquisition. A negative quantity is a short position, its cost
      the proceeds received.
    - gift: `cost` is the donor's basis and `acquired` the donor's day; `price` is the market value of one
      share on the trade date (IRC 1015).
    - inheritance: `cost` is the market value at death or on the alternate date (IRC 1014).
    - delivery: `quantity` shares held long (negative) close as many held short, with no cash.
    - exchange: `amount` leaves or enters in `currency`, `counter_amount` in `counter_currency`.
    - reversal: `reverses_id` names the row that this one takes back, in full.

    `order_ref` is shared by the fills of one order: they are one purchase, or one sale. `lots` names the
    shares that a sale takes.
    """

    id: UUID
    portfolio_id: UUID
    kind: TransactionKind
    trade_date: date
    sequence: int = 0
    instrument_id: UUID | None = None
    quantity: Decimal = Decimal(0)
    price: Decimal | None = None
    amount: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    currency: str
    fx_rate: Decimal | None = None
    position_effect: PositionEffect = PositionEffect.UNSET
    ratio_new: Decimal | None = None
    ratio_old: Decimal | None = None
    counterpart_id: UUID | None = None
    counter_quantity: Decimal | None = None
    counter_amount: Decimal | None = None
    counter_currency: str = ""
    basis_fraction: Decimal | None = None
    cost: Decimal | None = None
    acquired: date | None = None
    transfer_id: UUID | None = None
    reverses_id: UUID | None = None
    order_ref: str = ""
    lots: tuple[LotChoice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LotRecord:
    """An open lot. `quantity` is negative for a short lot, whose `cost` is the proceeds received.

    `cost` is what was paid and `basis` what remains of it after adjustments (return of capital, spin-off),
    both for the open quantity, in `currency`; the `_base` twins are in the portfolio's base currency at the
    rate of the acquisition. None means not known. `holding_date` starts the holding period (IRC 1223).

    The wash-sale rule may divide a lot: the parts share `root_id`, the undivided lot's identifier.
    `deferred_base` is what of `basis_base` are losses deferred into it (IRC 1091(d)); for a short lot they
    lower the proceeds. `loss_basis_base` is the basis for a loss of a gift that was worth less than its
    donor's basis (IRC 1015(a)), else None.
    """

    id: UUID
    root_id: UUID
    portfolio_id: UUID
    instrument_id: UUID
    transaction_id: UUID
    origin: LotOrigin
    acquired: date | None
    holding_date: date | None
    quantity: Decimal
    currency: str
    cost: Decimal | None
    cost_base: Decimal | None
    basis: Decimal | None
    basis_base: Decimal | None
    deferred_base: Decimal = Decimal(0)
    loss_basis_base: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposalRecord:
    """A closed piece of a lot: what came in, what it had cost, and the gain between them.

    `quantity` is positive. For a short position the sale opened it and the purchase closed it; `acquired`
    is then the day of the sale and `disposed` the day of the purchase. None means not known; where the
    proceeds of a short position are not known, `proceeds` is zero and `basis` is None, so no gain is shown.
    A `cause` of return of capital leaves the lot open: `quantity` then says which shares it was paid on.

    `lot_id` names the undivided lot. `disallowed_base` is the part of the loss that the wash-sale rule takes
    out of the year; of it, `permanent_base` went to an account where it is never made good. `origin` and
    `acquisition_id` say how and by which ledger row the lot came, None where the book does not know the lot.
    """

    id: UUID
    portfolio_id: UUID
    instrument_id: UUID
    transaction_id: UUID
    lot_id: UUID | None
    acquired: date | None
    holding_date: date | None
    disposed: date
    quantity: Decimal
    currency: str
    proceeds: Decimal
    proceeds_base: Decimal | None
    basis: Decimal | None
    basis_base: Decimal | None
    term: Term
    is_short_sale: bool = False
    cause: DisposalCause = DisposalCause.SALE
    disallowed_base: Decimal = Decimal(0)
    permanent_base: Decimal = Decimal(0)
    origin: LotOrigin | None = None
    acquisition_id: UUID | None = None

    @property
    def gain(self) -> Decimal | None:
        """Proceeds less basis, in the trade's currency; None while the basis is not known."""
        return None if self.basis is None else self.proceeds - self.basis

    @property
    def gain_base(self) -> Decimal | None:
        """Proceeds less basis, in the portfolio's base currency; None while either is not known."""
        if self.proceeds_base is None or self.basis_base is None:
            return None
        return self.proceeds_base - self.basis_base

    @property
    def recognised_base(self) -> Decimal | None:
        """The gain that reaches the return: proceeds less basis, with the disallowed loss added back."""
        gain = self.gain_base
        return None if gain is None else gain + self.disallowed_base


@dataclass(frozen=True, slots=True, kw_only=True)
class WashRecord:
    """Shares of a loss matched with shares that replaced them (IRC 1091), one row a pair.

    `disposal_id` is the washed piece, `sale_id` and `sold` its ledger row and day. The replacement is named
    by its account, instrument, ledger row, day and undivided lot. `quantity` counts the shares sold as of
    the sale, `replacement_quantity` those that replaced them, as of the match. `disallowed_base` is in the
    base currency of the loss; where `is_permanent`, no basis took it up. `days_tacked` were added to the
    holding period (IRC 1223(3)), None where none were.
    """

    id: UUID
    disposal_id: UUID
    portfolio_id: UUID
    instrument_id: UUID
    sale_id: UUID
    sold: date
    quantity: Decimal
    replacement_portfolio_id: UUID
    replacement_instrument_id: UUID
    replacement_id: UUID
    replacement_lot_id: UUID
    replaced_on: date
    replacement_quantity: Decimal
    disallowed_base: Decimal
    is_permanent: bool
    days_tacked: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingRecord:
    """The position of one portfolio in one instrument; basis is None when any open lot lacks it.

    Both `quantity` and `basis` of a short position are negative, so value less basis is the gain on
    either side. Lots in several currencies have no common `basis`, only `basis_base`.
    """

    id: UUID
    portfolio_id: UUID
    instrument_id: UUID
    quantity: Decimal
    currency: str
    basis: Decimal | None
    basis_base: Decimal | None
    lot_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementRecord:
    """A change of a position on a day, splits and transfers included: the input of daily valuation."""

    portfolio_id: UUID
    instrument_id: UUID
    day: date
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRecord:
    """Something that a person should look at, with the row it concerns and a sentence that says why."""

    kind: FindingKind
    portfolio_id: UUID
    instrument_id: UUID | None
    transaction_id: UUID | None
    day: date | None
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """Everything that follows from a ledger. Each tuple has one fixed order: equal ledgers, equal bytes."""

    lots: tuple[LotRecord, ...] = ()
    disposals: tuple[DisposalRecord, ...] = ()
    holdings: tuple[HoldingRecord, ...] = ()
    movements: tuple[MovementRecord, ...] = ()
    findings: tuple[FindingRecord, ...] = ()
    washes: tuple[WashRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRecord:
    """One close: `close` in `currency` for one unit of the instrument, as traded on `day` (not adjusted)."""

    instrument_id: UUID
    day: date
    close: Decimal
    currency: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuationRecord:
    """What a portfolio was worth at the end of a day, in its base currency.

    `value` is None when something held has no usable price; `missing` names what. `flow` is the net of
    deposits, withdrawals and transfers of the day. `stale` names what was valued at an older close.
    """

    portfolio_id: UUID
    day: date
    value: Decimal | None
    cash: Decimal | None
    flow: Decimal | None
    missing: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentFacts:
    """What a source says about an instrument; empty strings where it says nothing.

    `asset_class` is one of: stock, fund, bond, option, future, currency, crypto, cash, other. `put_call` is
    C or P for an option, `underlying` the symbol of what it is on.
    """

    symbol: str
    name: str = ""
    asset_class: str = "stock"
    currency: str = ""
    exchange: str = ""
    conid: str = ""
    isin: str = ""
    cusip: str = ""
    multiplier: Decimal = Decimal(1)
    underlying: str = ""
    put_call: str = ""
    sector: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedTransaction:
    """A transaction as a source states it, before it meets the book; signs as in TransactionRecord.

    `natural_key` is the same whenever the same event is read again, from this file or another one.
    `row` is the source row as text by column, kept for lineage; `line` is where it stands in the file.
    `reverses_key` names the natural key of the row that this one cancels; the two legs of one transfer
    between accounts of a household share a `transfer_key`, the fills of one order an `order_ref`.
    """

    natural_key: str
    line: int
    section: str
    row: dict[str, str]
    kind: TransactionKind
    trade_date: date
    executed_at: datetime | None = None
    settle_date: date | None = None
    instrument: InstrumentFacts | None = None
    counterpart: InstrumentFacts | None = None
    quantity: Decimal = Decimal(0)
    price: Decimal | None = None
    amount: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    currency: str = ""
    fx_rate: Decimal | None = None
    position_effect: PositionEffect = PositionEffect.UNSET
    ratio_new: Decimal | None = None
    ratio_old: Decimal | None = None
    counter_quantity: Decimal | None = None
    counter_amount: Decimal | None = None
    counter_currency: str = ""
    basis_fraction: Decimal | None = None
    cost: Decimal | None = None
    acquired: date | None = None
    reverses_key: str = ""
    transfer_key: str = ""
    order_ref: str = ""
    note: str = ""


class RowStatus(StrEnum):
    """What became of a source row."""

    READ = "read"
    IGNORED = "ignored"
    LEFT_OUT = "left_out"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowOutcome:
    """The fate of one source row, in words: `ignored` repeats other rows, `left_out` is not supported,
    `wrong` cannot be understood (then `field` says where).
    """

    line: int
    section: str
    status: RowStatus
    reason: str = ""
    field: str = ""
    natural_key: str = ""
    row: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedLot:
    """A lot of a stated position as the broker keeps it: signed quantity, day acquired and basis if given."""

    line: int
    quantity: Decimal
    acquired: date | None = None
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedPosition:
    """A position as the statement itself gives it, at the end of `day`; cost is the broker's basis if given.

    `lots` are the broker's own, for a position whose history is not in the book; they add up to `quantity`
    or are left empty. `is_prior` marks a position on the eve of the statement's first day.
    """

    line: int
    instrument: InstrumentFacts
    quantity: Decimal
    currency: str
    day: date
    cost: Decimal | None = None
    price: Decimal | None = None
    fx_rate: Decimal | None = None
    is_prior: bool = False
    lots: tuple[StatedLot, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedCash:
    """A cash balance as the statement gives it: `start` at its first day, `end` at its last."""

    line: int
    currency: str
    start: Decimal | None
    end: Decimal
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedPrice:
    """A close that a statement mentions in passing, or a currency rate (asset class currency)."""

    instrument: InstrumentFacts
    day: date
    close: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStatement:
    """One account's part of a file."""

    account: str
    base_currency: str
    first_day: date | None
    last_day: date | None
    transactions: tuple[ParsedTransaction, ...] = ()
    positions: tuple[StatedPosition, ...] = ()
    cash: tuple[StatedCash, ...] = ()
    prices: tuple[StatedPrice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A file, read: its accounts and the fate of every row of it."""

    source: str
    accounts: tuple[AccountStatement, ...]
    rows: tuple[RowOutcome, ...]
