"""The product as `make demo` starts it, in a home and on a port of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from wealthalloc.devstack.home import ROOT
from wealthalloc.devstack.leftovers import MARK
from wealthalloc.devstack.ports import port_free
from wealthalloc.devstack.product import DEMO_LOGIN, DEMO_PASSWORD

# What a run of tests sets for itself; the demo finds its own servers and its own settings.
UNSET = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "DJANGO_ALLOW_ASYNC_UNSAFE", MARK)
READY_SECONDS = 240.0
PASSWORD = "correct horse battery staple"

__all__ = ["DEMO_LOGIN", "DEMO_PASSWORD", "PASSWORD", "Product", "product_running"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """Where the running product is, and where it keeps its data and its mail."""

    url: str
    home: Path

    def mail(self) -> str:
        """Everything that was posted so far; the demo prints its mail."""
        return "".join(
            path.read_text(encoding="utf-8", errors="replace") for path in (self.home / "logs").glob("*.log")
        )


@contextmanager
def product_running(home: Path) -> Iterator[Product]:
    """The demo from start to stop. Raises RuntimeError with its words when it does not become ready."""
    port = port_free()
    environment = {name: value for name, value in os.environ.items() if name not in UNSET}
    environment |= {"WEALTHALLOC_HOME": str(home), "PORT": str(port), "PYTHONUNBUFFERED": "1"}
    home.mkdir(parents=True, exist_ok=True)
    said = home / "demo.log"
    with said.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "wealthalloc.devstack", "demo", "--follow-parent"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    try:
        _wait_until_ready(process, said)
        yield Product(url=f"http://127.0.0.1:{port}", home=home)
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait_until_ready(process: "subprocess.Popen[bytes]", said: Path) -> None:
    end = time.monotonic() + READY_SECONDS
    while "is ready" not in said.read_text():
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"The demo did not start:\n{said.read_text()}")
        time.sleep(0.1)
