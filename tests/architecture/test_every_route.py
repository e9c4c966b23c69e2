"""Every route, tried as everybody: nobody reaches what is not theirs, and a route not listed here fails.

To add a route, add its line to ROUTES: the name (with its namespace), the kind, and the ids and fields it
takes, by the names of `route_world.world_make`.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.db import transaction
from django.urls import URLResolver, get_resolver
from rest_framework.permissions import AllowAny

from tests.architecture.route_walk import (
    METHODS,
    READ_AND_WRITE,
    READS,
    SIGN_IN,
    Answer,
    Kind,
    Route,
    filled,
    made_up,
    routes_found,
    session_of,
    tables_written,
    tried,
)
from tests.architecture.route_world import MARK, World, rows_of, world_make
from wealthalloc.asgi import application
from wealthalloc.routing import websocket_urlpatterns

PUBLIC, OWN, SCOPED, OPERATOR, DEMO = Kind.PUBLIC, Kind.OWN, Kind.SCOPED, Kind.OPERATOR, Kind.DEMO

IN_HOUSEHOLD = {"household": "household"}
IN_ACCOUNT = {"portfolio": "portfolio"}
PORTFOLIO = {"portfolio_id": "portfolio"}
INSTRUMENT = {"instrument_id": "instrument"}
TRANSACTION = {"transaction_id": "transaction"}
TAX_YEAR = {"year": "2026"}
RUN = {"run_id": "run"}
ORDER = {"order_id": "order"}
HARVEST = {"harvest_id": "harvest"}
BASKET = {
    "0-portfolio": "portfolio",
    "0-symbol": "ZQXMARK1",
    "0-side": "buy",
    "0-quantity": "3",
    "0-kind": "market",
    "0-time_in_force": "day",
}
TICKET = {
    "instrument": "instrument",
    "portfolio": "portfolio",
    "side": "buy",
    "quantity": "1",
    "kind": "market",
    "time_in_force": "day",
}
ASKED = {"account": "portfolio", "instrument": "instrument", "side": "buy", "quantity": "1"}
REBALANCE = {"rebalance_id": "rebalance"}
PLAN_SIDE = {"plan": "greedy", "side": "sell"}
FINDING = {"finding_id": "finding"}
ANOMALY = {"anomaly_id": "anomaly"}
TRAINING = {"run_id": "training"}
MODEL = {"model_id": "model"}
PLAN = {"plan_id": "plan"}
ADVICE = {"recommendation_id": "recommendation"}
LESSON = {"slug": "zqxlesson"}
ALERT = {"alert_id": "alert"}
ENTRY = {
    "entry_id": "portfolio",
    "portfolio": "portfolio",
    "kind": "deposit",
    "trade_date": "2026-03-02",
    "amount": "1",
    "currency": "USD",
}

BACKTEST = {
    "years": "10",
    "rates": "35/15",
    "review": "monthly",
    "threshold": "any",
    "deposits": "lump",
    "use": "gains",
    "cost": "0",
}

ROUTES: dict[str, Route] = {
    # Doors
    "welcome": Route(kind=PUBLIC),
    "healthz": Route(kind=PUBLIC),
    "readyz": Route(kind=PUBLIC),
    "service_worker": Route(kind=PUBLIC),
    "manifest": Route(kind=PUBLIC),
    "offline": Route(kind=PUBLIC),
    # Signing in
    "account_login": Route(kind=PUBLIC),
    "account_signup": Route(kind=PUBLIC),
    "account_logout": Route(kind=PUBLIC),
    "account_inactive": Route(kind=PUBLIC),
    "account_reset_password": Route(kind=PUBLIC),
    "account_reset_password_done": Route(kind=PUBLIC),
    "account_reset_password_from_key": Route(kind=PUBLIC, ids={"uidb36": "1", "key": "key"}),
    "account_reset_password_from_key_done": Route(kind=PUBLIC),
    "account_confirm_email": Route(kind=PUBLIC, ids={"key": "key"}),
    "account_email_verification_sent": Route(kind=PUBLIC),
    "account_confirm_login_code": Route(kind=PUBLIC),
    "account_reauthenticate": Route(kind=OWN),
    "account_email": Route(kind=OWN),
    "account_change_password": Route(kind=OWN),
    "account_set_password": Route(kind=OWN),
    "mfa_authenticate": Route(kind=PUBLIC),
    "mfa_index": Route(kind=OWN),
    "mfa_reauthenticate": Route(kind=OWN),
    "mfa_activate_totp": Route(kind=OWN),
    "mfa_deactivate_totp": Route(kind=OWN),
    "mfa_view_recovery_codes": Route(kind=OWN),
    "mfa_generate_recovery_codes": Route(kind=OWN),
    "mfa_download_recovery_codes": Route(kind=OWN),
    # People and households
    "accounts:demo_enter": Route(kind=DEMO),
    "accounts:settings": Route(kind=OWN),
    "accounts:profile_change": Route(
        kind=OWN, data={"name": "X", "time_zone": "UTC", "locale": "en-US", "id": "owner"}
    ),
    "accounts:household_change": Route(
        kind=OWN, data={"name": "X", "base_currency": "EUR", "household_id": "household"}
    ),
    "accounts:filing_status_change": Route(
        kind=OWN, data={"filing_status": "head", "household_id": "household"}
    ),
    "accounts:tax_profile_now": Route(kind=OWN),
    "accounts:tax_profile": Route(
        kind=OWN, ids={"year": "2026"}, data={"filing_status": "head", "household_id": "household"}
    ),
    "accounts:sign_ins_end": Route(kind=OWN, data={"user": "owner"}),
    "accounts:sign_in_end": Route(kind=SCOPED, ids={"family_id": "family"}, granted=False),
    "accounts:deactivate": Route(kind=OWN, data={"user": "owner"}),
    "household": Route(kind=OWN),
    "member_new": Route(kind=OWN, data={"name": "X", "relationship": "spouse", "household_id": "household"}),
    "member_edit": Route(
        kind=SCOPED, ids={"member_id": "spouse"}, data={"name": "X", "relationship": "self"}, granted=False
    ),
    "member_drop": Route(kind=SCOPED, ids={"member_id": "spouse"}, granted=False),
    "grant_new": Route(
        kind=OWN, data={"email": "other@example.test", "scope": "manage", "portfolio": "portfolio"}
    ),
    "grant_end": Route(kind=SCOPED, ids={"grant_id": "other_grant"}, granted=False),
    "export_everything": Route(kind=OWN),
    # The book as a whole
    "dashboard": Route(kind=OWN, query=IN_HOUSEHOLD),
    "dashboard_day": Route(kind=OWN, ids={"day": "2026-02-02"}, query=IN_ACCOUNT),
    "palette": Route(kind=OWN),
    "banners": Route(kind=OWN),
    "portfolios:value_series": Route(kind=OWN, query=IN_ACCOUNT),
    "portfolios:performance": Route(kind=OWN, query=IN_ACCOUNT),
    "portfolios:growth_series": Route(kind=OWN, query=IN_ACCOUNT),
    "portfolios:drawdown_series": Route(kind=OWN, query=IN_HOUSEHOLD),
    "portfolios:allocation": Route(kind=OWN, query=IN_ACCOUNT),
    "portfolios:allocation_export": Route(kind=OWN, query=IN_ACCOUNT),
    "portfolios:targets": Route(
        kind=OWN,
        data={
            "rows_shown": "1",
            "kind_0": "instrument",
            "key_0": "instrument",
            "weight_0": "50",
            "household": "household",
        },
    ),
    "portfolios:why": Route(kind=OWN, ids={"figure": "value_today"}, query=IN_ACCOUNT),
    "portfolios:why_disallowed": Route(kind=SCOPED, ids={"disposal_id": "washed"}),
    "portfolios:why_deferred": Route(kind=SCOPED, ids={"lot_id": "deferred"}),
    # Trading
    "trading:ticket": Route(kind=OWN, query={"instrument": "instrument", "portfolio": "portfolio"}),
    "trading:ticket_search": Route(kind=OWN, query={"q": "ZQXMARK"}),
    "trading:ticket_broker_search": Route(kind=OWN, query={"q": "ZQXMARK"}),
    "trading:ticket_adopt": Route(kind=OWN, data={"portfolio": "portfolio", "con_id": "1", "symbol": "X"}),
    "trading:basket": Route(kind=OWN, query={"symbol": "ZQXMARK1", "portfolio": "portfolio"}),
    "trading:basket_preview": Route(kind=OWN, data=BASKET),
    "trading:basket_send": Route(kind=OWN, data=BASKET | {"key": "one"}),
    "trading:ticket_quote": Route(kind=SCOPED, ids=INSTRUMENT, granted=False),
    "trading:ticket_preview": Route(kind=OWN, data=TICKET),
    "trading:ticket_send": Route(kind=OWN, data=TICKET | {"key": "one"}),
    "trading:blotter": Route(kind=OWN, query=IN_ACCOUNT | {"view": "history"}),
    "trading:orders_export": Route(kind=OWN, query=IN_ACCOUNT | {"view": "history"}),
    "trading:order_detail": Route(kind=SCOPED, ids=ORDER),
    "trading:order_cancel": Route(kind=SCOPED, ids=ORDER, granted=False),
    "trading:order_change": Route(kind=SCOPED, ids=ORDER, data={"quantity": "3"}, granted=False),
    "trading:connection": Route(kind=OWN),
    "trading:differences": Route(kind=OWN),
    "trading:difference_settle": Route(
        kind=SCOPED, ids={"difference_id": "difference"}, data={"reason": "X"}, granted=False
    ),
    "trading:account_stop": Route(kind=SCOPED, ids=PORTFOLIO, data={"reason": "X"}, granted=False),
    # Taxes
    "taxharvest:what_if": Route(kind=OWN, query={"portfolio": "portfolio", "instrument": "instrument"}),
    "taxharvest:harvests": Route(kind=OWN, query=IN_HOUSEHOLD),
    "taxharvest:harvest": Route(kind=SCOPED, ids=HARVEST),
    "taxharvest:harvest_approve": Route(
        kind=SCOPED, ids=HARVEST, data={"version": "0", "key": "k", "replacement": "cash"}, granted=False
    ),
    "taxharvest:harvest_put_forward": Route(
        kind=SCOPED, ids=HARVEST, data={"version": "0", "key": "k", "replacement": "cash"}, granted=False
    ),
    "taxharvest:harvest_dismiss": Route(kind=SCOPED, ids=HARVEST, data={"reason": "X"}, granted=False),
    "taxharvest:plans": Route(kind=OWN),
    "taxharvest:plan": Route(kind=SCOPED, ids={"plan_id": "harvest_plan"}),
    "taxharvest:plan_decide": Route(
        kind=SCOPED,
        ids={"plan_id": "harvest_plan"},
        data={"choice": "stay", "version": "0", "key": "k"},
        granted=False,
    ),
    "taxharvest:harvest_policies": Route(kind=OWN),
    "taxharvest:harvest_policy": Route(
        kind=SCOPED, ids=PORTFOLIO, data={"threshold": "option", "least_benefit": "1"}, granted=False
    ),
    "taxharvest:harvest_card": Route(kind=OWN, query=IN_HOUSEHOLD),
    "taxharvest:scan_now": Route(kind=OWN),
    "taxharvest:scan_progress": Route(kind=SCOPED, ids={"scan_id": "scan"}),
    "taxharvest:wash_watch": Route(kind=OWN, query=IN_ACCOUNT),
    "taxharvest:wash_watch_export": Route(kind=OWN, query=IN_ACCOUNT),
    "taxharvest:wash_windows": Route(kind=OWN, query=IN_ACCOUNT),
    "taxharvest:alert_seen": Route(kind=SCOPED, ids=ALERT, granted=False),
    "taxharvest:planned_purchases": Route(
        kind=OWN,
        data={
            "portfolio": "portfolio",
            "instrument": "instrument",
            "amount": "50",
            "pace": "monthly",
            "next_on": "2026-12-01",
        },
    ),
    "taxharvest:plan_pause": Route(kind=SCOPED, ids=PLAN, granted=False),
    "taxharvest:plan_go_on": Route(kind=SCOPED, ids=PLAN, data={"agreed": "1"}, granted=False),
    "taxharvest:plan_end": Route(kind=SCOPED, ids=PLAN, granted=False),
    "taxharvest:reinvestment_pause": Route(kind=SCOPED, ids=PORTFOLIO, granted=False),
    "taxharvest:reinvestment_go_on": Route(kind=SCOPED, ids=PORTFOLIO, data={"agreed": "1"}, granted=False),
    "taxharvest:wash_guard_change": Route(kind=OWN, data={"reaction": "block", "household_id": "household"}),
    "taxharvest:backtest": Route(kind=OWN, data=BACKTEST),
    "taxharvest:backtest_progress": Route(kind=OWN),
    "taxharvest:planner": Route(kind=OWN, query=IN_HOUSEHOLD),
    "taxharvest:rebalances": Route(kind=OWN, data={"closeness": "balanced", "household": "household"}),
    "taxharvest:rebalance": Route(kind=SCOPED, ids=REBALANCE, granted=False),
    "taxharvest:rebalance_progress": Route(kind=SCOPED, ids=REBALANCE, granted=False),
    "taxharvest:rebalance_preview": Route(kind=SCOPED, ids=REBALANCE, data=PLAN_SIDE, granted=False),
    "taxharvest:rebalance_send": Route(
        kind=SCOPED, ids=REBALANCE, data=PLAN_SIDE | {"key": "two"}, granted=False
    ),
    # Risk
    "mlrecs:risk": Route(kind=OWN, query=IN_HOUSEHOLD),
    "mlrecs:risk_detail": Route(kind=SCOPED, ids=PORTFOLIO),
    "mlrecs:risk_measure_now": Route(kind=SCOPED, ids=PORTFOLIO),
    "mlrecs:risk_progress": Route(kind=SCOPED, ids=PORTFOLIO),
    # Lessons
    # Advice
    "mlrecs:insights": Route(kind=OWN, query=IN_HOUSEHOLD),
    "mlrecs:insights_look": Route(kind=OWN),
    "mlrecs:risk_profile": Route(kind=OWN, data={"fall": "hold", "household": "household"}),
    "mlrecs:market_views": Route(
        kind=OWN, data={"instrument": "instrument", "expected_return": "1", "confidence": "50"}
    ),
    "mlrecs:market_view_drop": Route(kind=SCOPED, ids={"view_id": "market_view"}, granted=False),
    "mlrecs:insight": Route(kind=SCOPED, ids=ADVICE, granted=False),
    "mlrecs:insight_accept": Route(kind=SCOPED, ids=ADVICE, granted=False),
    "mlrecs:insight_basket": Route(kind=SCOPED, ids=ADVICE, granted=False),
    "mlrecs:insight_dismiss": Route(kind=SCOPED, ids=ADVICE, data={"reason": "X"}, granted=False),
    "mlrecs:insight_snooze": Route(kind=SCOPED, ids=ADVICE, data={"days": "7"}, granted=False),
    # Sentiment and lessons
    "mlrecs:sentiment": Route(kind=OWN, query=IN_HOUSEHOLD),
    "mlrecs:learn": Route(kind=OWN),
    "mlrecs:lesson": Route(kind=OWN, ids=LESSON),
    "mlrecs:lesson_progress": Route(kind=OWN, ids=LESSON, data={"part": "1"}),
    # Models and anomalies
    "mlrecs:anomalies": Route(kind=OWN, query={"subject": "portfolio"}),
    "mlrecs:anomaly_seen": Route(kind=SCOPED, ids=ANOMALY, granted=False),
    "mlrecs:anomaly_mute": Route(kind=SCOPED, ids=ANOMALY, data={"days": "30"}, granted=False),
    "mlrecs:models": Route(kind=OWN, data={"name": "lstm", "source": "own", "seed": "1"}),
    "mlrecs:model": Route(kind=SCOPED, ids=MODEL, granted=False),
    "mlrecs:training_progress": Route(kind=SCOPED, ids=TRAINING, granted=False),
    "mlrecs:training_stop": Route(kind=SCOPED, ids=TRAINING, granted=False),
    "mlrecs:training_go_on": Route(kind=SCOPED, ids=TRAINING, granted=False),
    # Accounts, holdings, lots
    "portfolios:portfolio_list": Route(kind=OWN, query=IN_HOUSEHOLD),
    "portfolios:portfolio_new": Route(
        kind=OWN,
        data={"name": "X", "kind": "taxable", "holder": "member", "base_currency": "USD", "relief": "fifo"},
    ),
    "portfolios:portfolio_detail": Route(kind=SCOPED, ids=PORTFOLIO),
    "portfolios:portfolio_change": Route(
        kind=SCOPED,
        ids=PORTFOLIO,
        data={"name": "X", "kind": "taxable", "holder": "member", "base_currency": "EUR", "relief": "fifo"},
        granted=False,
    ),
    "portfolios:portfolio_end": Route(kind=SCOPED, ids=PORTFOLIO, granted=False),
    "portfolios:holdings_export": Route(kind=SCOPED, ids=PORTFOLIO),
    "portfolios:holdings_export_all": Route(kind=OWN, query=IN_ACCOUNT),
    "portfolios:holding_detail": Route(kind=SCOPED, ids=INSTRUMENT, query=IN_ACCOUNT),
    "portfolios:holding_prices": Route(kind=SCOPED, ids=INSTRUMENT),
    "portfolios:lots_export": Route(kind=SCOPED, ids=INSTRUMENT, query=IN_ACCOUNT),
    "portfolios:lot_source": Route(kind=SCOPED, ids={"lot_id": "lot"}),
    "portfolios:disposal_source": Route(kind=SCOPED, ids={"disposal_id": "disposal"}),
    # The ledger
    "portfolios:transaction_list": Route(kind=OWN, query=IN_ACCOUNT),
    "portfolios:transactions_export": Route(kind=OWN, query=IN_ACCOUNT),
    "portfolios:transaction_new": Route(kind=OWN, data=ENTRY),
    "portfolios:transaction_detail": Route(kind=SCOPED, ids=TRANSACTION),
    "portfolios:transaction_undo": Route(kind=SCOPED, ids=TRANSACTION, data={"reason": "X"}, granted=False),
    "portfolios:choose_lots": Route(kind=SCOPED, ids={"transaction_id": "sale"}),
    # Tax settings
    "portfolios:wash_rules": Route(kind=OWN, data={"household": "household", "options_replace": "off"}),
    "portfolios:identity_list": Route(kind=OWN),
    "portfolios:identity_new": Route(
        kind=OWN, data={"group_id": "group", "name": "X", "instruments": "instrument"}
    ),
    "portfolios:identity_change": Route(
        kind=SCOPED,
        ids={"group_id": "group"},
        data={"group_id": "group", "name": "X", "instruments": "instrument"},
        granted=False,
    ),
    "portfolios:identity_drop": Route(kind=SCOPED, ids={"group_id": "group"}, granted=False),
    # The tax year
    "taxharvest:tax_centre": Route(kind=OWN, query=IN_HOUSEHOLD),
    "taxharvest:tax_forms": Route(kind=OWN, ids=TAX_YEAR, query=IN_HOUSEHOLD),
    "taxharvest:tax_form_file": Route(
        kind=OWN, ids={**TAX_YEAR, "form": "8949", "file_format": "json"}, query=IN_HOUSEHOLD
    ),
    "taxharvest:reconciliation": Route(kind=OWN, ids=TAX_YEAR, query=IN_HOUSEHOLD),
    # Imports
    "portfolios:import_list": Route(kind=OWN),
    "portfolios:import_new": Route(kind=OWN, data=IN_ACCOUNT),
    "portfolios:import_detail": Route(kind=SCOPED, ids=RUN),
    "portfolios:import_progress": Route(kind=SCOPED, ids=RUN),
    "portfolios:import_mapping": Route(kind=SCOPED, ids=RUN, granted=False),
    "portfolios:import_remap": Route(kind=SCOPED, ids=RUN, granted=False),
    "portfolios:import_review": Route(kind=SCOPED, ids=RUN, granted=False),
    "portfolios:import_confirm": Route(kind=SCOPED, ids=RUN, granted=False),
    "portfolios:import_cancel": Route(kind=SCOPED, ids=RUN, granted=False),
    "portfolios:import_rows": Route(kind=SCOPED, ids=RUN),
    "portfolios:import_rows_csv": Route(kind=SCOPED, ids=RUN),
    # Data check
    "portfolios:data_check": Route(kind=OWN),
    "portfolios:finding_dismiss": Route(kind=SCOPED, ids=FINDING, data={"reason": "X"}, granted=False),
    "portfolios:finding_restore": Route(kind=SCOPED, ids=FINDING, granted=False),
    # The API
    "api:schema": Route(kind=PUBLIC),
    "api:docs": Route(kind=PUBLIC),
    "api:dashboard": Route(kind=OWN),
    "api:portfolio_list": Route(kind=OWN),
    "api:portfolio_detail": Route(kind=SCOPED, ids=PORTFOLIO),
    "api:holdings": Route(kind=SCOPED, ids=PORTFOLIO),
    "api:lots": Route(kind=SCOPED, ids=PORTFOLIO),
    "api:disposals": Route(kind=SCOPED, ids=PORTFOLIO),
    "api:tax_report": Route(kind=OWN, query=IN_HOUSEHOLD),
    "api:transactions": Route(kind=SCOPED, ids=PORTFOLIO),
    "api:prices": Route(kind=SCOPED, ids=PORTFOLIO),
    "api:performance": Route(kind=SCOPED, ids=PORTFOLIO),
    "api:allocation": Route(kind=SCOPED, ids=PORTFOLIO),
    "api:targets": Route(kind=OWN, data={"targets": "instrument", "household": "household"}),
    "api:what_if": Route(
        kind=OWN,
        data={"portfolio": "portfolio", "instrument": "instrument", "quantity": "1", "price": "1"},
    ),
    "api:tax_harvesting": Route(kind=OWN, query=IN_HOUSEHOLD),
    "api:tax_harvesting_one": Route(kind=SCOPED, ids=HARVEST),
    "api:tax_harvesting_approve": Route(kind=SCOPED, ids=HARVEST, data={"version": "0"}, granted=False),
    "api:tax_harvesting_propose": Route(kind=SCOPED, ids=HARVEST, data={"version": "0"}, granted=False),
    "api:tax_harvesting_dismiss": Route(kind=SCOPED, ids=HARVEST, data={"reason": "X"}, granted=False),
    "api:tax_harvesting_policies": Route(kind=OWN),
    "api:tax_harvesting_policy": Route(
        kind=SCOPED, ids=PORTFOLIO, data={"is_enabled": "true"}, granted=False
    ),
    "api:tax_harvesting_plans": Route(kind=OWN),
    "api:tax_harvesting_plan": Route(kind=SCOPED, ids={"plan_id": "harvest_plan"}),
    "api:tax_harvesting_plan_decide": Route(
        kind=SCOPED,
        ids={"plan_id": "harvest_plan"},
        data={"choice": "stay", "version": "0"},
        granted=False,
    ),
    "api:tax_harvesting_scan": Route(kind=OWN),
    "api:tax_harvesting_scans": Route(kind=OWN, query=IN_HOUSEHOLD),
    "api:tax_harvesting_scan_progress": Route(kind=SCOPED, ids={"scan_id": "scan"}),
    "api:tax_harvesting_kpis": Route(kind=OWN, query=IN_HOUSEHOLD),
    "api:wash_watch": Route(kind=OWN, query=IN_ACCOUNT),
    "api:wash_windows": Route(kind=OWN, query=IN_ACCOUNT),
    "api:wash_alerts": Route(kind=OWN),
    "api:wash_alert_close": Route(kind=SCOPED, ids=ALERT, granted=False),
    "api:wash_guard": Route(kind=OWN, data={"reaction": "block", "household": "household"}),
    "api:harvest_backtests": Route(kind=OWN, data=BACKTEST),
    "api:planner": Route(kind=OWN, query=IN_HOUSEHOLD),
    "api:rebalances": Route(kind=OWN, data={"accounts": "portfolio", "household": "household"}),
    "api:rebalance": Route(kind=SCOPED, ids=REBALANCE, granted=False),
    "api:anomalies": Route(kind=OWN, query={"portfolio": "portfolio"}),
    "api:anomaly_scores": Route(kind=OWN, query={"portfolio": "portfolio"}),
    "api:anomaly_acknowledge": Route(kind=SCOPED, ids=ANOMALY, granted=False),
    "api:anomaly_mute": Route(kind=SCOPED, ids=ANOMALY, data={"days": "30"}, granted=False),
    "api:models": Route(kind=OWN),
    "api:model": Route(kind=SCOPED, ids=MODEL, granted=False),
    "api:trainings": Route(kind=OWN, data={"name": "lstm", "source": "own"}),
    "api:training": Route(kind=SCOPED, ids=TRAINING, granted=False),
    "api:training_stop": Route(kind=SCOPED, ids=TRAINING, granted=False),
    "api:training_go_on": Route(kind=SCOPED, ids=TRAINING, granted=False),
    "api:trade": Route(kind=OWN, data=ASKED),
    "api:trade_preview": Route(kind=OWN, data=ASKED),
    "api:orders": Route(kind=OWN, query={"account": "portfolio"}),
    "api:order_detail": Route(kind=SCOPED, ids=ORDER),
    "api:order_cancel": Route(kind=SCOPED, ids=ORDER, granted=False),
    "api:order_change": Route(kind=SCOPED, ids=ORDER, data={"quantity": "3"}, granted=False),
    "api:gateways": Route(kind=OWN),
    "api:reconciliation": Route(kind=OWN, query={"account": "portfolio"}),
    "api:imports": Route(kind=OWN, data=IN_ACCOUNT),
    "api:import_detail": Route(kind=SCOPED, ids=RUN),
    "api:import_rows": Route(kind=SCOPED, ids=RUN),
    "api:import_confirm": Route(kind=SCOPED, ids=RUN, granted=False),
    "api:import_cancel": Route(kind=SCOPED, ids=RUN, granted=False),
    "api:auth_token": Route(kind=PUBLIC),
    "api:auth_token_refresh": Route(kind=PUBLIC),
    "api:auth_token_revoke": Route(kind=PUBLIC),
    "api:households": Route(kind=OWN),
    "api:grants": Route(kind=OWN),
    "api:risk": Route(kind=OWN, query=IN_HOUSEHOLD),
    "api:risk_report": Route(kind=SCOPED, ids=PORTFOLIO),
    "api:recommendations": Route(kind=OWN),
    "api:recommendation": Route(kind=SCOPED, ids=ADVICE, granted=False),
    "api:recommendation_accept": Route(kind=SCOPED, ids=ADVICE, granted=False),
    "api:recommendation_dismiss": Route(kind=SCOPED, ids=ADVICE, data={"reason": "X"}, granted=False),
    "api:recommendation_snooze": Route(
        kind=SCOPED, ids=ADVICE, data={"until": "2026-12-01T00:00:00Z"}, granted=False
    ),
    "api:news": Route(kind=OWN, query=IN_HOUSEHOLD),
    "api:lessons": Route(kind=OWN),
    "api:lesson": Route(kind=OWN, ids=LESSON),
    "api:unknown_route": Route(kind=PUBLIC),
}
# Sockets by their path: each refuses whoever is not signed in.
SOCKETS: tuple[str, ...] = ("", "^ws/prices/$", "^ws/portfolio/$")
# Classes of the API that ask for no sign-in, since they are the way to one.
OPEN_VIEWS = {"TokenView", "TokenRefreshView", "TokenRevokeView"}


def is_desk(name: str) -> bool:
    """Whether a route belongs to the support desk, whose tables the framework names."""
    return name.startswith(("admin:", "/admin/"))


def listed(*, with_desk: bool) -> Iterator[tuple[str, Route]]:
    """The table, and the support desk where it is wanted."""
    yield from ROUTES.items()
    known = {"object_id": "owner", "app_label": "accounts", "content_type_id": "1", "url": "nothing"}
    for name, arguments in routes_found().items():
        if with_desk and is_desk(name):
            yield name, Route(kind=OPERATOR, ids={argument: known[argument] for argument in arguments})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The world, and a session for everybody in it."""

    world: World
    sessions: dict[str, str | None]

    def ids(self, route: Route) -> dict[str, str]:
        """The ids of a route, of rows of the household."""
        return filled(route.ids, self.world.ids)

    def answers(self, who: str, name: str, route: Route, ids: dict[str, str]) -> list[Answer]:
        """What everything that can be asked of a route answers."""
        methods = READ_AND_WRITE if who in {"former", "operator", "auditor"} else METHODS
        session = self.sessions[who]
        return tried(session=session, name=name, route=route, ids=ids, world=self.world.ids, methods=methods)


