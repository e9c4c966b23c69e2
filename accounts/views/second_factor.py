"""How secrets of second factors are kept: encrypted, so that a copy of the database opens nothing."""

import base64
import os

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.crypto import salted_hmac

VERSION = "v1:"
NONCE_BYTES = 12
KEY_SALT = "accounts.second-factor"


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc] # the library ships no types
    """AES-256-GCM under a key derived from SECRET_KEY; former keys in SECRET_KEY_FALLBACKS still open."""

    def encrypt(self, text: str) -> str:
        """The text sealed with a fresh nonce."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(_key(settings.SECRET_KEY)).encrypt(nonce, text.encode(), VERSION.encode())
        return VERSION + base64.urlsafe_b64encode(nonce + sealed).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The text again. Raises ImproperlyConfigured when no key of this installation opens it."""
        sealed = base64.urlsafe_b64decode(encrypted_text.removeprefix(VERSION))
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
            try:
                opened = AESGCM(_key(secret)).decrypt(
                    sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], VERSION.encode()
                )
            except InvalidTag:
                continue
            return opened.decode()
        raise ImproperlyConfigured("No SECRET_KEY, present or former, opens a stored second factor.")


def _key(secret: str) -> bytes:
    return salted_hmac(KEY_SALT, "key", secret=secret, algorithm="sha256").digest()
