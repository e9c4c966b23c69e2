"""A live process with a thousand sockets: prices reach all of them, and its memory stays."""

import os
import resource
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from bench.fan_out import WAYS, clients, publish, served
from bench.made_visitors import cookies_make, instruments_make
from trading.consumers.doors import SOCKETS_OF_ONE

SOCKETS = 1_000
SECONDS = float(os.environ.get("SOAK_LIVE_SECONDS", "60"))
WARM_SECONDS = 10.0
BATCHES_A_SECOND = 4
ALLOWED_GROWTH = 1.05
OURS = next(way for way in WAYS if way.is_ours)


def resident_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


@pytest.fixture
def _many_files() -> None:
    """A thousand sockets are a thousand open files, here and in the processes that are started."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * SOCKETS if most == resource.RLIM_INFINITY else min(4 * SOCKETS, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def settings_of_the_test() -> dict[str, str]:
    """What lets another process read this test's database and sign-ins."""
    base, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    return {
        "DATABASE_URL": f"{base}/{connection.settings_dict['NAME']}",
        "SECRET_KEY": settings.SECRET_KEY,
        "DJANGO_SETTINGS_MODULE": "wealthalloc.settings.base",
    }


def tell(symbols: list[str], seconds: float) -> int:
    """Publish at an even pace; returns how many batches that were."""
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        publish(symbols)
        count += 1
        time.sleep(1 / BATCHES_A_SECOND)
    return count


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_many_files")
def test_a_thousand_sockets_get_every_price_and_the_process_keeps_its_size() -> None:
    symbols = instruments_make(20)
    people = cookies_make(SOCKETS // SOCKETS_OF_ONE)
    cookies = [cookie for cookie in people for _ in range(SOCKETS_OF_ONE)]
    with (
        served(OURS.application, settings_of_the_test()) as (port, pid),
        clients(port, OURS, symbols, cookies) as figures,
    ):
        figures()
        batches = tell(symbols, WARM_SECONDS)
        warm = resident_kib(pid)
        batches += tell(symbols, SECONDS - WARM_SECONDS)
        time.sleep(1)
        size, got = resident_kib(pid), figures()
    print(f"{warm} KiB warm, {size} KiB at the end, {got}")  # noqa: T201 - the figures of the run

    assert got["count"] == batches * SOCKETS
    assert got["p99"] < 500
    assert size <= warm * ALLOWED_GROWTH, f"{warm} KiB after {WARM_SECONDS} s, {size} KiB after {SECONDS} s"