@pytest.fixture
def stage(db: None, settings: Any) -> Iterator[Stage]:
    """The household and everybody around it; refusals are not logged, there are thousands."""
    # Sessions that live in the database alone come back with it when a try is taken back.
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
    logging.disable(logging.CRITICAL)
    world = world_make()
    signed_in = {name: session_of(person) for name, person in world.people().items()}
    yield Stage(world=world, sessions={"nobody": None, **signed_in})
    logging.disable(logging.NOTSET)


def faults(
    stage: Stage,
    who: str,
    wrong: Callable[[str, Route, Answer], str | None],
    *,
    with_desk: bool = False,
) -> list[str]:
    """What `wrong` says of every answer to `who`, and every change of the household."""
    found: list[str] = []
    before = rows_of(stage.world)
    for name, route in listed(with_desk=with_desk):
        with transaction.atomic():
            with tables_written() as tables:
                answers = stage.answers(who, name, route, stage.ids(route))
            after = rows_of(stage.world, tables)
            transaction.set_rollback(True)
        found += [
            f"{name} {answer.method}{'?' if answer.asked else ''} {answer.status}: {words}"
            for answer in answers
            if (words := "breaks" if answer.status >= 500 else wrong(name, route, answer))
        ]
        held = {row: value for row, value in before.items() if row[0] in tables}
        if changed := {table for (table, _), _ in held.items() ^ after.items()}:
            found.append(f"{name}: changed {', '.join(sorted(changed))}")
    return found


