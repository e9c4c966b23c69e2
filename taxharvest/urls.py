"""Addresses of the pages of the tax year and of the tax rules."""

from django.urls import URLPattern, URLResolver, path

from taxharvest.views import (
    approvals,
    backtests,
    centre,
    forms,
    harvest_policies,
    harvests,
    planned_purchases,
    planner,
    plans,
    rebalances,
    reconciliation,
    wash_guards,
    wash_watch,
    wash_windows,
    what_if,
)

app_name = "taxharvest"

urlpatterns: list[URLPattern | URLResolver] = [
    path("tax/", centre.tax_centre, name="tax_centre"),
    path("tax/<int:year>/forms/", forms.tax_forms_page, name="tax_forms"),
    path("tax/<int:year>/forms/<slug:form>.<slug:file_format>", forms.tax_form_file, name="tax_form_file"),
    path("tax/<int:year>/1099b/", reconciliation.reconciliation, name="reconciliation"),
    path("harvest/", harvests.inbox, name="harvests"),
    path("harvest/scan/", harvests.scan_now, name="scan_now"),
    path("harvest/card/", harvests.card, name="harvest_card"),
    path("harvest/scans/<uuid:scan_id>/", harvests.scan_progress, name="scan_progress"),
    path("harvest/plans/", plans.plans, name="plans"),
    path("harvest/plans/<uuid:plan_id>/", plans.plan, name="plan"),
    path("harvest/plans/<uuid:plan_id>/decide/", plans.decide, name="plan_decide"),
    path("harvest/accounts/", harvest_policies.policies, name="harvest_policies"),
    path("harvest/accounts/<uuid:portfolio_id>/", harvest_policies.policy, name="harvest_policy"),
    path("harvest/<uuid:harvest_id>/", harvests.detail, name="harvest"),
    path("harvest/<uuid:harvest_id>/approve/", approvals.approve, name="harvest_approve"),
    path("harvest/<uuid:harvest_id>/propose/", approvals.put_forward, name="harvest_put_forward"),
    path("harvest/<uuid:harvest_id>/dismiss/", approvals.dismiss, name="harvest_dismiss"),
    path("tax/what-if/", what_if.what_if, name="what_if"),
    path("tax/wash-watch/", wash_watch.watch, name="wash_watch"),
    path("tax/wash-watch/alerts/<uuid:alert_id>/close/", wash_guards.alert_seen, name="alert_seen"),
    path("tax/wash-watch/windows/", wash_windows.windows, name="wash_windows"),
    path("tax/wash-watch/planned-purchases/", planned_purchases.planned_purchases, name="planned_purchases"),
    path(
        "tax/wash-watch/planned-purchases/<uuid:plan_id>/pause/",
        planned_purchases.plan_pause,
        name="plan_pause",
    ),
    path(
        "tax/wash-watch/planned-purchases/<uuid:plan_id>/go-on/",
        planned_purchases.plan_go_on,
        name="plan_go_on",
    ),
    path("tax/wash-watch/planned-purchases/<uuid:plan_id>/end/", planned_purchases.plan_end, name="plan_end"),
    path(
        "tax/wash-watch/reinvestment/<uuid:portfolio_id>/pause/",
        planned_purchases.pause_reinvestment,
        name="reinvestment_pause",
    ),
    path(
        "tax/wash-watch/reinvestment/<uuid:portfolio_id>/go-on/",
        planned_purchases.reinvestment_go_on,
        name="reinvestment_go_on",
    ),
    path("settings/wash-guard/", wash_guards.wash_guard_change, name="wash_guard_change"),
    path("tax/backtest/", backtests.backtest, name="backtest"),
    path("tax/backtest/progress/", backtests.backtest_progress, name="backtest_progress"),
    path("tax/wash-watch.csv", wash_watch.watch_export, name="wash_watch_export"),
    path("tax/planner/", planner.planner, name="planner"),
    path("rebalance/", rebalances.rebalances, name="rebalances"),
    path("rebalance/<uuid:rebalance_id>/", rebalances.rebalance, name="rebalance"),
    path("rebalance/<uuid:rebalance_id>/progress/", rebalances.rebalance_progress, name="rebalance_progress"),
    path("rebalance/<uuid:rebalance_id>/orders/", rebalances.rebalance_preview, name="rebalance_preview"),
    path("rebalance/<uuid:rebalance_id>/orders/send/", rebalances.rebalance_send, name="rebalance_send"),
]
