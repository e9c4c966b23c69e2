"""Gateways to a broker, the accounts behind them, and what a broker calls our instruments."""

from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import HouseholdMember, User, Viewer
from common.encrypted_fields import EncryptedText
from common.models import CurrencyField, MoneyField, TimestampedModel
from portfolios.models import PortfolioScopedQuerySet


class Gateway(TimestampedModel):
    """A login at a broker through one gateway program: how to reach it, and how the daemon finds it.

    One daemon owns a gateway at a time. Who takes it over raises `epoch`, and no write of an older epoch
    counts any more: that is the fence. `order_id_floor` is the highest order number ever used by the client,
    kept because a gateway that restarts may count from below it again.
    """

    class Environment(models.TextChoices):
        """Whether orders move real money."""

        PAPER = "paper", "Paper"
        LIVE = "live", "Live"

    class State(models.TextChoices):
        """What the daemon says of its connection; orders are sent in READY alone."""

        DOWN = "down", "Down"
        CONNECTING = "connecting", "Connecting"
        SYNCING = "syncing", "Comparing with the broker"
        READY = "ready", "Ready"
        DEGRADED = "degraded", "Degraded"
        MAINTENANCE = "maintenance", "Maintenance"

    name = models.SlugField(max_length=40, unique=True)
    environment = models.CharField(max_length=10, choices=Environment, default=Environment.PAPER)
    host = models.CharField(max_length=120, default="127.0.0.1")
    port = models.PositiveIntegerField(default=4002)
    client_id = models.PositiveIntegerField(default=17)
    maintenance = models.CharField(max_length=20, blank=True, default="north_america")
    is_enabled = models.BooleanField(default=True)
    is_read_only = models.BooleanField(default=False)

    state = models.CharField(max_length=12, choices=State, default=State.DOWN)
    state_since = models.DateTimeField(null=True, blank=True)
    words = models.CharField(max_length=300, blank=True)
    server_version = models.PositiveIntegerField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    last_tick_at = models.DateTimeField(null=True, blank=True)
    reconciled_at = models.DateTimeField(null=True, blank=True)
    build = models.CharField(max_length=64, blank=True)

    holder = models.CharField(max_length=120, blank=True)
    epoch = models.PositiveBigIntegerField(default=0)
    held_until = models.DateTimeField(null=True, blank=True)
    order_id_floor = models.PositiveBigIntegerField(default=0)
    inquiries = models.PositiveBigIntegerField(default=0)

    class Meta:
        db_table = "gateway_states"
        constraints = [
            models.UniqueConstraint(fields=["host", "port", "client_id"], name="gateway_one_client"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_live(self) -> bool:
        """Whether orders through it move real money."""
        return self.environment == self.Environment.LIVE


def _traders(user: User) -> "QuerySet[HouseholdMember]":
    """`user` as a member of a row's household who sees all of its accounts, or holds this one.

    Not as somebody who is shown it by a grant: a member may be that too, in an account of another's.
    """
    members = HouseholdMember.objects.filter(household=OuterRef("portfolio__household"), user=user)
    return members.filter(Q(sees_all=True) | Q(pk=OuterRef("portfolio__holder")))


class PortfolioRowsQuerySet(PortfolioScopedQuerySet):
    """Rows that belong to a portfolio and are reached only through it."""

    def tradable_by(self, user: Viewer) -> Self:
        """Rows of accounts in which `user` may trade: those of one's own household, never by a grant."""
        if not isinstance(user, User):
            return self.none()
        return self.filter(Exists(_traders(user)))

    def with_tradability(self, user: User) -> Self:
        """Rows with `is_tradable`, as `tradable_by` asks.

        And with `sees_taxes`: whether as one who sees all of the household, so that its tax may be told.
        """
        traders = _traders(user)
        return self.annotate(is_tradable=Exists(traders), sees_taxes=Exists(traders.filter(sees_all=True)))


class BrokerAccount(TimestampedModel):
    """An account at the broker, tied to the portfolio whose book it is.

    Cash and buying power are what the broker said at `values_at`, in `currency`; None until it has. With a
    Flex query and its token the statements of the account are fetched nightly; `flex_until` is the last day
    that one told of.
    """

    gateway = models.ForeignKey(Gateway, on_delete=models.PROTECT, related_name="accounts")
    portfolio = models.OneToOneField(
        "portfolios.Portfolio", on_delete=models.CASCADE, related_name="broker_account"
    )
    code = models.CharField(max_length=40)
    currency = CurrencyField(default="USD")
    may_trade = models.BooleanField(default=True)
    has_margin = models.BooleanField(default=False)
    cash = MoneyField(null=True, blank=True)
    buying_power = MoneyField(null=True, blank=True)
    net_liquidation = MoneyField(null=True, blank=True)
    values_at = models.DateTimeField(null=True, blank=True)
    flex_query = models.CharField(max_length=20, blank=True)
    flex_token = EncryptedText(blank=True, default="")
    flex_until = models.DateField(null=True, blank=True)

    # What `with_tradability` adds to a row.
    is_tradable: bool
    sees_taxes: bool

    objects = PortfolioRowsQuerySet.as_manager()

    class Meta:
        db_table = "broker_accounts"
        constraints = [models.UniqueConstraint(fields=["gateway", "code"], name="broker_account_code")]

    def __str__(self) -> str:
        return f"••{self.code[-4:]}"


class Contract(TimestampedModel):
    """What the broker behind a gateway calls an instrument, as it said itself."""

    gateway = models.ForeignKey(Gateway, on_delete=models.CASCADE, related_name="contracts")
    instrument = models.ForeignKey(
        "portfolios.Instrument", on_delete=models.CASCADE, related_name="broker_contracts"
    )
    con_id = models.PositiveBigIntegerField()
    symbol = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, default="STK")
    exchange = models.CharField(max_length=30, default="SMART")
    primary_exchange = models.CharField(max_length=30, blank=True)
    currency = CurrencyField()
    name = models.CharField(max_length=200, blank=True)
    min_tick = MoneyField(default=Decimal("0.01"))
    size_increment = MoneyField(default=Decimal(1))
    # Shares a day, the mean of twenty, as the broker's bars told at `volume_at`.
    average_volume = MoneyField(null=True, blank=True)
    volume_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "broker_contracts"
        constraints = [models.UniqueConstraint(fields=["gateway", "instrument"], name="contract_instrument")]
        indexes = [models.Index(fields=["gateway", "con_id"], name="contract_number")]

    def __str__(self) -> str:
        return f"{self.symbol} {self.con_id}"