def is_refusal(answer: Answer) -> bool:
    """Whether an answer tells nothing: not found, or no such method. What methods there are is no secret."""
    return answer.status in ({404, 405, 200} if answer.method == "options" else {404, 405})


def test_every_route_is_listed_and_no_line_is_stale() -> None:
    found = {name for name in routes_found() if not is_desk(name)} - {"style_guide"}
    assert sorted(found - set(ROUTES)) == []
    assert sorted(set(ROUTES) - found) == []


def test_every_route_with_an_id_is_tried_with_one_of_the_household() -> None:
    for name, arguments in routes_found().items():
        if name in ROUTES:
            assert sorted(ROUTES[name].ids) == sorted(arguments), name
            assert ("UUIDConverter" in arguments.values()) == (ROUTES[name].kind is SCOPED), name


def test_every_operation_of_the_api_asks_for_a_sign_in() -> None:
    views = [view for callback in callbacks() if (view := getattr(callback, "cls", None))]
    own = [view for view in views if not view.__module__.startswith("drf_spectacular.")]
    assert {view.__name__ for view in own if AllowAny in view.permission_classes} == OPEN_VIEWS
    assert [view for view in own if not view.permission_classes] == []


def callbacks(patterns: Any = None) -> Iterator[Any]:
    """What every route calls."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from callbacks(pattern.url_patterns)
        else:
            yield pattern.callback


def test_the_owner_reaches_their_own_rows(stage: Stage) -> None:
    """Otherwise every refusal below would prove nothing."""
    unreached = []
    for name, route in ROUTES.items():
        if route.kind is not SCOPED and not route.query:
            continue
        with transaction.atomic():
            answers = stage.answers("owner", name, route, stage.ids(route))
            transaction.set_rollback(True)
        if route.kind is SCOPED and all(is_refusal(answer) for answer in answers if not answer.asked):
            unreached.append(name)
        if any(answer.asked and answer.status != 200 for answer in answers):
            unreached.append(f"{name}?")
    assert unreached == []


def test_nobody_who_is_not_signed_in_reaches_anything(stage: Stage) -> None:
    def wrong(name: str, route: Route, answer: Answer) -> str | None:
        if MARK in answer.body:
            return "shows the household"
        if route.kind is PUBLIC or name == "admin:logout":
            return "asks for a sign-in" if answer.location.startswith(f"{SIGN_IN}?next=") else None
        if route.kind is DEMO:
            return None if is_refusal(answer) else "is open although no demo runs"
        if answer.status in {401, 403, 404, 405} or answer.location.startswith((SIGN_IN, "/admin/login/")):
            return None
        return "is open"

    assert faults(stage, "nobody", wrong, with_desk=True) == []


@pytest.mark.parametrize("who", ["stranger", "former", "operator"])
def test_for_everybody_else_a_foreign_id_does_not_exist(stage: Stage, who: str) -> None:
    def wrong(_name: str, route: Route, answer: Answer) -> str | None:
        if MARK in answer.body:
            return "shows the household"
        if route.kind is OPERATOR:
            return "is open" if answer.status == 200 else None
        if route.kind is SCOPED and not is_refusal(answer):
            return "gives a hint"
        return None

    assert faults(stage, who, wrong, with_desk=who == "stranger") == []


def test_a_foreign_id_is_answered_like_one_that_nothing_has(stage: Stage) -> None:
    differing = []
    for name, route in ROUTES.items():
        if route.kind is not SCOPED and not route.query:
            continue
        foreign = stage.answers("stranger", name, route, stage.ids(route))
        strange = replace(route, query=made_up(route.query, stage.world.ids))
        nothing = stage.answers("stranger", name, strange, made_up(route.ids, stage.world.ids))
        if foreign != nothing:
            differing.append(name)
    assert differing == []


def test_somebody_with_leave_to_read_reads_and_writes_nothing(stage: Stage) -> None:
    def wrong(_name: str, route: Route, answer: Answer) -> str | None:
        if answer.asked:
            return None if answer.status == 200 else "cannot be read"
        if route.kind is not SCOPED:
            return None
        if answer.method in READS and route.granted:
            return None if answer.status in {200, 286, 302, 405} else "cannot be read"
        return None if is_refusal(answer) or answer.status == 403 else "can be written"

    assert faults(stage, "reader", wrong) == []


def test_an_auditor_looks_at_the_support_desk_and_changes_nothing(stage: Stage) -> None:
    def wrong(name: str, route: Route, answer: Answer) -> str | None:
        if route.kind is not OPERATOR:
            return "shows the household" if MARK in answer.body else None
        if name.endswith("_changelist") and answer.method == "get":
            return None if answer.status == 200 else "cannot be read"
        return None

    assert faults(stage, "auditor", wrong, with_desk=True) == []


def test_every_socket_is_listed() -> None:
    assert sorted(str(pattern.pattern) for pattern in websocket_urlpatterns) == sorted(SOCKETS)


@pytest.mark.parametrize("path", [*(path.strip("^$") for path in SOCKETS), "ws/nothing/"])
async def test_a_socket_refuses_whoever_is_not_signed_in(path: str) -> None:
    scope = {
        "type": "websocket",
        "path": f"/{path}",
        "query_string": b"",
        "headers": [(b"host", b"testserver"), (b"origin", b"http://testserver")],
        "subprotocols": [],
    }
    socket = ApplicationCommunicator(application, scope)
    await socket.send_input({"type": "websocket.connect"})
    answer = await socket.receive_output()
    assert answer["type"] == "websocket.close"
