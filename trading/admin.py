"""The support desk of trading: gateways, accounts and limits; orders and fills to read; the kill switch."""

from typing import ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from common.admin import OperatorAdmin
from common.errors import DomainError
from trading.models import (
    BrokerAccount,
    Contract,
    Difference,
    Execution,
    Gateway,
    KillSwitch,
    Order,
    OrderEvent,
    Restriction,
    RiskLimit,
    SyncRun,
)
from trading.services.differences import difference_settle
from trading.services.kill_switches import kill_switch_engage, kill_switch_lift


@admin.register(Gateway)
class GatewayAdmin(OperatorAdmin):
    """How a gateway is reached, and how it stands."""

    editable = addable = True
    fields = (
        "name", "environment", "host", "port", "client_id", "maintenance", "is_enabled", "is_read_only",
    )  # fmt: skip
    list_display = ("name", "environment", "state", "words", "heartbeat_at", "reconciled_at")
    search_fields = ("name", "host")
    list_filter = ("environment", "state")
    actions = ("stop_all_trading",)

    @admin.action(permissions=["act"], description="Stop all trading, everywhere")
    def stop_all_trading(self, request: HttpRequest, _gateways: QuerySet[Gateway]) -> None:
        """The kill switch for everybody."""
        actor = request.user if isinstance(request.user, User) else None
        kill_switch_engage(
            account=None, reason="Stopped by an operator.", now=timezone.now(), actor=actor, origin="operator"
        )
        self.message_user(request, "All trading is stopped. Two operators lift it.", messages.WARNING)


class BrokerAccountForm(forms.ModelForm[BrokerAccount]):
    """An account; its token is written and never shown, and stays when the field is left empty."""

    flex_token = forms.CharField(
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Client Portal, Settings, Flex Web Service. Left empty, the one that is kept stays.",
    )

    class Meta:
        model = BrokerAccount
        fields = ("gateway", "portfolio", "code", "currency", "may_trade", "flex_query", "flex_token")

    def clean_flex_token(self) -> str:
        """The token that was written, else the one that is kept."""
        return str(self.cleaned_data["flex_token"] or self.instance.flex_token)


@admin.register(BrokerAccount)
class BrokerAccountAdmin(OperatorAdmin):
    """Which account at the broker belongs to which portfolio."""

    editable = addable = True
    form = BrokerAccountForm
    fields = ("gateway", "portfolio", "code", "currency", "may_trade", "flex_query", "flex_token")
    list_display = ("__str__", "portfolio", "gateway", "may_trade", "values_at")
    search_fields = ("code", "portfolio__name")
    list_filter = ("gateway", "may_trade")
    autocomplete_fields: ClassVar[tuple[str, ...]] = ("portfolio",)
    actions = ("stop_trading",)

    @admin.action(permissions=["act"], description="Stop trading in these accounts")
    def stop_trading(self, request: HttpRequest, accounts: QuerySet[BrokerAccount]) -> None:
        """The kill switch for single accounts."""
        actor = request.user if isinstance(request.user, User) else None
        for account in accounts.select_related("portfolio"):
            kill_switch_engage(
                account=account, reason="Stopped by an operator.", now=timezone.now(), actor=actor,
                origin="operator",
            )  # fmt: skip
        self.message_user(request, "Trading is stopped there. Two operators lift it.", messages.WARNING)


@admin.register(KillSwitch)
class KillSwitchAdmin(OperatorAdmin):
    """Stops, and the two operators who lift one."""

    list_display = ("__str__", "reason", "engaged_by", "engaged_at", "first_lift_by", "lifted_by")
    search_fields = ("=id", "reason")
    list_filter = (("lifted_at", admin.EmptyFieldListFilter),)
    actions = ("lift",)

    @admin.action(permissions=["act"], description="Agree to lift; the second operator lifts")
    def lift(self, request: HttpRequest, switches: QuerySet[KillSwitch]) -> None:
        """One operator's word for each chosen stop."""
        if not isinstance(request.user, User):
            return
        for switch in switches:
            try:
                row = kill_switch_lift(switch=switch, now=timezone.now(), actor=request.user)
            except DomainError as error:
                self.message_user(request, error.detail, messages.ERROR)
            else:
                words = "Lifted." if row.lifted_at else "Noted. A second operator must agree."
                self.message_user(request, words)


@admin.register(RiskLimit)
class RiskLimitAdmin(OperatorAdmin):
    """Limits for everybody, and for accounts that differ."""

    editable = addable = True
    list_display = ("__str__", "order_quantity", "order_notional", "day_notional", "collar_deny")
    search_fields = ("account__code",)


@admin.register(Restriction)
class RestrictionAdmin(OperatorAdmin):
    """Instruments that must not be bought or sold."""

    editable = addable = True
    list_display = ("instrument", "side", "household", "portfolio", "begins", "ends", "is_hard", "reason")
    list_filter = ("is_hard", "side", "origin")
    search_fields = ("instrument__symbol", "reason")
    autocomplete_fields = ("instrument",)
    list_select_related = ("instrument", "household", "portfolio")


@admin.register(Order)
class OrderAdmin(OperatorAdmin):
    """Orders, to read."""

    list_display = ("id", "side", "quantity", "instrument", "kind", "state", "filled", "created_at")
    list_filter = ("state", "side", "kind", "origin")
    search_fields = ("=id", "instrument__symbol")
    list_select_related = ("instrument",)


@admin.register(OrderEvent)
class OrderEventAdmin(OperatorAdmin):
    """What happened to orders, to read."""

    list_display = ("at", "order_id", "kind", "before", "after", "words")
    list_filter = ("kind",)
    search_fields = ("=order__id",)


@admin.register(Execution)
class ExecutionAdmin(OperatorAdmin):
    """Fills, to read."""

    list_display = ("exec_id", "side", "quantity", "instrument", "price", "commission", "executed_at")
    list_filter = ("side",)
    search_fields = ("exec_id", "=order__id", "instrument__symbol")
    list_select_related = ("instrument",)


@admin.register(Contract)
class ContractAdmin(OperatorAdmin):
    """What brokers call instruments, to read."""

    list_display = ("symbol", "con_id", "gateway", "primary_exchange", "currency", "min_tick")
    search_fields = ("symbol", "=con_id")


@admin.register(SyncRun)
class SyncRunAdmin(OperatorAdmin):
    """Comparisons with brokers, to read."""

    list_display = ("started_at", "gateway", "cause", "state", "finished_at", "words")
    search_fields = ("=id", "gateway__name", "words")
    list_filter = ("state", "cause")


@admin.register(Difference)
class DifferenceAdmin(OperatorAdmin):
    """Where book and broker do not agree, to read."""

    list_display = ("seen_at", "account", "kind", "subject", "ours", "theirs", "words", "closed_at")
    search_fields = ("=id", "subject", "words")
    list_filter = ("kind", ("closed_at", admin.EmptyFieldListFilter))
    actions = ("settle",)

    @admin.action(permissions=["act"], description="Settle: looked into, nothing left to do")
    def settle(self, request: HttpRequest, differences: QuerySet[Difference]) -> None:
        """Close what no comparison closes; the next one opens again what is still there."""
        if not isinstance(request.user, User):
            return
        for difference in differences.filter(closed_at__isnull=True):
            difference_settle(
                difference=difference, reason="Looked into by an operator.", actor=request.user,
                now=timezone.now(),
            )  # fmt: skip
        self.message_user(request, "Settled.")
