"""What the settings refuse, and what production has that one machine has not."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from wealthalloc.devstack.home import ROOT

PRODUCTION = {
    "WEALTHALLOC_MODE": "production",
    "SECRET_KEY": "k" * 20 + "0123456789abcdefghijklmnopqrstuvwxyz!@#$%",
    "WEALTHALLOC_ENCRYPTION_KEYS": "k1:" + "A" * 43,
    "DATABASE_URL": "postgresql://book:none@db.example.test:5432/book",
    "REDIS_URL": "redis://mq.example.test:6379/0",
    "WEALTHALLOC_HOSTS": "book.example.test",
    "WEALTHALLOC_MAIL_HOST": "mail.example.test",
}
SHOWN = (
    "SESSION_COOKIE_SECURE CSRF_COOKIE_SECURE SECURE_SSL_REDIRECT SECURE_HSTS_SECONDS DEBUG "
    "ACCOUNT_EMAIL_VERIFICATION CSRF_TRUSTED_ORIGINS"
)


def settings_show(home: Path, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """Print a few settings as a process with this environment has them."""
    script = f"import wealthalloc.settings.base as s; print(*[getattr(s, n) for n in {SHOWN.split()}])"
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=kept | {"WEALTHALLOC_HOME": str(home)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "name",
    [
        "SECRET_KEY",
        "WEALTHALLOC_ENCRYPTION_KEYS",
        "DATABASE_URL",
        "REDIS_URL",
        "WEALTHALLOC_HOSTS",
        "WEALTHALLOC_MAIL_HOST",
    ],
)
def test_production_refuses_to_run_without(name: str, tmp_path: Path) -> None:
    without = {key: value for key, value in PRODUCTION.items() if key != name}
    done = settings_show(tmp_path, without)
    assert done.returncode == 1
    assert f"{name} is not set" in done.stderr


def test_production_is_for_https_only_and_writes_nothing(tmp_path: Path) -> None:
    done = settings_show(tmp_path, PRODUCTION)
    assert done.stdout == "True True True 31536000 False mandatory ['https://book.example.test']\n"
    assert list(tmp_path.iterdir()) == []


def test_one_machine_needs_nothing_and_keeps_its_key(tmp_path: Path) -> None:
    done = settings_show(tmp_path, {})
    assert done.stdout == "False False False 0 False optional []\n"
    key = tmp_path / "secrets" / "secret_key"
    before = key.read_text()
    assert (len(before), key.stat().st_mode & 0o777) == (64, 0o600)
    settings_show(tmp_path, {})
    assert key.read_text() == before


def test_a_command_without_servers_says_what_to_set_or_start(tmp_path: Path) -> None:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--skip-checks"],
        cwd=ROOT,
        env=kept | {"WEALTHALLOC_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "No database: DATABASE_URL is not set" in done.stderr.splitlines()[-1]
    assert "make demo" in done.stderr.splitlines()[-1]


def test_every_variable_is_described_where_one_looks_for_it() -> None:
    sources = [
        *(ROOT / "wealthalloc" / "settings").glob("*.py"),
        *(ROOT / "wealthalloc" / "devstack").glob("*.py"),
    ]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    named = set(re.findall(r"""env_\w+\(\s*"([A-Z_]+)\"""", text))
    named |= set(re.findall(r"""environ\w*(?:\.get\(|\[)"([A-Z_]+)\"""", text))
    described = (ROOT / "docs" / "how-to" / "run.md").read_text(encoding="utf-8")
    assert len(named) > 25
    assert {name for name in named if f"`{name}`" not in described} == {"DJANGO_SETTINGS_MODULE"} & named
