"""The first tables of the portfolios app."""

from decimal import Decimal

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.identifiers
import common.models
import portfolios.engine.records


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_first_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="IdentityGroup",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=common.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("name", models.CharField(max_length=120)),
                ("source", models.CharField(blank=True, max_length=200)),
                (
                    "household",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="accounts.household",
                    ),
                ),
            ],
            options={
                "db_table": "identity_groups",
            },
        ),
        migrations.CreateModel(
            name="Instrument",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=common.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("symbol", models.CharField(max_length=60)),
                ("name", models.CharField(blank=True, max_length=200)),
                (
                    "asset_class",
                    models.CharField(
                        choices=[
                            ("stock", "Stocks"),
                            ("fund", "Funds"),
                            ("bond", "Bonds"),
                            ("option", "Options"),
                            ("future", "Futures"),
                            ("currency", "Currency pairs"),
                            ("crypto", "Digital assets"),
                            ("cash", "Cash"),
                            ("index", "Indices"),
                            ("other", "Other"),
                        ],
                        default="stock",
                        max_length=10,
                    ),
                ),
                ("currency", common.models.CurrencyField(max_length=3)),
                ("exchange", models.CharField(blank=True, max_length=30)),
                ("conid", models.CharField(blank=True, max_length=20)),
                ("isin", models.CharField(blank=True, max_length=12)),
                ("cusip", models.CharField(blank=True, max_length=9)),
                ("multiplier", common.models.MoneyField(decimal_places=8, default=Decimal(1), max_digits=20)),
                ("sector", models.CharField(blank=True, max_length=60)),
                ("tracked_index", models.CharField(blank=True, max_length=120)),
                (
                    "household",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="instruments",
                        to="accounts.household",
                    ),
                ),
                (
                    "identity_group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="instruments",
                        to="portfolios.identitygroup",
                    ),
                ),
            ],
            options={
                "db_table": "instruments",
            },
        ),
        migrations.CreateModel(
            name="Portfolio",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=common.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("name", models.CharField(max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("taxable", "Taxable"),
                            ("joint", "Joint taxable"),
                            ("ira", "Traditional IRA"),
                            ("roth", "Roth IRA"),
                            ("401k", "401(k)"),
                            ("hsa", "HSA"),
                            ("spouse_taxable", "Spouse, taxable"),
                            ("spouse_ira", "Spouse, IRA"),
                            ("paper", "Paper"),
                        ],
                        default="taxable",
                        max_length=20,
                    ),
                ),
                ("base_currency", common.models.CurrencyField(default="USD", max_length=3)),
                (
                    "relief",
                    models.CharField(
                        choices=[("fifo", "Fifo")],
                        default=portfolios.engine.records.ReliefMethod["FIFO"],
                        max_length=20,
                    ),
                ),
                ("reinvests_dividends", models.BooleanField(default=False)),
                ("closed_on", models.DateField(blank=True, null=True)),
                (
                    "external_account",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="portfolio",
                        to="accounts.externalaccount",
                    ),
                ),
                (
                    "holder",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="portfolios",
                        to="accounts.householdmember",
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="portfolios",
                        to="accounts.household",
                    ),
                ),
            ],
            options={
                "db_table": "portfolios",
            },
        ),
        migrations.CreateModel(
            name="ImportRun",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=common.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("uploaded", "Uploaded"),
                            ("mapping", "Waiting for its columns"),
                            ("reading", "Being read"),
                            ("review", "Waiting for review"),
                            ("importing", "Being imported"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="uploaded",
                        max_length=10,
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=10)),
                ("file", models.FileField(upload_to="imports/%Y/%m/")),
                ("file_name", models.CharField(max_length=200)),
                ("file_size", models.PositiveBigIntegerField()),
                ("file_digest", models.CharField(max_length=64)),
                ("mapping", models.JSONField(blank=True, null=True)),
                ("accounts", models.JSONField(default=list)),
                ("account_map", models.JSONField(default=dict)),
                ("adopts_openings", models.BooleanField(default=False)),
                ("rows_total", models.PositiveIntegerField(default=0)),
                ("rows_new", models.PositiveIntegerField(default=0)),
                ("rows_known", models.PositiveIntegerField(default=0)),
                ("rows_ignored", models.PositiveIntegerField(default=0)),
                ("rows_left_out", models.PositiveIntegerField(default=0)),
                ("rows_wrong", models.PositiveIntegerField(default=0)),
                ("error", models.CharField(blank=True, max_length=500)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="import_runs",
                        to="accounts.household",
                    ),
                ),
                (
                    "portfolio",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="import_runs",
                        to="portfolios.portfolio",
                    ),
                ),
            ],
            options={
                "db_table": "import_runs",
            },
        ),
        migrations.CreateModel(
            name="Holding",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=common.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("quantity", common.models.MoneyField(decimal_places=8, max_digits=20)),
                ("currency", common.models.CurrencyField(max_length=3)),
                ("basis", common.models.MoneyField(blank=True, decimal_places=8, max_digits=20, null=True)),
                (
                    "basis_base",
                    common.models.MoneyField(blank=True, decimal_places=8, max_digits=20, null=True),
                ),
                ("lot_count", models.PositiveIntegerField(default=0)),
                (
                    "instrument",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holdings",
                        to="portfolios.instrument",
                    ),
                ),
                (
                    "portfolio",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="holdings",
                        to="portfolios.portfolio",
                    ),
                ),
            ],
            options={
                "db_table": "holdings",
            },
        ),
        migrations.CreateModel(
            name="FindingDismissal",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=common.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("finding_id", models.UUIDField(unique=True)),
                ("reason", models.CharField(max_length=300)),
                (
                    "dismissed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "portfolio",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="dismissals",
                        to="portfolios.portfolio",
                    ),
                ),
            ],
            options={
                "db_table": "finding_dismissals",
            },
        ),
        migrations.CreateModel(
            name="CashBalance",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=common.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("currency", common.models.CurrencyField(max_length=3)),
                ("amount", common.models.MoneyField(decimal_places=8, max_digits=20)),
                (
                    "portfolio",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cash_balances",
                        to="portfolios.portfolio",
                    ),
                ),
            ],
            options={
                "db_table": "cash_balances",
            },
        ),
        migrations.CreateModel(
            name="Price",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=common.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("day", models.DateField()),
                ("close", common.models.MoneyField(decimal_places=8, max_digits=20)),
                ("currency", common.models.CurrencyField(max_length=3)),
                ("source", models.CharField(max_length=60)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "instrument",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="prices",
                        to="portfolios.instrument",
                    ),
                ),
            ],
            options={
                "db_table": "prices",
            },
        ),
        migrations.CreateModel(
            name="StatedBalance",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=common.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("day", models.DateField()),
                ("currency", common.models.CurrencyField(max_length=3)),
                ("quantity", common.models.MoneyField(decimal_places=8, max_digits=20)),
                ("cost", common.models.MoneyField(blank=True, decimal_places=8, max_digits=20, null=True)),
                ("line", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "import_run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stated_balances",
                        to="portfolios.importrun",
                    ),
                ),
                (
                    "instrument",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="portfolios.instrument",
                    ),
                ),
                (
                    "portfolio",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stated_balances",
                        to="portfolios.portfolio",
                    ),
                ),
            ],
            options={
                "db_table": "stated_balances",
            },
        ),
        migrations.CreateModel(
            name="Transaction",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=common.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("buy", "Buy"),
                            ("sell", "Sell"),
                            ("reinvest", "Reinvest"),
                            ("dividend", "Dividend"),
                            ("interest", "Interest"),
                            ("fee", "Fee"),
                            ("tax", "Tax"),
                            ("deposit", "Deposit"),
                            ("withdrawal", "Withdrawal"),
                            ("exchange", "Exchange"),
                            ("split", "Split"),
                            ("stock_dividend", "Stock dividend"),
                            ("spin_off", "Spin off"),
                            ("merger", "Merger"),
                            ("return_of_capital", "Return of capital"),
                            ("transfer_in", "Transfer in"),
                            ("transfer_out", "Transfer out"),
                            ("opening", "Opening"),
                        ],
                        max_length=20,
                    ),
                ),
                ("trade_date", models.DateField()),
                ("sequence", models.BigIntegerField(default=0)),
                ("executed_at", models.DateTimeField(blank=True, null=True)),
                ("settle_date", models.DateField(blank=True, null=True)),
                ("quantity", common.models.MoneyField(decimal_places=8, default=Decimal(0), max_digits=20)),
                ("price", common.models.MoneyField(blank=True, decimal_places=8, max_digits=20, null=True)),
                ("amount", common.models.MoneyField(decimal_places=8, default=Decimal(0), max_digits=20)),
                ("fees", common.models.MoneyField(decimal_places=8, default=Decimal(0), max_digits=20)),
                ("currency", common.models.CurrencyField(max_length=3)),
                ("fx_rate", common.models.RateField(blank=True, decimal_places=12, max_digits=24, null=True)),
                (
                    "position_effect",
                    models.CharField(
                        blank=True,
                        choices=[("", "Unset"), ("open", "Open"), ("close", "Close")],
                        default=portfolios.engine.records.PositionEffect["UNSET"],
                        max_length=5,
                    ),
                ),
                (
                    "ratio_new",
                    common.models.MoneyField(blank=True, decimal_places=8, max_digits=20, null=True),
                ),
                (
                    "ratio_old",
                    common.models.MoneyField(blank=True, decimal_places=8, max_digits=20, null=True),
                ),
                (
                    "counter_quantity",
                    common.models.MoneyField(blank=True, decimal_places=8, max_digits=20, null=True),
                ),
                (
                    "counter_amount",
                    common.models.MoneyField(blank=True, decimal_places=8, max_digits=20, null=True),
                ),
                ("counter_currency", common.models.CurrencyField(blank=True, default="", max_length=3)),
                (
                    "basis_fraction",
                    common.models.RateField(blank=True, decimal_places=12, max_digits=24, null=True),
                ),
                ("cost", common.models.MoneyField(blank=True, decimal_places=8, max_digits=20, null=True)),
                ("acquired", models.DateField(blank=True, null=True)),
                ("transfer_id", models.UUIDField(blank=True, null=True)),
                ("lot_choice", models.JSONField(blank=True, null=True)),
                ("source", models.CharField(max_length=20)),
                ("natural_key", models.CharField(max_length=120)),
                ("source_hash", models.CharField(max_length=64)),
                ("source_row", models.JSONField(default=dict)),
                ("source_line", models.PositiveIntegerField(blank=True, null=True)),
                ("note", models.CharField(blank=True, max_length=300)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "counterpart",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="counterpart_transactions",
                        to="portfolios.instrument",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "import_run",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transactions",
                        to="portfolios.importrun",
                    ),
                ),
                (
                    "instrument",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transactions",
                        to="portfolios.instrument",
                    ),
                ),
                (
                    "portfolio",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transactions",
                        to="portfolios.portfolio",
                    ),
                ),
                (
                    "reverses",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversal",
                        to="portfolios.transaction",
                    ),
                ),
            ],
            options={
                "db_table": "trades",
            },
        ),
        migrations.CreateModel(
            name="Lot",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=common.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "origin",
                    models.CharField(
                        choices=[
                            ("buy", "Buy"),
                            ("reinvest", "Reinvest"),
                            ("short", "Short"),
                            ("spin_off", "Spin off"),
                            ("merger", "Merger"),
                            ("transfer", "Transfer"),
                            ("opening", "Opening"),
                        ],
                        max_length=10,
                    ),
                ),
                ("acquired", models.DateField(blank=True, null=True)),
                ("holding_date", models.DateField(blank=True, null=True)),
                ("quantity", common.models.MoneyField(decimal_places=8, max_digits=20)),
                ("currency", common.models.CurrencyField(max_length=3)),
                ("cost", common.models.MoneyField(blank=True, decimal_places=8, max_digits=20, null=True)),
                (
                    "cost_base",
                    common.models.MoneyField(blank=True, decimal_places=8, max_digits=20, null=True),
                ),
                ("basis", common.models.MoneyField(blank=True, decimal_places=8, max_digits=20, null=True)),
                (
                    "basis_base",
                    common.models.MoneyField(blank=True, decimal_places=8, max_digits=20, null=True),
                ),
                (
                    "instrument",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lots",
                        to="portfolios.instrument",
                    ),
                ),
                (
                    "portfolio",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lots",
                        to="portfolios.portfolio",
                    ),
                ),
                (
                    "transaction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lots",
                        to="portfolios.transaction",
                    ),
                ),
            ],
            options={
                "db_table": "tax_lots",
            },
        ),
        migrations.CreateModel(
            name="Finding",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=common.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("oversold", "Oversold"),
                            ("basis_unknown", "Basis unknown"),
                            ("acquired_unknown", "Acquired unknown"),
                            ("no_position", "No position"),
                            ("allocation_unknown", "Allocation unknown"),
                            ("rate_missing", "Rate missing"),
                            ("transfer_unmatched", "Transfer unmatched"),
                            ("position_differs", "Position differs"),
                            ("cash_differs", "Cash differs"),
                            ("price_missing", "Price missing"),
                            ("price_stale", "Price stale"),
                            ("row_unusable", "Row unusable"),
                            ("reversal_unmatched", "Reversal unmatched"),
                        ],
                        max_length=20,
                    ),
                ),
                ("day", models.DateField(blank=True, null=True)),
                ("detail", models.CharField(max_length=500)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "instrument",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="portfolios.instrument",
                    ),
                ),
                (
                    "portfolio",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="findings",
                        to="portfolios.portfolio",
                    ),
                ),
                (
                    "transaction",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="findings",
                        to="portfolios.transaction",
                    ),
                ),
            ],
            options={
                "db_table": "findings",
            },
        ),
        migrations.CreateModel(
            name="Disposal",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=common.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("lot_id", models.UUIDField(blank=True, null=True)),
                ("acquired", models.DateField(blank=True, null=True)),
                ("holding_date", models.DateField(blank=True, null=True)),
                ("disposed", models.DateField()),
                ("quantity", common.models.MoneyField(decimal_places=8, max_digits=20)),
                ("currency", common.models.CurrencyField(max_length=3)),
                ("proceeds", common.models.MoneyField(decimal_places=8, max_digits=20)),
                (
                    "proceeds_base",
                    common.models.MoneyField(blank=True, decimal_places=8, max_digits=20, null=True),
                ),
                ("basis", common.models.MoneyField(blank=True, decimal_places=8, max_digits=20, null=True)),
                (
                    "basis_base",
                    common.models.MoneyField(blank=True, decimal_places=8, max_digits=20, null=True),
                ),
                (
                    "gain_base",
                    common.models.MoneyField(blank=True, decimal_places=8, max_digits=20, null=True),
                ),
                (
                    "term",
                    models.CharField(
                        choices=[("short", "Short"), ("long", "Long"), ("unknown", "Unknown")], max_length=10
                    ),
                ),
                ("is_short_sale", models.BooleanField(default=False)),
                (
                    "instrument",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="disposals",
                        to="portfolios.instrument",
                    ),
                ),
                (
                    "portfolio",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="disposals",
                        to="portfolios.portfolio",
                    ),
                ),
                (
                    "transaction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="disposals",
                        to="portfolios.transaction",
                    ),
                ),
            ],
            options={
                "db_table": "disposals",
            },
        ),
        migrations.CreateModel(
            name="Valuation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=common.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("day", models.DateField()),
                ("value", common.models.MoneyField(blank=True, decimal_places=8, max_digits=20, null=True)),
                ("cash", common.models.MoneyField(blank=True, decimal_places=8, max_digits=20, null=True)),
                ("flow", common.models.MoneyField(blank=True, decimal_places=8, max_digits=20, null=True)),
                ("missing", models.TextField(blank=True, default="")),
                ("stale", models.TextField(blank=True, default="")),
                (
                    "portfolio",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="valuations",
                        to="portfolios.portfolio",
                    ),
                ),
            ],
            options={
                "db_table": "valuations",
            },
        ),
        migrations.CreateModel(
            name="ColumnMapping",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=common.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("name", models.CharField(max_length=80)),
                ("header", models.CharField(max_length=64)),
                ("mapping", models.JSONField()),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mappings",
                        to="accounts.household",
                    ),
                ),
            ],
            options={
                "db_table": "column_mappings",
                "constraints": [
                    models.UniqueConstraint(fields=("household", "name"), name="column_mapping_name")
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportRow",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=common.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("line", models.PositiveIntegerField()),
                ("section", models.CharField(blank=True, max_length=60)),
                ("account", models.CharField(blank=True, max_length=60)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("known", "Already in the book"),
                            ("stated", "Used to check the book"),
                            ("ignored", "Repeats other rows"),
                            ("left_out", "Left out"),
                            ("wrong", "Not understood"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("field", models.CharField(blank=True, max_length=60)),
                ("summary", models.CharField(blank=True, max_length=200)),
                ("natural_key", models.CharField(blank=True, max_length=120)),
                ("row", models.JSONField(default=dict)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="portfolios.importrun",
                    ),
                ),
            ],
            options={
                "db_table": "import_rows",
                "indexes": [models.Index(fields=["run", "status", "line"], name="import_row_status")],
            },
        ),
        migrations.AddIndex(
            model_name="instrument",
            index=models.Index(fields=["symbol", "currency"], name="instrument_symbol"),
        ),
        migrations.AddConstraint(
            model_name="instrument",
            constraint=models.UniqueConstraint(
                condition=models.Q(("conid", ""), _negated=True),
                fields=("household", "conid"),
                name="instrument_conid",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="portfolio",
            constraint=models.UniqueConstraint(fields=("household", "name"), name="portfolio_name"),
        ),
        migrations.AddIndex(
            model_name="importrun",
            index=models.Index(fields=["household", "-created_at"], name="import_recent"),
        ),
        migrations.AddConstraint(
            model_name="holding",
            constraint=models.UniqueConstraint(fields=("portfolio", "instrument"), name="holding_position"),
        ),
        migrations.AddConstraint(
            model_name="cashbalance",
            constraint=models.UniqueConstraint(fields=("portfolio", "currency"), name="cash_currency"),
        ),
        migrations.AddConstraint(
            model_name="price",
            constraint=models.UniqueConstraint(fields=("instrument", "day"), name="price_day"),
        ),
        migrations.AddConstraint(
            model_name="price",
            constraint=models.CheckConstraint(condition=models.Q(("close__gt", 0)), name="price_positive"),
        ),
        migrations.AddConstraint(
            model_name="statedbalance",
            constraint=models.UniqueConstraint(
                fields=("portfolio", "day", "instrument", "currency"),
                name="stated_balance_day",
                nulls_distinct=False,
            ),
        ),
        migrations.AddIndex(
            model_name="transaction",
            index=models.Index(fields=["portfolio", "-trade_date", "-sequence", "-id"], name="trade_by_day"),
        ),
        migrations.AddIndex(
            model_name="transaction",
            index=models.Index(fields=["instrument", "trade_date"], name="trade_by_instrument"),
        ),
        migrations.AddIndex(
            model_name="transaction",
            index=models.Index(
                condition=models.Q(("transfer_id__isnull", False)),
                fields=["transfer_id"],
                name="trade_transfer",
            ),
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=models.UniqueConstraint(fields=("portfolio", "natural_key"), name="trade_natural_key"),
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=models.CheckConstraint(
                condition=models.Q(("fees__gte", 0)), name="trade_fees_not_negative"
            ),
        ),
        migrations.AddIndex(
            model_name="lot",
            index=models.Index(fields=["portfolio", "instrument"], name="lot_position"),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["portfolio", "kind"], name="finding_kind"),
        ),
        migrations.AddIndex(
            model_name="disposal",
            index=models.Index(fields=["portfolio", "disposed"], name="disposal_by_day"),
        ),
        migrations.AddConstraint(
            model_name="valuation",
            constraint=models.UniqueConstraint(fields=("portfolio", "day"), name="valuation_day"),
        ),
    ]
