"""What a person may choose from: currencies and ways to write numbers and dates."""

import re

# Currencies (ISO 4217) in which a household may add up its accounts: those with a freely quoted rate.
BASE_CURRENCIES: tuple[tuple[str, str], ...] = (
    ("USD", "US dollar"),
    ("EUR", "Euro"),
    ("GBP", "Pound sterling"),
    ("CHF", "Swiss franc"),
    ("JPY", "Japanese yen"),
    ("AUD", "Australian dollar"),
    ("CAD", "Canadian dollar"),
    ("CNH", "Renminbi (offshore)"),
    ("CZK", "Czech koruna"),
    ("DKK", "Danish krone"),
    ("HKD", "Hong Kong dollar"),
    ("HUF", "Hungarian forint"),
    ("ILS", "Israeli shekel"),
    ("INR", "Indian rupee"),
    ("KRW", "South Korean won"),
    ("MXN", "Mexican peso"),
    ("NOK", "Norwegian krone"),
    ("NZD", "New Zealand dollar"),
    ("PLN", "Polish zloty"),
    ("SEK", "Swedish krona"),
    ("SGD", "Singapore dollar"),
    ("TRY", "Turkish lira"),
    ("ZAR", "South African rand"),
)

# How numbers and dates are written.
LOCALES: tuple[tuple[str, str], ...] = (
    ("en-US", "English (United States)"),
    ("en-GB", "English (United Kingdom)"),
    ("de-DE", "German (Germany)"),
    ("de-CH", "German (Switzerland)"),
    ("fr-FR", "French (France)"),
)


def name_from_email(email: str) -> str:
    """A first guess at a display name: `anna.van-berg@example.org` gives `Anna Van Berg`."""
    words = [word for word in re.split(r"[._+\-]+", email.partition("@")[0]) if word]
    return " ".join(word.capitalize() for word in words)[:120]
