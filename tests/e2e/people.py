"""What people do on the pages: sign up, take the tour, import a file."""

import re
from pathlib import Path

from playwright.sync_api import FilePayload, Page, expect

from tests.e2e.product import PASSWORD

RUN = re.compile(r"/imports/[0-9a-f-]{36}/")
REVIEW = re.compile(r"/imports/[0-9a-f-]{36}/review/$")
File = Path | FilePayload


def demo_enter(page: Page) -> None:
    """Through the door of the tour."""
    page.goto("/")
    page.get_by_role("button", name="Take the tour").click()
    expect(page).to_have_url(re.compile("/dashboard/$"))


def sign_up(page: Page, email: str, name: str) -> None:
    """Through the door of the statement, until the page that takes it."""
    page.goto("/")
    page.get_by_role("link", name="Import my statement").click()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Name", exact=False).first.fill(name)
    page.locator("input[name=password1]").fill(PASSWORD)
    page.locator("input[name=password2]").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    expect(page).to_have_url(re.compile("/imports/new/$"))


def account_make(page: Page, email: str, name: str) -> None:
    """The same account, and its session, without the pages: the form is sent as a browser sends it."""
    address = "/accounts/signup/"
    token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.request.get(address).text())[0]
    fields = {"email": email, "name": name, "password1": PASSWORD, "password2": PASSWORD}
    answer = page.request.post(address, form={**fields, "csrfmiddlewaretoken": token}, max_redirects=0)
    assert answer.status == 302


def sign_in(page: Page, email: str, password: str) -> None:
    """Through the page of signing in."""
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(password)
    page.get_by_role("button", name="Sign in").click()


def upload(page: Page, file: File) -> None:
    """Hand a file to the wizard, without waiting for what it says."""
    page.goto("/imports/new/")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Read the file").click()


def confirm(page: Page, *, openings: bool = True) -> None:
    """From the review, with the opening positions or without, until the book has the file."""
    expect(page).to_have_url(REVIEW)
    choice = page.locator(f"input[name=openings][value={'add' if openings else 'none'}]")
    if choice.count():
        choice.check()
    page.get_by_role("button", name=re.compile(r"^Import [\d,]+ rows?$")).click()
    expect(page.get_by_text(re.compile(r"[\d,]+ rows? read, "))).to_be_visible()
    expect(page).to_have_url(re.compile(r"/imports/[0-9a-f-]{36}/$"))
