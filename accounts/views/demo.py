"""The door for visitors: one click into the demo household."""

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.services.sign_in import demo_login
from common.htmx import redirect_after_post


@require_POST
def demo_enter(request: HttpRequest) -> HttpResponse:
    """Sign the visitor in as the demo person; there is no such page where no demo runs."""
    person = demo_login(now=timezone.now())
    login(request, person, backend="allauth.account.auth_backends.AuthenticationBackend")
    messages.info(request, "This is the demo household. Look around; nothing here is yours.")
    return redirect_after_post(request, reverse("dashboard"))
