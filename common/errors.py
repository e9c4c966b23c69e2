"""Errors that a person may be shown; everything else is a bug and stays an exception."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class DomainError(Exception):
    """A refusal that is the user's to read and mend.

    `code` is stable and machine-readable, `detail` is a sentence for people, `fields` maps a field name
    to the sentences about it. `extensions` are further members of the API's problem document, JSON.
    """

    detail: str
    code: str = "refused"
    fields: dict[str, list[str]] = field(default_factory=dict)
    extensions: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.detail


class NotFound(DomainError):
    """What was asked for does not exist, or is not this person's to see: the two are never told apart."""


class Conflict(DomainError):
    """The request is sound but the state of the book does not allow it now."""


class InvalidInput(DomainError):
    """A value that was given cannot be used; `fields` names which."""


class Unprocessable(DomainError):
    """The request can be read and its values can be used, but what it asks for must not be done."""


class TooLarge(InvalidInput):
    """What was sent is larger than is taken in."""


class LengthMissing(InvalidInput):
    """What was sent does not say beforehand how large it is."""
