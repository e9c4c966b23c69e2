"""The API keeps its word: every operation's real answers fit the schema that it publishes."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator
from rest_framework.test import APIClient

from accounts.models import Grant, User
from portfolios.models import ImportRun, Portfolio
from taxharvest.models import HarvestLeg, HarvestPlan, HarvestPlanEvent, TaxHarvest
from tests.architecture.route_world import models_made, recommendation_made
from tests.factories.accounts import GrantFactory
from tests.factories.trading import BrokerAccountFactory, OrderFactory
from trading.models import BrokerAccount, Difference, Execution, Order
from trading.services.order_steps import history_add
from wealthalloc.demo.household import EMAIL, PASSWORD
from wealthalloc.demo.load import demo_load

COMMITTED = Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"
TODAY = date(2026, 3, 17)
CSV = b"date,type,symbol,quantity,price,amount,currency\n2026-03-02,buy,ACME,10,5,-50,USD\n"
MISSING = "01900000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """The published schema."""
    return SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call, no-any-return]


@pytest.fixture(scope="module")
def told(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The demo household, once for this module."""
    with django_db_blocker.unblock(), transaction.atomic():
        demo_load(today=TODAY)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def client(told: None, db: None) -> APIClient:
    """The demo's owner, signed in with an access token."""
    client = APIClient()
    pair = client.post("/api/v1/auth/token", {"email": EMAIL, "password": PASSWORD}).json()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access']}")
    return client


def fits(schema: dict[str, Any], path: str, method: str, response: Any) -> None:
    """Assert that the answer's status, type and body are what the schema says of this operation."""
    operation = schema["paths"][path][method]
    documented = operation["responses"]
    assert str(response.status_code) in documented, f"{method} {path} answered {response.status_code}"
    content = documented[str(response.status_code)].get("content")
    if content is None:
        assert not response.content
        return
    kind = response["Content-Type"].split(";")[0]
    assert kind in content, f"{method} {path} answered {kind}"
    document = {"components": schema["components"], **content[kind]["schema"]}
    errors = sorted(_validator(document).iter_errors(response.json()), key=str)
    assert errors == [], f"{method} {path}: {errors[0].message} at {list(errors[0].absolute_path)}"


def _validator(document: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator(_without_nullable(document))


def _without_nullable(node: Any) -> Any:
    """The schema in the words of JSON Schema, which has no `nullable`; keys it does not name are refused."""
    if isinstance(node, list):
        return [_without_nullable(item) for item in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _without_nullable(value) for key, value in node.items() if key != "nullable"}
    if plain.get("type") == "object" and "properties" in plain and "additionalProperties" not in plain:
        plain["additionalProperties"] = False
    if node.get("nullable") is True:
        return {"anyOf": [plain, {"type": "null"}]}
    return plain


def read_operations(schema: dict[str, Any]) -> list[str]:
    return [path for path, methods in schema["paths"].items() if "get" in methods]


def test_the_schema_is_valid_openapi(schema: dict[str, Any]) -> None:
    validate_schema(schema)  # type: ignore[no-untyped-call]


def test_the_committed_schema_is_the_one_that_the_code_publishes(schema: dict[str, Any]) -> None:
    committed = yaml.safe_load(COMMITTED.read_text(encoding="utf-8"))

    assert committed == yaml.safe_load(yaml.safe_dump(_plain(schema))), (
        "write it again: manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml"
    )


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_plain(item) for item in node]
    return node if isinstance(node, bool | int | float) or node is None else str(node)


def upload(client: APIClient) -> Any:
    file = SimpleUploadedFile("trades.csv", CSV, content_type="text/csv")
    return client.post("/api/v1/imports", {"file": file}, format="multipart")


def an_order(portfolio: Portfolio, owner: User) -> Order:
    """An order with a line of history and a fill, and a difference beside it."""
    account = BrokerAccount.objects.filter(portfolio=portfolio).first()
    account = account or BrokerAccountFactory.create(portfolio=portfolio)
    instrument = portfolio.holdings.all()[0].instrument
    order: Order = OrderFactory.create(account=account, instrument=instrument, placed_by=owner)
    history_add(order, kind="Accepted", now=timezone.now())
    Execution.objects.create(
        account=account, portfolio=portfolio, order=order, instrument=instrument, exec_id="0001", side="buy",
        quantity=Decimal(1), price=Decimal(100), currency="USD", executed_at=timezone.now(),
    )  # fmt: skip
    Difference.objects.create(
        account=account, portfolio=portfolio, kind="cash", subject="USD", words="Cash differs.",
        ours=Decimal(1), theirs=Decimal(2), seen_at=timezone.now(),
    )  # fmt: skip
    return order


