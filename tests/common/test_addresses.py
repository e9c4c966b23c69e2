"""Which addresses are asked at all, and which of somebody else's are followed."""

import pytest

from common.addresses import UnsafeAddress, address_check, is_within

BROKER = ("interactivebrokers.com",)


@pytest.mark.parametrize(
    "address",
    [
        "https://api.example.org/v2",
        "https://api.example.org:8443/",
        "http://127.0.0.1:80/x",
        "http://[::1]/x",
    ],
)
def test_https_and_this_machine_may_be_asked(address: str) -> None:
    assert address_check(address).hostname


@pytest.mark.parametrize(
    "address",
    [
        "http://api.example.org/",
        "http://localhost/",
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1.example.org/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "//example.org/",
        "",
        "https://user:secret@example.org/",
        "https://example.org@evil.example/",
        "https://exa mple.org/",
        "https://example.org\\@evil.example/",
        "https://example.org:99999/",
        "https://[::1/",
        "https://example.org/\n",
    ],
)
def test_anything_else_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(UnsafeAddress) as refused:
        address_check(address)

    assert "example" not in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("address", "followed"),
    [
        ("https://gdcdyn.interactivebrokers.com/Universal/servlet/FlexStatementService.GetStatement", True),
        ("https://interactivebrokers.com:443/x", True),
        ("https://NDCDYN.InteractiveBrokers.COM/x", True),
        ("https://ndcdyn.interactivebrokers.com./x", True),
        ("http://ndcdyn.interactivebrokers.com/x", False),
        ("https://ndcdyn.interactivebrokers.com:8443/x", False),
        ("https://evilinteractivebrokers.com/x", False),
        ("https://interactivebrokers.com.evil.example/x", False),
        ("https://interactivebrokers.com@evil.example/x", False),
        ("https://evil.example/interactivebrokers.com", False),
        ("https://evil.example#.interactivebrokers.com", False),
        ("https://evil.example\\.interactivebrokers.com/", False),
        ("https://127.0.0.1/x", False),
        ("https://[::ffff:127.0.0.1]/x", False),
        ("https://2130706433/x", False),
        ("", False),
    ],
)
def test_an_address_of_somebody_elses_answer_is_followed_within_the_domain_alone(
    address: str, followed: bool
) -> None:
    assert is_within(address, BROKER) is followed
