"""Requests of every shape that the schema allows, and many that it does not, against every operation."""

import os
from typing import Any

import pytest
import schemathesis
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from accounts.services.tokens import token_issue
from portfolios.models import Portfolio
from portfolios.services.import_jobs import import_read
from portfolios.services.imports import import_upload
from tests.factories.statements import january, upload
from wealthalloc.demo.household import EMAIL, PASSWORD
from wealthalloc.demo.load import demo_load
from wealthalloc.wsgi import application

pytestmark = [pytest.mark.fuzz, pytest.mark.django_db(transaction=True)]

# For each operation; FUZZ_EXAMPLES asks for more or fewer.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "200"))
SERVER_ERROR = 500
# Not an address that the requests themselves come from: what they fail at must not lock this sign-in out.
ELSEWHERE = "192.0.2.1"
CHECKS = [status_code_conformance, response_schema_conformance]


@pytest.fixture
def told() -> dict[str, str]:
    """The demo household with a statement in review, and the keys that its paths take."""
    demo_load(today=timezone.localdate())
    portfolio = Portfolio.objects.filter(holdings__isnull=False).order_by("created_at").first()
    assert portfolio is not None
    user = portfolio.holder.user
    assert user is not None
    run = import_upload(user=user, file=upload(january()), file_name="statement.xml")
    import_read(run_id=run.pk)
    return {"portfolio_id": str(portfolio.pk), "run_id": str(run.pk)}


def test_no_request_ends_in_a_server_error_and_every_answer_fits_the_schema(told: dict[str, str]) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema/", served)
    asked = [ask(result.ok(), told) for result in schema.get_all_operations() if isinstance(result, Ok)]

    assert len(asked) == sum(len(methods) for methods in schema.raw_schema["paths"].values())
    assert all(asked), "an operation was never asked"


def served(environ: dict[str, Any], start_response: Any) -> Any:
    """The product as a web server calls it: requests come from an address."""
    return application(environ | {"REMOTE_ADDR": "127.0.0.1"}, start_response)


def ask(operation: Any, told: dict[str, str]) -> int:
    """Send many requests to one operation, half of them about something that exists; how many there were."""
    access = token_issue(
        email=EMAIL, password=PASSWORD, code="", address=ELSEWHERE, client="fuzz", now=timezone.now()
    ).access
    count = 0

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(), is_known=st.booleans())
    def attempt(case: Any, is_known: bool) -> None:
        nonlocal count
        count += 1
        if is_known:
            case.path_parameters.update({name: told[name] for name in case.path_parameters if name in told})
        response = case.call(headers={"Authorization": f"Bearer {access}"})
        assert response.status_code < SERVER_ERROR, f"{operation.label}: {response.text[:500]}"
        case.validate_response(response, checks=CHECKS)

    attempt()
    return count