def a_plan(harvest: TaxHarvest) -> HarvestPlan:
    """A plan that is to sell, with a line of history."""
    now = timezone.now()
    plan: HarvestPlan = HarvestPlan.objects.create(
        harvest=harvest, portfolio=harvest.portfolio, state_since=now, price_limit=harvest.price
    )
    HarvestLeg.objects.create(plan=plan, place=1, role="sell", instrument=harvest.instrument)
    HarvestPlanEvent.objects.create(plan=plan, at=now, kind="Moved", words="Approved.")
    return plan


def test_every_reading_operation_answers_as_it_says(schema: dict[str, Any], client: APIClient) -> None:
    portfolio = Portfolio.objects.get(name="Elena, Taxable")
    run = upload(client).json()["id"]
    giver = User.objects.get(email=EMAIL)
    GrantFactory(household=portfolio.household, granted_by=giver)
    order = an_order(portfolio, giver)
    harvest = TaxHarvest.objects.filter(portfolio=portfolio).latest("created_at")
    plan = a_plan(harvest)
    rebalance = client.post("/api/v1/rebalances", {"accounts": [str(portfolio.pk)]}, format="json")
    fits(schema, "/api/v1/rebalances", "post", rebalance)
    models = models_made(portfolio, giver)
    ids = {
        "portfolio_id": portfolio.pk,
        "run_id": run,
        "harvest_id": harvest.pk,
        "scan_id": harvest.scan_id,
        "order_id": order.pk,
        "plan_id": plan.pk,
        "rebalance_id": rebalance.json()["id"],
        "model_id": models["model"],
        "recommendation_id": recommendation_made(portfolio).pk,
        "slug": "wash-sales",
    }
    asked = 0
    for path in read_operations(schema):
        if path.endswith("/schema/"):
            continue
        own = {"run_id": models["training"]} if "/trainings/" in path else {}
        response = client.get(path.format(**(ids | own)))
        assert response.status_code == 200, (path, response.content)
        fits(schema, path, "get", response)
        asked += 1
    assert asked == 51


def test_every_interval_and_every_slice_answers_as_it_says(schema: dict[str, Any], client: APIClient) -> None:
    portfolio = Portfolio.objects.get(name="Elena, Taxable")
    for interval in ("1d", "1w", "1m", "3m", "ytd", "1y", "all"):
        for path in ("/api/v1/dashboard", "/api/v1/portfolio/{portfolio_id}/performance"):
            address = path.replace("{portfolio_id}", str(portfolio.pk))
            fits(schema, path, "get", client.get(address, {"interval": interval}))
    path = "/api/v1/portfolio/{portfolio_id}/allocation"
    for by in ("asset_class", "sector", "currency", "account", "instrument"):
        response = client.get(path.replace("{portfolio_id}", str(portfolio.pk)), {"by": by})
        fits(schema, path, "get", response)
        assert sum(round(float(part["weight"]) * 10_000) for part in response.json()["slices"]) == 10_000


def test_refusals_are_problem_documents_as_the_schema_says(schema: dict[str, Any], client: APIClient) -> None:
    portfolio = Portfolio.objects.get(name="Elena, Taxable")
    stranger = APIClient()
    for path in read_operations(schema):
        if path.endswith("/schema/"):
            continue
        address = path.replace("{portfolio_id}", MISSING).replace("{run_id}", MISSING)
        for name in ("{order_id}", "{harvest_id}", "{scan_id}", "{rebalance_id}", "{plan_id}"):
            address = address.replace(name, MISSING)
        if address != path:
            fits(schema, path, "get", client.get(address))
            assert client.get(address).status_code == 404
        if "/households" not in path and "/grants" not in path:
            fits(schema, path, "get", stranger.get(address))
    path = "/api/v1/portfolio/{portfolio_id}/performance"
    response = client.get(path.replace("{portfolio_id}", str(portfolio.pk)), {"interval": "decade"})
    assert (response.status_code, list(response.json()["errors"])) == (400, ["interval"])
    fits(schema, path, "get", response)


