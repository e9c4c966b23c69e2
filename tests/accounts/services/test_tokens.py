"""Tokens: a refresh token works once, and using it twice ends the sign-in."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections

from accounts.models import RefreshToken, TokenFamily, User
from accounts.selectors.sign_ins import sign_in_list, sign_in_user
from accounts.services import tokens
from accounts.services.tokens import TokenPair, TokenRefused, token_refresh
from common.errors import NotFound
from common.models import AuditEvent
from tests.factories.accounts import NOON, PASSWORD, UserFactory


def sign_in(user: User) -> TokenPair:
    """Tokens of a fresh sign-in."""
    return tokens.token_issue(
        email=user.email, password=PASSWORD, code="", address="192.0.2.1", client="test", now=NOON
    )


@pytest.mark.django_db
def test_a_sign_in_gives_five_minutes_of_access_and_two_weeks_of_refreshing() -> None:
    pair = sign_in(UserFactory())
    assert pair.access_expires_at == NOON + timedelta(minutes=5)
    assert pair.refresh_expires_at == NOON + timedelta(days=14)


@pytest.mark.django_db
def test_the_database_holds_no_refresh_token() -> None:
    pair = sign_in(UserFactory())
    stored = RefreshToken.objects.get()
    assert len(pair.refresh) == 43
    assert len(stored.digest) == 64
    assert pair.refresh not in str(list(RefreshToken.objects.values()) + list(TokenFamily.objects.values()))


@pytest.mark.django_db
def test_a_refresh_spends_its_token_and_the_new_one_goes_on() -> None:
    user = UserFactory()
    first = sign_in(user)
    second = token_refresh(refresh=first.refresh, now=NOON + timedelta(minutes=4))
    third = token_refresh(refresh=second.refresh, now=NOON + timedelta(minutes=8))
    assert len({first.refresh, second.refresh, third.refresh}) == 3
    family = TokenFamily.objects.get()
    assert family.last_used_at == NOON + timedelta(minutes=8)
    assert family.tokens.filter(spent_at__isnull=True).count() == 1


@pytest.mark.django_db
def test_a_spent_token_ends_its_whole_family() -> None:
    user = UserFactory()
    first = sign_in(user)
    second = token_refresh(refresh=first.refresh, now=NOON)
    with pytest.raises(TokenRefused):
        token_refresh(refresh=first.refresh, now=NOON)
    with pytest.raises(TokenRefused):
        token_refresh(refresh=second.refresh, now=NOON)
    family = TokenFamily.objects.get()
    assert family.revoked_because == "token used twice"
    assert sign_in_user(family_id=family.pk, user_id=user.pk) is None
    assert AuditEvent.objects.filter(action="sign_in.reuse").count() == 1


@pytest.mark.django_db
def test_another_sign_in_of_the_same_person_goes_on() -> None:
    user = UserFactory()
    stolen, kept = sign_in(user), sign_in(user)
    token_refresh(refresh=stolen.refresh, now=NOON)
    with pytest.raises(TokenRefused):
        token_refresh(refresh=stolen.refresh, now=NOON)
    assert token_refresh(refresh=kept.refresh, now=NOON).access


@pytest.mark.django_db(transaction=True)
def test_of_fifty_refreshes_at_once_one_wins_and_the_family_is_dead() -> None:
    pair = sign_in(UserFactory())
    start = threading.Barrier(50)

    def refresh(_: int) -> str | None:
        start.wait()
        try:
            return token_refresh(refresh=pair.refresh, now=NOON).refresh
        except TokenRefused:
            return None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(50) as pool:
        winners = [token for token in pool.map(refresh, range(50)) if token]
    assert len(winners) == 1
    assert RefreshToken.objects.count() == 2
    assert TokenFamily.objects.get().revoked_at == NOON
    with pytest.raises(TokenRefused):
        token_refresh(refresh=winners[0], now=NOON)


@pytest.mark.django_db
def test_an_old_token_cannot_be_used() -> None:
    pair = sign_in(UserFactory())
    with pytest.raises(TokenRefused):
        token_refresh(refresh=pair.refresh, now=NOON + timedelta(days=14))
    assert TokenFamily.objects.get().revoked_at is None


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["", "x" * 43, "\x00", "ünïcode"])
def test_a_token_that_was_never_given_out_is_refused(token: str) -> None:
    with pytest.raises(TokenRefused):
        token_refresh(refresh=token, now=NOON)


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["password", "closed"])
def test_tokens_end_with_the_password_and_with_the_login(change: str) -> None:
    user = UserFactory()
    pair = sign_in(user)
    family = TokenFamily.objects.get()
    assert sign_in_user(family_id=family.pk, user_id=user.pk) == user
    if change == "password":
        user.set_password("another long password")
    else:
        user.is_active = False
    user.save()
    assert sign_in_list(user, now=NOON) == ([] if change == "password" else [family])
    assert sign_in_user(family_id=family.pk, user_id=user.pk) is None
    with pytest.raises(TokenRefused):
        token_refresh(refresh=pair.refresh, now=NOON)


@pytest.mark.django_db
def test_a_former_secret_key_still_opens_its_tokens(settings: object) -> None:
    user = UserFactory()
    now = datetime.now(UTC)
    pair = tokens.token_issue(
        email=user.email, password=PASSWORD, code="", address="192.0.2.1", client="", now=now
    )
    former = settings.SECRET_KEY  # type: ignore[attr-defined] # the fixture has no public type
    settings.SECRET_KEY = "another-key-" * 5  # type: ignore[attr-defined] # same
    with pytest.raises(TokenRefused):
        tokens.access_token_read(pair.access)
    settings.SECRET_KEY_FALLBACKS = [former]  # type: ignore[attr-defined] # same
    claims = tokens.access_token_read(pair.access)
    assert claims.user_id == user.pk
    assert sign_in_user(family_id=claims.family_id, user_id=user.pk) == user


@pytest.mark.django_db
def test_revoking_ends_the_sign_in_and_an_unknown_token_changes_nothing() -> None:
    pair = sign_in(UserFactory())
    tokens.token_revoke(refresh="unknown", now=NOON)
    assert TokenFamily.objects.get().revoked_at is None
    tokens.token_revoke(refresh=pair.refresh, now=NOON)
    assert TokenFamily.objects.get().revoked_because == "signed out"
    with pytest.raises(TokenRefused):
        token_refresh(refresh=pair.refresh, now=NOON)


@pytest.mark.django_db
def test_nobody_ends_the_sign_in_of_somebody_else() -> None:
    owner, stranger = UserFactory(), UserFactory()
    sign_in(owner)
    family = TokenFamily.objects.get()
    with pytest.raises(NotFound):
        tokens.family_revoke(user=stranger, family_id=family.pk, now=NOON)
    assert sign_in_list(owner, now=NOON) == [family]
    tokens.family_revoke(user=owner, family_id=family.pk, now=NOON)
    assert sign_in_list(owner, now=NOON) == []


@pytest.mark.django_db
def test_all_sign_ins_of_a_person_end_together_and_nobody_elses() -> None:
    owner, other = UserFactory(), UserFactory()
    for user in (owner, owner, other):
        sign_in(user)
    assert tokens.families_revoke(user=owner, because="test", now=NOON) == 2
    assert len(sign_in_list(other, now=NOON)) == 1
