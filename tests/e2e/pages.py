"""Every page of the product in its states, and who sees it; what is no page, and why."""

import html
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from playwright.sync_api import APIRequestContext

from tests.e2e.cast import Cast

ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
Find = Callable[[APIRequestContext, Cast], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A page as somebody sees it. `find` gives its address; `status` is what it answers."""

    route: str
    who: str
    find: Find
    state: str = ""
    status: int = 200

    @property
    def name(self) -> str:
        """What a test or a picture of it is called."""
        return "-".join(filter(None, [self.route.replace(":", "-"), self.state, self.who]))


def at(path: str) -> Find:
    """A page with a fixed address."""
    return lambda _request, _cast: path


def linked(source: str, pattern: str) -> Find:
    """The first link of this form on another page. Raises LookupError when there is none."""

    def find(request: APIRequestContext, _cast: Cast) -> str:
        text = html.unescape(request.get(source).text())
        links = re.findall(rf'(?:href|data-href|hx-get|action)="({pattern})"', text)
        if not links:
            raise LookupError(f"{source} has no link like {pattern}")
        return str(links[0])

    return find


def run(state: str, tail: str = "") -> Find:
    """An import of the importer that stands in this state."""
    return lambda _request, cast: re.sub(rf"({ID}/).*", r"\1", cast.runs[state]) + tail


def mailed(pattern: str) -> Find:
    """A path that was posted."""
    return lambda _request, cast: cast.mailed(pattern)


def reset_key(request: APIRequestContext, cast: Cast) -> str:
    """The path in the letter about a forgotten password."""
    token = re.findall(
        r'name="csrfmiddlewaretoken" value="(\w+)"', request.get("/accounts/password/reset/").text()
    )
    request.post(
        "/accounts/password/reset/",
        form={"email": cast.address("newcomer"), "csrfmiddlewaretoken": token[0]},
        headers={"Referer": cast.product.url},
    )
    return cast.mailed(r"/accounts/password/reset/key/[^/\s]+/")


def own_group(request: APIRequestContext, cast: Cast) -> str:
    """The page of an identity group that is opened for it, of the first instrument that a search finds."""
    address = "/settings/identical/new/"

    def sent(page: str, **more: str) -> str:
        token, key = (
            re.findall(rf'name="{name}" value="([^"]+)"', page)[0]
            for name in ("csrfmiddlewaretoken", "group_id")
        )
        fields = {"csrfmiddlewaretoken": token, "group_id": key, "name": "One of its own", **more}
        return request.post(address, form=fields, headers={"Referer": cast.product.url}).text()

    found = sent(request.get(address).text(), look="1", q="a")
    sent(found, instruments=re.findall(rf'name="instruments" value="({ID})"', found)[0])
    return linked("/settings/identical/", rf"/settings/identical/{ID}/")(request, cast)


def _both(route: str, path: str) -> tuple[Shown, ...]:
    """A page empty and full, at the same address."""
    return tuple(Shown(route=route, who=who, find=at(path)) for who in ("newcomer", "demo"))


def _all_accounts(request: APIRequestContext, cast: Cast) -> str:
    """The explanation of a holding's share, from the page of performance."""
    return linked("/performance/", r"/why/contribution/\?[^\"]*")(request, cast)


def _reckoned(request: APIRequestContext, cast: Cast) -> str:
    """One share of a holding, thought of as sold at a price that leaves a loss."""
    day = datetime.now(UTC).date() + timedelta(days=2)
    return f"{WHAT_IF(request, cast)}&quantity=1&price=1&day={day}"


def _washed_sale(request: APIRequestContext, _cast: Cast) -> str:
    """The explanation of a disallowed loss, from the first sale that has one."""
    return _of_rows(request, r"/why/disallowed/{}/", "/transactions/?kind=sell", r"/transactions/{}/")


def _deferring_lot(request: APIRequestContext, _cast: Cast) -> str:
    """The explanation of a basis with deferred losses, from the first holding that has one."""
    return _of_rows(request, r"/why/deferred/{}/", "/portfolios/", r"/holdings/{}/")


def _of_rows(request: APIRequestContext, wanted: str, source: str, pattern: str) -> str:
    """The first link of one form on the pages that a list leads to. Raises LookupError without one."""
    for address in re.findall(rf'="({pattern.format(ID)})"', request.get(source).text()):
        found = re.findall(rf'="({wanted.format(ID)})"', request.get(address).text())
        if found:
            return str(found[0])
    raise LookupError(f"nothing that {source} leads to has a link like {wanted}")


WHAT_IF = linked("/tax/what-if/", rf"/tax/what-if/\?instrument={ID}&portfolio={ID}")
PORTFOLIO = linked("/portfolios/", rf"/portfolios/{ID}/")
HOLDING = linked("/portfolios/", rf"/holdings/{ID}/")
SALE = linked("/transactions/?kind=sell", rf"/transactions/{ID}/")
DAY = "/dashboard/days/{}/"
LAST_YEAR = datetime.now(UTC).year - 1

TICKET = linked("/trade/?q=MSFT", rf"/trade/\?instrument={ID}&side=buy")
HARVEST = linked("/harvest/", rf"/harvest/{ID}/")
RISK = linked("/risk/", rf"/risk/{ID}/")
STOP = linked("/broker/", rf"/broker/accounts/{ID}/stop/")
WAIT_SECONDS = 60.0
# Below the market, so that it works on; further than that is refused.
BELOW = Decimal("0.93")
ANSWERED = ["quantity", "quote_age", "wash_sale", "price_collar", "duplicate"]


def _order(request: APIRequestContext, cast: Cast) -> str:
    """An order of the demo that works at the paper gateway: the one that is there, or a new one."""
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        if found := re.findall(rf'"(/orders/{ID}/)"', request.get("/orders/?view=history").text()):
            return str(found[0])
        ticket = request.get(TICKET(request, cast)).text()
        close = Decimal(re.findall(r'data-live-price="MSFT">[^\d]*([\d.]+)', ticket)[0])
        token = re.findall(r'name="csrf-token" content="(\w+)"', ticket)[0]
        asked = {
            "account": re.findall(rf'<option value="({ID})"', ticket)[0],
            "symbol": "MSFT",
            "side": "buy",
            "quantity": "1",
            "type": "limit",
            "time_in_force": "gtc",
            "limit_price": f"{close * BELOW:.2f}",
            "confirmed": ANSWERED,
        }
        headers = {"X-CSRFToken": token, "Idempotency-Key": token, "Referer": cast.product.url}
        # Refused until the gateway is ready.
        request.post("/api/v1/trade", data=asked, headers=headers)
        time.sleep(0.5)
    raise LookupError("no order could be placed in the demo")


def _chosen_loss(request: APIRequestContext, _cast: Cast) -> str:
    """The planner with a part of its first loss chosen."""
    found = re.findall(r'name="(loss_\w+)"', request.get("/tax/planner/").text())
    return f"/tax/planner/?{found[0]}=100"


def _rebalanced(request: APIRequestContext, cast: Cast) -> str:
    """A rebalancing whose plans stand: the one that was asked for, or a new one."""
    address = "/rebalance/"
    page = request.get(address).text()
    if not (found := re.findall(rf'"({address}{ID}/)"', page)):
        token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[0]
        fields = {"csrfmiddlewaretoken": token, "closeness": "balanced", "invests_cash": "on"}
        fields |= dict.fromkeys(re.findall(r'name="(trade_\w+)"', page), "on")
        request.post(address, form=fields, headers={"Referer": cast.product.url})
        found = re.findall(rf'"({address}{ID}/)"', request.get(address).text())
    end = time.monotonic() + WAIT_SECONDS
    while "Side by side" not in request.get(found[0]).text() and time.monotonic() < end:
        time.sleep(0.5)
    return str(found[0])


def _backtested(request: APIRequestContext, cast: Cast) -> str:
    """A back-test that was made: the one that was asked for, or a new one of as few starts as there are."""
    address = "/tax/backtest/?years=20"
    page = request.get(address).text()
    if 'id="result"' not in page:
        fields = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', page))
        chosen = re.findall(r'<select name="(\w+)".*?<option value="(\w+)" selected', page, re.DOTALL)
        sent = fields | dict(chosen) | {"years": "20"}
        request.post("/tax/backtest/", form=sent, headers={"Referer": cast.product.url})
    end = time.monotonic() + 3 * WAIT_SECONDS
    while 'id="result"' not in request.get(address).text() and time.monotonic() < end:
        time.sleep(1)
    return address


PAGES: tuple[Shown, ...] = (
    Shown(route="welcome", who="nobody", find=at("/")),
    *_both("dashboard", "/dashboard/"),
    Shown(route="dashboard", who="importer", find=at("/dashboard/")),
    Shown(route="dashboard", who="demo", state="one-day", find=at("/dashboard/?interval=1d")),
    Shown(route="dashboard_day", who="demo", find=at(DAY.format("2025-03-14"))),
    Shown(route="dashboard_day", who="importer", find=at(DAY.format("2024-03-20"))),
    Shown(route="offline", who="nobody", find=at("/offline/")),
    Shown(route="style_guide", who="nobody", find=at("/style-guide/")),
    # The book
    *_both("portfolios:portfolio_list", "/portfolios/"),
    *_both("portfolios:portfolio_new", "/portfolios/new/"),
    Shown(route="portfolios:portfolio_detail", who="demo", find=PORTFOLIO),
    Shown(route="portfolios:portfolio_detail", who="importer", find=PORTFOLIO),
    Shown(
        route="portfolios:portfolio_change",
        who="demo",
        find=lambda request, cast: PORTFOLIO(request, cast) + "change/",
    ),
    Shown(route="portfolios:holding_detail", who="demo", find=HOLDING),
    Shown(route="portfolios:holding_detail", who="importer", find=HOLDING),
    *_both("portfolios:transaction_list", "/transactions/"),
    Shown(
        route="portfolios:transaction_list",
        who="demo",
        state="nothing-found",
        find=at("/transactions/?symbol=NOSUCHTHING"),
    ),
    *_both("portfolios:transaction_new", "/transactions/new/"),
    Shown(
        route="portfolios:transaction_detail",
        who="demo",
        find=linked("/transactions/", rf"/transactions/{ID}/"),
    ),
    Shown(
        route="portfolios:transaction_detail",
        who="importer",
        find=linked("/transactions/", rf"/transactions/{ID}/"),
    ),
    Shown(
        route="portfolios:choose_lots",
        who="demo",
        find=lambda request, cast: SALE(request, cast) + "lots/",
    ),
    *_both("portfolios:performance", "/performance/"),
    Shown(route="portfolios:performance", who="importer", find=at("/performance/")),
    *_both("portfolios:allocation", "/allocation/"),
    *_both("portfolios:targets", "/allocation/targets/"),
    Shown(route="portfolios:why", who="demo", state="twr", find=linked("/performance/", r'/why/twr/[^"]*')),
    Shown(route="portfolios:why", who="demo", state="contribution", find=_all_accounts),
    Shown(route="portfolios:why", who="importer", state="value", find=at("/why/value_today/")),
    *_both("taxharvest:tax_centre", "/tax/"),
    Shown(route="taxharvest:tax_centre", who="importer", state="older", find=at("/tax/?year=2024")),
    *_both("taxharvest:tax_forms", f"/tax/{LAST_YEAR}/forms/"),
    *_both("taxharvest:reconciliation", f"/tax/{LAST_YEAR}/1099b/"),
    Shown(route="portfolios:why_disallowed", who="demo", find=_washed_sale),
    Shown(route="portfolios:why_deferred", who="demo", find=_deferring_lot),
    # Intelligence
    *_both("mlrecs:risk", "/risk/"),
    Shown(route="mlrecs:risk_detail", who="demo", find=RISK),
    # Trading
    *_both("trading:ticket", "/trade/"),
    Shown(route="trading:ticket", who="demo", state="found", find=at("/trade/?q=MSFT")),
    Shown(
        route="trading:ticket",
        who="demo",
        state="form",
        find=lambda request, cast: TICKET(request, cast) + "&kind=stop_limit",
    ),
    Shown(
        route="trading:ticket",
        who="demo",
        state="exits",
        find=lambda request, cast: TICKET(request, cast) + "&kind=limit&has_exits=on",
    ),
    Shown(
        route="trading:ticket",
        who="demo",
        state="exits-of-what-is-held",
        find=lambda request, cast: TICKET(request, cast) + "&side=sell&has_exits=on",
    ),
    Shown(route="trading:ticket_broker_search", who="demo", find=at("/trade/search/broker/?q=north")),
    Shown(
        route="trading:ticket_broker_search",
        who="demo",
        state="nothing-found",
        find=at("/trade/search/broker/?q=zzzz"),
    ),
    Shown(route="trading:basket", who="demo", find=at("/trade/basket/?symbol=MSFT&side=buy")),
    *_both("trading:blotter", "/orders/"),
    Shown(route="trading:order_detail", who="demo", find=_order),
    Shown(
        route="trading:order_change", who="demo", find=lambda request, cast: _order(request, cast) + "change/"
    ),
    *_both("trading:connection", "/broker/"),
    *_both("trading:differences", "/broker/differences/"),
    Shown(route="trading:account_stop", who="demo", find=STOP),
    # Taxes
    *_both("taxharvest:what_if", "/tax/what-if/"),
    Shown(route="taxharvest:what_if", who="demo", state="form", find=WHAT_IF),
    Shown(route="taxharvest:what_if", who="demo", state="reckoned", find=_reckoned),
    *_both("taxharvest:wash_watch", "/tax/wash-watch/"),
    Shown(route="taxharvest:wash_watch", who="demo", state="bought", find=at("/tax/wash-watch/?tab=bought")),
    *_both("taxharvest:harvests", "/harvest/"),
    Shown(route="taxharvest:harvest", who="demo", find=HARVEST),
    *_both("taxharvest:plans", "/harvest/plans/"),
    *_both("taxharvest:harvest_policies", "/harvest/accounts/"),
    Shown(route="taxharvest:backtest", who="newcomer", find=at("/tax/backtest/")),
    Shown(route="taxharvest:backtest", who="demo", state="made", find=_backtested),
    *_both("taxharvest:planner", "/tax/planner/"),
    Shown(route="taxharvest:planner", who="demo", state="chosen", find=_chosen_loss),
    *_both("taxharvest:rebalances", "/rebalance/"),
    Shown(route="taxharvest:rebalance", who="demo", find=_rebalanced),
    *_both("taxharvest:wash_windows", "/tax/wash-watch/windows/"),
    *_both("taxharvest:planned_purchases", "/tax/wash-watch/planned-purchases/"),
    # Sentiment and lessons
    *_both("mlrecs:sentiment", "/insights/sentiment/"),
    *_both("mlrecs:learn", "/learn/"),
    Shown(route="mlrecs:lesson", who="demo", find=at("/learn/lots/")),
    Shown(route="mlrecs:lesson", who="newcomer", find=at("/learn/reading-form-8949/")),
    *_both("portfolios:data_check", "/data-check/"),
    Shown(route="portfolios:data_check", who="importer", find=at("/data-check/")),
    # Imports
    *_both("portfolios:import_list", "/imports/"),
    Shown(route="portfolios:import_list", who="importer", find=at("/imports/")),
    Shown(route="portfolios:import_new", who="newcomer", find=at("/imports/new/")),
    Shown(route="portfolios:import_detail", who="importer", state="done", find=run("done")),
    Shown(route="portfolios:import_detail", who="importer", state="failed", find=run("failed")),
    Shown(route="portfolios:import_detail", who="importer", state="cancelled", find=run("cancelled")),
    Shown(route="portfolios:import_mapping", who="importer", find=run("mapping", "columns/")),
    Shown(route="portfolios:import_review", who="importer", find=run("review", "review/")),
    Shown(route="portfolios:import_rows", who="importer", find=run("review", "rows/")),
    # People
    *_both("accounts:settings", "/settings/"),
    *_both("accounts:tax_profile_now", "/settings/tax/"),
    Shown(route="accounts:tax_profile", who="demo", find=at("/settings/tax/2025/")),
    *_both("portfolios:wash_rules", "/settings/wash-sales/"),
    *_both("portfolios:identity_list", "/settings/identical/"),
    Shown(route="portfolios:identity_new", who="demo", find=at("/settings/identical/new/?q=a")),
    Shown(route="portfolios:identity_change", who="demo", find=own_group),
    *_both("household", "/household/"),
    Shown(route="member_edit", who="demo", find=linked("/household/", rf"/household/members/{ID}/")),
    Shown(route="accounts:deactivate", who="careful", find=at("/settings/close/")),
    # The door
    Shown(route="account_login", who="nobody", find=at("/accounts/login/")),
    Shown(route="account_signup", who="nobody", find=at("/accounts/signup/")),
    Shown(route="account_reset_password", who="nobody", find=at("/accounts/password/reset/")),
    Shown(route="account_reset_password_done", who="nobody", find=at("/accounts/password/reset/done/")),
    Shown(route="account_reset_password_from_key", who="nobody", find=reset_key),
    Shown(
        route="account_reset_password_from_key",
        who="nobody",
        state="spent",
        find=at("/accounts/password/reset/key/1-none/"),
    ),
    Shown(
        route="account_reset_password_from_key_done",
        who="nobody",
        find=at("/accounts/password/reset/key/done/"),
    ),
    Shown(route="account_inactive", who="nobody", find=at("/accounts/inactive/")),
    Shown(route="account_email_verification_sent", who="nobody", find=at("/accounts/confirm-email/")),
    Shown(route="account_confirm_email", who="newcomer", find=mailed(r"/accounts/confirm-email/[^/\s]+/")),
    Shown(
        route="account_confirm_email",
        who="nobody",
        state="spent",
        find=at("/accounts/confirm-email/none/"),
    ),
    Shown(route="account_logout", who="newcomer", find=at("/accounts/logout/")),
    Shown(route="account_email", who="newcomer", find=at("/accounts/email/")),
    Shown(route="account_change_password", who="newcomer", find=at("/accounts/password/change/")),
    Shown(route="account_reauthenticate", who="newcomer", find=at("/accounts/reauthenticate/")),
    Shown(route="mfa_index", who="newcomer", find=at("/accounts/2fa/")),
    Shown(route="mfa_index", who="careful", find=at("/accounts/2fa/")),
    Shown(route="mfa_view_recovery_codes", who="careful", find=at("/accounts/2fa/recovery-codes/")),
    Shown(
        route="mfa_generate_recovery_codes",
        who="careful",
        find=at("/accounts/2fa/recovery-codes/generate/"),
    ),
    Shown(route="mfa_deactivate_totp", who="careful", find=at("/accounts/2fa/totp/deactivate/")),
    Shown(route="mfa_reauthenticate", who="careful", find=at("/accounts/2fa/reauthenticate/")),
    Shown(route="mfa_authenticate", who="waiting", find=at("/accounts/2fa/authenticate/")),
    # Models and anomalies
    *_both("mlrecs:anomalies", "/anomalies/"),
    *_both("mlrecs:models", "/models/"),
    # Advice
    *_both("mlrecs:insights", "/insights/"),
    *_both("mlrecs:risk_profile", "/insights/profile/"),
    *_both("mlrecs:market_views", "/insights/views/"),
    # What is not there
    Shown(route="404", who="demo", find=at("/no/such/page/"), status=404),
    Shown(route="404", who="nobody", find=at("/no/such/page/"), status=404),
)

ANSWER = "answers a form or a script and sends the browser on"
FILE = "a file or data, not a page"
NOT_PAGES: dict[str, str] = {
    **dict.fromkeys(
        (
            "healthz", "readyz", "service_worker", "manifest", "export_everything",
            "portfolios:holdings_export_all", "portfolios:holdings_export", "portfolios:holding_prices",
            "portfolios:lots_export", "portfolios:transactions_export", "portfolios:growth_series",
            "taxharvest:wash_watch_export",
            "portfolios:drawdown_series", "portfolios:value_series", "portfolios:allocation_export",
            "trading:orders_export", "portfolios:import_rows_csv",
            "taxharvest:tax_form_file", "mfa_download_recovery_codes",
        ),
        FILE,
    ),
    **dict.fromkeys(
        (
            "accounts:profile_change", "accounts:household_change", "accounts:filing_status_change",
            "accounts:sign_ins_end", "accounts:sign_in_end", "accounts:demo_enter",
            "taxharvest:alert_seen", "taxharvest:plan_pause", "taxharvest:plan_go_on", "taxharvest:plan_end",
            "taxharvest:reinvestment_pause", "taxharvest:reinvestment_go_on", "taxharvest:wash_guard_change",
            "portfolios:portfolio_end", "portfolios:identity_drop", "portfolios:lot_source",
            "portfolios:disposal_source", "portfolios:transaction_undo", "portfolios:import_remap",
            "portfolios:import_confirm", "portfolios:import_cancel", "portfolios:finding_dismiss",
            "taxharvest:rebalance_send", "taxharvest:scan_now", "taxharvest:harvest_dismiss",
            "taxharvest:harvest_put_forward", "taxharvest:plan_decide",
            "trading:ticket_preview", "trading:ticket_send", "trading:ticket_adopt", "trading:order_cancel",
            "trading:basket_preview", "trading:basket_send",
            "trading:difference_settle", "portfolios:finding_restore", "member_new",
            "member_drop", "grant_new", "grant_end", "mlrecs:lesson_progress", "mlrecs:risk_measure_now",
            "mlrecs:anomaly_seen", "mlrecs:anomaly_mute", "mlrecs:training_stop", "mlrecs:training_go_on",
            "mlrecs:insights_look", "mlrecs:insight_accept", "mlrecs:insight_dismiss",
            "mlrecs:insight_snooze", "mlrecs:market_view_drop",
        ),
        ANSWER,
    ),
    "mlrecs:insight": "there once a worker has looked for advice",
    "mlrecs:insight_basket": "leads on into the basket",
    "trading:ticket_search": "what the search of the ticket finds, shown inside it",
    "taxharvest:scan_progress": "the moving part of the harvest page",
    "taxharvest:harvest_card": "what waits for a decision, shown on the dashboard",
    "taxharvest:harvest_approve": "there while a proposal is decided or a plan is traded",
    "taxharvest:plan": "there while a proposal is decided or a plan is traded",
    "taxharvest:harvest_policy": "a form of the page of all policies",
    "taxharvest:backtest_progress": "the moving part of a back-test",
    "taxharvest:rebalance_progress": "the moving part of the page of a rebalancing",
    "taxharvest:rebalance_preview": "answers a form with the page of the orders",
    "trading:ticket_quote": "the moving part of the ticket",
    "mlrecs:risk_progress": "the moving part of a risk page that waits",
    "palette": "what the palette finds, shown inside it",
    "mlrecs:training_progress": "the moving part of the page of models",
    "mlrecs:model": "there once a worker of the demo has trained a model",
    "banners": "the banners of a page, fetched again when they change",
    "portfolios:import_progress": "the moving part of the page of an import",
    "account_set_password": "sends on whoever has a password, and everybody has one",
    "account_confirm_login_code": "signing in by a posted code is not offered",
    "mfa_activate_totp": "seen by the careful person on the way to the second factor",
}  # fmt: skip


def is_foreign(route: str) -> bool:
    """Whether a route belongs to the operators' admin or to the API, which draw their own pages."""
    return route.startswith(("admin:", "api:", "/admin/", "/api/"))
