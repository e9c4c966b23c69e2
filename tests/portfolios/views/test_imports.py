"""The import wizard in the browser, without script: each step, each refusal, and who may do it."""

from contextlib import AbstractContextManager
from typing import Any, Protocol
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from kombu.exceptions import OperationalError

from accounts.models import Grant, User
from portfolios import tasks
from portfolios.models import ColumnMapping, Finding, FindingDismissal, ImportRun, Portfolio, Transaction
from portfolios.selectors.imports import finding_count
from portfolios.services.imports import import_upload
from tests.factories.accounts import GrantFactory, MemberFactory, UserFactory
from tests.factories.portfolios import PortfolioFactory
from tests.factories.statements import ACCOUNT, cash, flex, january, part, position, table, trade, upload

pytestmark = pytest.mark.django_db
State = ImportRun.State


class OnCommit(Protocol):
    """What `django_capture_on_commit_callbacks` is."""

    def __call__(self, *, execute: bool = ...) -> AbstractContextManager[list[Any]]:
        """Runs, or only collects, what was to happen after the commit."""


@pytest.fixture
def owner() -> User:
    user: User = MemberFactory().user
    return user


@pytest.fixture
def portfolio(owner: User) -> Portfolio:
    account: Portfolio = PortfolioFactory(holder=owner.memberships.get(), name="Brokerage")
    return account


@pytest.fixture
def person(client: Client, owner: User, django_capture_on_commit_callbacks: OnCommit) -> Client:
    """The owner, signed in; what is enqueued on commit is carried out at the end of `send`."""
    client.force_login(owner)
    client.on_commit = django_capture_on_commit_callbacks  # type: ignore[attr-defined]  # for `send`
    return client


def send(person: Client, name: str, *arguments: Any, **data: Any) -> Any:
    """POST to a page of the book, with the jobs it enqueues."""
    with person.on_commit(execute=True):  # type: ignore[attr-defined]  # see `person`
        return person.post(reverse(f"portfolios:{name}", args=arguments), data)


def send_file(person: Client, data: bytes, name: str = "statement.xml", **fields: Any) -> Any:
    """Upload a file."""
    return send(person, "import_new", statement=upload(data, name), **fields)


def see(person: Client, name: str, *arguments: Any, **query: Any) -> Any:
    """GET a page of the book."""
    return person.get(reverse(f"portfolios:{name}", args=arguments), query)


def account_fields(target: str, **fields: str) -> dict[str, str]:
    """The review's answers for the first account."""
    return {f"account_0-{key}": value for key, value in {"target": target, **fields}.items()}


def test_a_statement_goes_from_upload_to_the_book(person: Client, portfolio: Portfolio) -> None:
    answer = send_file(person, january())
    run = ImportRun.objects.get()
    assert (answer.status_code, answer["Location"]) == (
        303,
        reverse("portfolios:import_detail", args=[run.pk]),
    )
    assert see(person, "import_detail", run.pk)["Location"] == reverse(
        "portfolios:import_review", args=[run.pk]
    )
    review = see(person, "import_review", run.pk)
    assert review.status_code == 200
    assert "3 rows read: 3 new, 0 already in the book" in review.content.decode()
    answer = send(person, "import_confirm", run.pk, **account_fields(str(portfolio.pk)))
    assert answer.status_code == 303
    done = see(person, "import_detail", run.pk).content.decode()
    assert "3 rows read, 3 new, 0 already in the book." in done
    assert Transaction.objects.filter(portfolio=portfolio).count() == 3
    listed = see(person, "import_list").content.decode()
    assert "statement.xml" in listed


def test_the_same_file_again_says_so_before_and_after(person: Client, portfolio: Portfolio) -> None:
    for _ in range(2):
        send_file(person, january())
        run = ImportRun.objects.latest("created_at")
        review = see(person, "import_review", run.pk).content.decode()
        send(person, "import_confirm", run.pk, **account_fields(str(portfolio.pk)))
    assert "This very file was imported before" in review
    assert (
        "3 rows read, 0 new, 3 already in the book." in see(person, "import_detail", run.pk).content.decode()
    )
    assert Transaction.objects.count() == 3


def test_a_new_portfolio_is_opened_from_the_review(person: Client) -> None:
    send_file(person, january())
    run = ImportRun.objects.get()
    fields = account_fields("new", name="At the broker", kind="joint", base_currency="usd")
    send(person, "import_confirm", run.pk, **fields)
    opened = Portfolio.objects.get()
    assert (opened.name, opened.kind, opened.base_currency) == ("At the broker", "joint", "USD")
    assert Transaction.objects.count() == 3


