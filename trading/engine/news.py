"""News as a provider tells it, before anybody has read its tone."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsTold:
    """One piece of news: the provider and its own id, when it was published (UTC), and whom it is about.

    `publisher` is who wrote it. `body` is a summary, empty where there is none; it is text, never markup.
    """

    provider: str
    external_id: str
    publisher: str
    published_at: datetime
    headline: str
    body: str
    link: str
    symbols: tuple[str, ...]
