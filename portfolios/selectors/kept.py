"""Keeping what follows from the book until the book changes: computed once for each version of it."""

import hashlib
from collections.abc import Callable
from typing import TypeVar

from django.core.cache import cache

from portfolios.selectors.scopes import Scope

T = TypeVar("T")
# Every write of a book gives it a new version; the time only bounds names of instruments that changed since.
KEPT_SECONDS = 300


def stamp_of(scope: Scope, *parts: object) -> str:
    """A text that is the same only for the same version of the same book, reach and `parts`."""
    accounts = ";".join(f"{account.id} {account.base_currency} {account.name}" for account in scope.accounts)
    text = f"{scope.household_id} {scope.version} {scope.currency} {scope.label} {parts} {accounts}"
    return hashlib.sha256(text.encode()).hexdigest()


def kept(name: str, scope: Scope, *parts: object, compute: Callable[[], T | None]) -> T | None:
    """What `compute` gives for this version of the book, these accounts and `parts`; None is not kept.

    The key differs for another book, another viewer's reach, or any other part, so nobody is shown what was
    computed for somebody who sees more.
    """
    key = f"{name}:{stamp_of(scope, *parts)}"
    found: T | None = cache.get(key)
    if found is None:
        found = compute()
        if found is not None:
            cache.set(key, found, KEPT_SECONDS)
    return found