def test_the_review_names_what_is_missing(person: Client) -> None:
    send_file(person, january())
    run = ImportRun.objects.get()
    answer = send(person, "import_confirm", run.pk, **account_fields("new", name=" ", base_currency="X"))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Give the new portfolio a name." in text
    assert "Give a currency code of three letters, such as USD." in text
    answer = send(
        person, "import_confirm", run.pk, **account_fields("new", name="New", kind="ira", base_currency="XQQ")
    )
    assert "is not a currency code of ISO 4217" in answer.content.decode()
    assert (Portfolio.objects.count(), ImportRun.objects.get().state) == (0, State.REVIEW)


def test_openings_are_offered_with_what_each_choice_costs(person: Client, portfolio: Portfolio) -> None:
    data = flex(
        part(
            first="2025-01-02",
            last="2025-01-31",
            Trades=[trade(1, "BUY", 10, "10", "2025-01-06")],
            OpenPositions=[position("30", "261", "2025-01-31")],
            CashReport=[cash("150", "49", "2025-01-31")],
        )
    )
    send_file(person, data, portfolio=str(portfolio.pk))
    run = ImportRun.objects.get()
    text = see(person, "import_review", run.pk).content.decode()
    assert "Add 1 opening position and the starting cash" in text
    assert "sales of what was held before count as sold without basis" in text
    send(person, "import_confirm", run.pk, openings="none", **account_fields(str(portfolio.pk)))
    assert Transaction.objects.filter(kind="opening").count() == 0


def test_checking_again_compares_with_the_portfolio_chosen(person: Client, portfolio: Portfolio) -> None:
    send_file(person, january(), portfolio=str(portfolio.pk))
    run = ImportRun.objects.get()
    send(person, "import_confirm", run.pk, **account_fields(str(portfolio.pk)))
    send_file(person, january())
    again = ImportRun.objects.exclude(pk=run.pk).get()
    assert again.rows_known == 3
    other = PortfolioFactory(holder=portfolio.holder)
    send(person, "import_review", again.pk, **account_fields(str(other.pk)))
    again.refresh_from_db()
    assert (again.state, again.rows_new) == (State.REVIEW, 3)


def test_a_csv_file_goes_through_its_columns(person: Client, portfolio: Portfolio) -> None:
    data = table("13/01/2025,Buy,ACME,10,10,1,-101,USD", "20/01/2025,Sell,ACME,-4,12,1,47,USD")
    send_file(person, data, "history.csv", portfolio=str(portfolio.pk))
    run = ImportRun.objects.get()
    assert see(person, "import_detail", run.pk)["Location"] == reverse(
        "portfolios:import_mapping", args=[run.pk]
    )
    columns = see(person, "import_mapping", run.pk)
    text = columns.content.decode()
    assert "13/01/2025" in text
    fields = columns.context["form"]
    data_sent = {field.html_name: field.value() or "" for field in fields}
    answer = send(person, "import_mapping", run.pk, **data_sent | {"save_as": "History"})
    assert answer.status_code == 303
    run.refresh_from_db()
    assert (run.state, run.rows_new) == (State.REVIEW, 2)
    assert ColumnMapping.objects.get().name == "History"
    send(person, "import_confirm", run.pk, **account_fields(str(portfolio.pk)))
    assert [str(row.trade_date) for row in Transaction.objects.order_by("trade_date")] == [
        "2025-01-13",
        "2025-01-20",
    ]


def test_dates_that_can_be_read_in_two_ways_are_asked_for(person: Client, portfolio: Portfolio) -> None:
    data = table("03/04/2025,Buy,ACME,10,10,1,-101,USD")
    send_file(person, data, "history.csv", portfolio=str(portfolio.pk))
    run = ImportRun.objects.get()
    columns = see(person, "import_mapping", run.pk)
    sent = {field.html_name: field.value() or "" for field in columns.context["form"]}
    assert sent["date_format"] == ""
    refused = send(person, "import_mapping", run.pk, **sent)
    assert refused.status_code == 422
    assert "Say how the dates are written." in refused.content.decode()
    send(person, "import_mapping", run.pk, **sent | {"date_format": "DD/MM/YYYY"})
    send(person, "import_confirm", run.pk, **account_fields(str(portfolio.pk)))
    assert str(Transaction.objects.get().trade_date) == "2025-04-03"


def test_saved_meanings_are_offered_and_used(person: Client, portfolio: Portfolio) -> None:
    data = table("03/04/2025,Buy,ACME,10,10,1,-101,USD")
    send_file(person, data, "history.csv", portfolio=str(portfolio.pk))
    run = ImportRun.objects.get()
    sent = {
        field.html_name: field.value() or ""
        for field in see(person, "import_mapping", run.pk).context["form"]
    }
    send(person, "import_mapping", run.pk, **sent | {"date_format": "DD/MM/YYYY", "save_as": "History"})
    send(person, "import_remap", run.pk)
    saved = ColumnMapping.objects.get()
    columns = see(person, "import_mapping", run.pk, mapping=str(saved.pk))
    assert "History" in columns.content.decode()
    assert columns.context["form"]["date_format"].value() == "DD/MM/YYYY"


