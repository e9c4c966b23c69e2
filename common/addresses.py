"""Addresses of other servers: which may be asked at all."""

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

HTTPS_PORT = 443


class UnsafeAddress(ValueError):
    """An address that is not asked; the words never repeat it, for it may hold a key."""


def address_check(address: str) -> SplitResult:
    """The parts of `address`: HTTPS with a host and no login in it, or plain HTTP to this machine.

    Raises UnsafeAddress for every other one.
    """
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        raise UnsafeAddress("this is no address") from None
    if not host or any(sign.isspace() or sign in "\\\x00" for sign in address):
        raise UnsafeAddress("this is no address")
    if "@" in parts.netloc:
        raise UnsafeAddress("an address must not hold a login")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise UnsafeAddress("only HTTPS is spoken beyond this machine")
    return parts


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine by its number; names are not trusted to be."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_within(address: str, domains: tuple[str, ...]) -> bool:
    """Whether `address` is HTTPS on its usual port to one of `domains` or to a host below one.

    For addresses that somebody else's answer names: following any other would let the answer choose whom
    this machine asks.
    """
    try:
        parts = address_check(address)
    except UnsafeAddress:
        return False
    host = (parts.hostname or "").removesuffix(".")
    is_usual = parts.scheme == "https" and parts.port in (None, HTTPS_PORT)
    return is_usual and any(host == domain or host.endswith(f".{domain}") for domain in domains)