def test_an_import_over_the_api_goes_its_whole_way(schema: dict[str, Any], client: APIClient) -> None:
    response = upload(client)
    assert response.status_code == 202
    fits(schema, "/api/v1/imports", "post", response)
    run = response.json()["id"]

    for action, body in (("confirm", {"accounts": [{"number": ""}]}), ("cancel", None), ("cancel", None)):
        path = f"/api/v1/imports/{{run_id}}/{action}"
        answer = client.post(path.replace("{run_id}", run), body)
        fits(schema, path, "post", answer)
    assert ImportRun.objects.get(pk=run).state == ImportRun.State.CANCELLED


def test_signing_in_refreshing_and_signing_out_answer_as_they_say(
    schema: dict[str, Any], client: APIClient
) -> None:
    anonymous = APIClient()
    pair = anonymous.post("/api/v1/auth/token", {"email": EMAIL, "password": PASSWORD})
    fits(schema, "/api/v1/auth/token", "post", pair)
    refreshed = anonymous.post("/api/v1/auth/token/refresh", {"refresh": pair.json()["refresh"]})
    fits(schema, "/api/v1/auth/token/refresh", "post", refreshed)
    revoked = anonymous.post("/api/v1/auth/token/revoke", {"refresh": refreshed.json()["refresh"]})
    fits(schema, "/api/v1/auth/token/revoke", "post", revoked)
    refused = anonymous.post("/api/v1/auth/token", {"email": EMAIL, "password": "wrong"})
    fits(schema, "/api/v1/auth/token", "post", refused)
    assert (revoked.status_code, refused.status_code) == (204, 401)


def test_a_reader_under_a_grant_reads_and_cannot_write(client: APIClient) -> None:
    portfolio = Portfolio.objects.get(name="Elena, Taxable")
    grant = GrantFactory(household=portfolio.household, scope=Grant.Scope.READ)
    reader = APIClient()
    reader.force_authenticate(grant.grantee)

    assert reader.get(f"/api/v1/portfolio/{portfolio.pk}").status_code == 200
    file = SimpleUploadedFile("trades.csv", CSV, content_type="text/csv")
    refused = reader.post("/api/v1/imports", {"file": file, "portfolio": portfolio.pk}, format="multipart")
    assert refused.status_code == 404
    assert ImportRun.objects.count() == 0


def test_answers_carry_an_etag_and_an_unchanged_one_is_not_sent_again(client: APIClient) -> None:
    first = client.get("/api/v1/portfolio")

    again = client.get("/api/v1/portfolio", HTTP_IF_NONE_MATCH=first["ETag"])

    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


def test_lists_go_on_where_they_stopped_and_amounts_are_text(client: APIClient) -> None:
    portfolio = Portfolio.objects.get(name="Elena, Taxable")
    address = f"/api/v1/portfolio/{portfolio.pk}/transactions?page_size=50"
    seen: list[str] = []
    while address:
        page = client.get(address).json()
        seen += [row["id"] for row in page["results"]]
        assert all(isinstance(row["amount"], str) for row in page["results"])
        address = page["next"]

    assert len(seen) == len(set(seen)) == portfolio.transactions.count()


def test_a_policy_is_changed_and_a_limit_that_is_missing_is_named(
    schema: dict[str, Any], client: APIClient
) -> None:
    portfolio = Portfolio.objects.get(name="Elena, Taxable")
    path = "/api/v1/tax-harvesting/policies/{portfolio_id}"
    address = path.replace("{portfolio_id}", str(portfolio.pk))

    changed = client.patch(address, {"least_benefit": "30", "most_loss": None}, format="json")
    refused = client.patch(address, {"approves_itself": True}, format="json")

    assert (changed.status_code, changed.json()["least_benefit"]) == (200, "30")
    fits(schema, path, "patch", changed)
    assert (refused.status_code, "most_loss" in refused.json()["errors"]) == (400, True)
    fits(schema, path, "patch", refused)


def test_a_scan_that_is_asked_for_is_told_of_and_the_same_comes_back(
    schema: dict[str, Any], client: APIClient
) -> None:
    path = "/api/v1/tax-harvesting/scan"
    first, second = client.post(path), client.post(path)

    assert first.status_code == 202
    fits(schema, path, "post", first)
    assert first.json()["id"] == second.json()["id"]
    assert (first.json()["cause"], first.json()["state"]) == ("demand", "running")
