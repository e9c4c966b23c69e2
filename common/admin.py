"""The support desk: what operators and auditors may do there, and the tables of the ground."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from common.models import AuditEvent, IdempotencyKey, OutboxEvent


class OperatorAdmin(admin.ModelAdmin[Any]):
    """Operators and auditors see; only operators act; nobody edits unless a class says so.

    Rows are changed by actions that call services (`@admin.action(permissions=["act"])`). `editable` opens
    the form of a table to operators; rows are never deleted here, since what happened must stay readable.
    """

    editable: ClassVar[bool] = False
    addable: ClassVar[bool] = False
    list_per_page = 50
    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Operators and auditors may enter."""
        return bool(request.user.is_staff)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Operators and auditors may look."""
        return bool(request.user.is_staff)

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Operators may run the actions of a table."""
        return bool(getattr(request.user, "is_operator", False))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Operators, where the table allows it."""
        return self.addable and self.has_act_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Operators, where the table allows it."""
        return self.editable and self.has_act_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nobody."""
        return False


@admin.register(OutboxEvent)
class OutboxEventAdmin(OperatorAdmin):
    """Events on their way to relays."""

    list_display = ("topic", "household_id", "created_at", "relayed_at")
    list_filter = ("topic",)
    search_fields = ("=id", "topic", "=household_id")
    date_hierarchy = "created_at"


@admin.register(AuditEvent)
class AuditEventAdmin(OperatorAdmin):
    """Who did what, and when."""

    list_display = ("created_at", "action", "actor", "object_type", "object_id")
    list_filter = ("action", "object_type")
    list_select_related = ("actor",)
    search_fields = ("=object_id", "action", "actor__email")
    date_hierarchy = "created_at"


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(OperatorAdmin):
    """Writes that clients marked as one and the same."""

    list_display = ("key", "user", "response_status", "created_at")
    list_select_related = ("user",)
    search_fields = ("=key", "user__email")
