"""What the operations of imports take and give."""

from typing import Any

from rest_framework import serializers

from portfolios.models import ImportRow, ImportRun, Portfolio


class ImportUploadSerializer(serializers.Serializer[Any]):
    """A file, and the portfolio it belongs to when that is known."""

    file = serializers.FileField(max_length=200, help_text="Flex XML or CSV, at most 100 MB.")
    portfolio = serializers.UUIDField(required=False, help_text="Else the review asks.")


class ImportAccountSerializer(serializers.Serializer[Any]):
    """An account that the file speaks of."""

    number = serializers.CharField()
    currency = serializers.CharField(allow_blank=True)


class ImportRunSerializer(serializers.ModelSerializer[ImportRun]):
    """A file on its way into the book."""

    portfolio = serializers.UUIDField(source="portfolio_id", allow_null=True)
    accounts = ImportAccountSerializer(many=True)

    class Meta:
        model = ImportRun
        fields = (
            "id", "state", "source", "file_name", "file_size", "portfolio", "accounts", "rows_total",
            "rows_new", "rows_known", "rows_ignored", "rows_left_out", "rows_wrong", "error", "created_at",
            "started_at", "finished_at",
        )  # fmt: skip


class ImportRowSerializer(serializers.ModelSerializer[ImportRow]):
    """What became of one row, and why."""

    row = serializers.DictField(child=serializers.CharField(allow_null=True), help_text="As the file had it.")

    class Meta:
        model = ImportRow
        fields = ("id", "line", "section", "account", "status", "field", "reason", "summary", "row")


class NewPortfolioSerializer(serializers.Serializer[Any]):
    """A portfolio to open."""

    name = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(choices=Portfolio.Kind.choices, default=Portfolio.Kind.TAXABLE)
    base_currency = serializers.RegexField(r"^[A-Z]{3}$", default="USD")


class AccountChoiceSerializer(serializers.Serializer[Any]):
    """Where one account of the file goes: `portfolio`, a `new` one, or neither to leave it out."""

    number = serializers.CharField(max_length=60, allow_blank=True)
    portfolio = serializers.UUIDField(required=False, allow_null=True)
    new = NewPortfolioSerializer(required=False, allow_null=True)


class ImportConfirmSerializer(serializers.Serializer[Any]):
    """The word that lets a file in."""

    accounts = AccountChoiceSerializer(many=True)
    adopts_openings = serializers.BooleanField(
        default=False, help_text="Add opening positions for what the file states but does not explain."
    )