def test_one_meaning_cannot_stand_over_two_columns(person: Client, portfolio: Portfolio) -> None:
    send_file(
        person, table("2025-01-13,Buy,ACME,10,10,1,-101,USD"), "history.csv", portfolio=str(portfolio.pk)
    )
    run = ImportRun.objects.get()
    sent = {
        field.html_name: field.value() or ""
        for field in see(person, "import_mapping", run.pk).context["form"]
    }
    refused = send(person, "import_mapping", run.pk, **sent | {"column_5": "amount"})
    assert "“Amount” can be the meaning of one column only." in refused.content.decode()
    refused = send(person, "import_mapping", run.pk, **sent | {"column_0": ""})
    assert "Say which column holds: Trade date." in refused.content.decode()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "This file is empty."),
        (b"PK\x03\x04zip", "This is an Excel workbook or a zip archive: save the sheet as CSV"),
        (b"%PDF-1.7", "This is a PDF"),
        (b"<!DOCTYPE html><html>", "This is a web page"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_at_the_door(
    person: Client, data: bytes, sentence: str
) -> None:
    answer = send_file(person, data, "odd.xml")
    assert answer.status_code == 422
    assert f"odd.xml: {sentence}" in answer.content.decode()
    assert ImportRun.objects.count() == 0


def test_no_file_at_all_is_refused(person: Client) -> None:
    answer = send(person, "import_new")
    assert answer.status_code == 422
    assert "Choose a file first." in answer.content.decode()


def test_a_queue_that_cannot_be_reached_fails_the_run_in_words(
    person: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise OperationalError

    monkeypatch.setattr(tasks.read_import, "apply_async", unreachable)
    assert send_file(person, january()).status_code == 303
    run = ImportRun.objects.get()
    assert run.state == State.FAILED
    assert (
        "The queue of the workers cannot be reached" in see(person, "import_detail", run.pk).content.decode()
    )


def test_a_bug_in_the_worker_fails_the_run_without_blaming_the_file(
    person: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(tasks, "import_read", broken)
    send_file(person, january())
    run = ImportRun.objects.get()
    assert (run.state, run.error) == (State.FAILED, tasks.OUR_FAULT)


def test_the_progress_is_polled_until_there_is_something_to_look_at(
    person: Client, owner: User, portfolio: Portfolio
) -> None:
    run = import_upload(user=owner, file=upload(january()), file_name="x.xml", portfolio_id=portfolio.pk)
    waiting = see(person, "import_progress", run.pk)
    assert waiting.status_code == 200
    assert "Waiting for a worker" in waiting.content.decode()
    assert 'hx-trigger="every 1s, import-changed from:body"' in waiting.content.decode()
    ImportRun.objects.filter(pk=run.pk).update(state=State.READING)
    tasks._reporter(run.pk)("reading", 40, 100)
    reading = see(person, "import_progress", run.pk).content.decode()
    assert "Reading the file" in reading
    assert 'aria-valuenow="40"' in reading
    tasks.read_import(str(run.pk))
    over = see(person, "import_progress", run.pk)
    assert over.status_code == 286
    assert over["HX-Redirect"] == reverse("portfolios:import_detail", args=[run.pk])


def test_a_run_can_be_cancelled_from_its_page(person: Client) -> None:
    send_file(person, january())
    run = ImportRun.objects.get()
    send(person, "import_cancel", run.pk)
    text = see(person, "import_detail", run.pk).content.decode()
    assert "This import was cancelled. Nothing of it is in the book." in text


def test_rows_can_be_filtered_and_exported(person: Client, portfolio: Portfolio) -> None:
    bad = trade(3, "BUY", 5, "10", "2025-01-21", quantity="=HYPERLINK(1)")
    data = january(Trades=[trade(1, "BUY", 10, "10", "2025-01-06"), bad])
    send_file(person, data, portfolio=str(portfolio.pk))
    run = ImportRun.objects.get()
    text = see(person, "import_rows", run.pk, status="wrong").content.decode()
    assert "Not understood" in text
    assert "Buy 10 ACME" not in text
    download = see(person, "import_rows_csv", run.pk, status="wrong")
    lines = b"".join(download.streaming_content).decode().splitlines()
    assert "statement.xml" in lines[0]
    assert len(lines) == 3
    assert "Trades" in lines[2]
    part_only = person.get(
        reverse("portfolios:import_rows", args=[run.pk]), {"status": "wrong"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "<html" not in part_only


def test_an_empty_list_offers_the_first_import(person: Client) -> None:
    assert "Nothing was imported yet." in see(person, "import_list").content.decode()


ROUTES = [
    ("import_detail", "get"),
    ("import_progress", "get"),
    ("import_rows", "get"),
    ("import_rows_csv", "get"),
    ("import_mapping", "get"),
    ("import_review", "get"),
    ("import_mapping", "post"),
    ("import_review", "post"),
    ("import_confirm", "post"),
    ("import_cancel", "post"),
    ("import_remap", "post"),
]


@pytest.mark.parametrize(("name", "method"), ROUTES)
def test_a_strangers_run_is_not_there(client: Client, owner: User, name: str, method: str) -> None:
    run = import_upload(user=owner, file=upload(january()), file_name="x.xml")
    client.force_login(MemberFactory().user)
    assert getattr(client, method)(reverse(f"portfolios:{name}", args=[run.pk])).status_code == 404
    run.refresh_from_db()
    assert run.state == State.UPLOADED


@pytest.mark.parametrize(("name", "method"), ROUTES)
def test_a_visitor_is_sent_to_sign_in(client: Client, owner: User, name: str, method: str) -> None:
    run = import_upload(user=owner, file=upload(january()), file_name="x.xml")
    answer = getattr(client, method)(reverse(f"portfolios:{name}", args=[run.pk]))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


def test_a_reader_sees_an_import_but_cannot_carry_on_with_it(
    client: Client, owner: User, portfolio: Portfolio
) -> None:
    run = import_upload(user=owner, file=upload(january()), file_name="x.xml", portfolio_id=portfolio.pk)
    reader = UserFactory()
    GrantFactory(household=portfolio.household, grantee=reader, granted_by=owner, scope=Grant.Scope.READ)
    client.force_login(reader)
    assert client.get(reverse("portfolios:import_detail", args=[run.pk])).status_code == 200
    assert client.post(reverse("portfolios:import_cancel", args=[run.pk])).status_code == 404
    answer = client.post(
        reverse("portfolios:import_new"), {"statement": upload(january()), "portfolio": str(portfolio.pk)}
    )
    assert answer.status_code == 422
    run.refresh_from_db()
    assert (run.state, ImportRun.objects.count()) == (State.UPLOADED, 1)


# --- Data check ------------------------------------------------------------------------------------


def finding(portfolio: Portfolio) -> Finding:
    """A position that differs."""
    return Finding.objects.create(
        portfolio=portfolio, kind="position_differs", detail="ACME is incomplete, difference −20"
    )


def test_a_finding_is_suppressed_with_a_reason_and_taken_back(
    person: Client, owner: User, portfolio: Portfolio
) -> None:
    row = finding(portfolio)
    assert finding_count(owner) == 1
    text = see(person, "data_check").content.decode()
    assert "ACME is incomplete, difference −20" in text
    assert "Figures that are likely wrong" in text
    refused = send(person, "finding_dismiss", row.pk, reason=" ")
    assert refused.status_code == 422
    assert "the reason stays beside the finding" in refused.content.decode()
    send(person, "finding_dismiss", row.pk, reason="Gifted to a friend")
    assert finding_count(owner) == 0
    text = see(person, "data_check").content.decode()
    assert "Suppressed" in text
    assert "Gifted to a friend" in text
    send(person, "finding_restore", row.pk)
    assert (finding_count(owner), FindingDismissal.objects.count()) == (1, 0)


def test_nobody_else_can_suppress_a_finding(client: Client, owner: User, portfolio: Portfolio) -> None:
    row = finding(portfolio)
    stranger = MemberFactory().user
    reader = UserFactory()
    GrantFactory(household=portfolio.household, grantee=reader, granted_by=owner, scope=Grant.Scope.READ)
    for somebody in (stranger, reader):
        client.force_login(somebody)
        answer = client.post(reverse("portfolios:finding_dismiss", args=[row.pk]), {"reason": "fine"})
        assert answer.status_code == 404
    assert FindingDismissal.objects.count() == 0
    assert (finding_count(stranger), finding_count(reader)) == (0, 1)


def test_a_book_without_findings_says_so(person: Client, portfolio: Portfolio) -> None:
    assert "Nothing to check yet." in see(person, "data_check").content.decode()
    send_file(person, january(), portfolio=str(portfolio.pk))
    send(person, "import_confirm", ImportRun.objects.get().pk, **account_fields(str(portfolio.pk)))
    assert "Nothing found: the book agrees with its statements" in see(person, "data_check").content.decode()


def test_a_finding_that_does_not_exist_is_not_found(person: Client) -> None:
    assert send(person, "finding_dismiss", uuid4(), reason="x").status_code == 404
    assert ACCOUNT == "U7654321"
