"""Who is on a page of trading, what its address names, and a refusal put onto the form that it refused."""

from uuid import UUID

from allauth.core.exceptions import ReauthenticationRequired
from django import forms
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from accounts.selectors.sessions import last_proof
from common.errors import DomainError, NotFound
from trading.models import BrokerAccount
from trading.selectors.standing_facts import limits_of


def person_of(request: HttpRequest) -> User:
    """Who is signed in; pages behind `login_required` have somebody."""
    if not isinstance(request.user, User):
        raise NotFound("Nobody is signed in.", code="not-found")
    return request.user


def identifier(request: HttpRequest, parameter: str) -> UUID | None:
    """An identifier in the address, or None without one. Raises NotFound for one that cannot be read."""
    text = request.GET.get(parameter, "")
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("There is nothing by that identifier.", code="not-found") from None


def proof_needed(request: HttpRequest, account: BrokerAccount) -> None:
    """Ask for the password before an order moves real money, unless it was given just now.

    Raises ReauthenticationRequired, which leads to the page that asks and back to what was sent.
    """
    if not account.gateway.is_live:
        return
    proof = last_proof(request)
    within = limits_of([account.pk])[account.pk].limits.sign_in_seconds
    if proof is None or (timezone.now() - proof).total_seconds() > within:
        raise ReauthenticationRequired


def refused_onto(form: forms.Form, refusal: DomainError) -> None:
    """Put a refusal where it can be mended: beside its fields, or above the form."""
    for field, sentences in refusal.fields.items():
        for sentence in sentences:
            form.add_error(field if field in form.fields else None, sentence)
    if not refusal.fields:
        form.add_error(None, refusal.detail)
