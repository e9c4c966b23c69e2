"""Processes: memory of a serving one, and how soon a first `make demo` shows a page."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from bench.process_tree import descendants

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 120.0
REQUESTS = 200
MIB = 1024


def measure() -> str:
    """Seconds to the first page in an empty home, and resident memory after some hundred answers."""
    with tempfile.TemporaryDirectory(prefix="wealthalloc-bench-demo-") as home:
        first, memory, stopped = _demo(Path(home))
    lines = [
        "## Processes",
        "",
        (
            "`make demo` in an empty home, packages installed: servers from wheels initialised, "
            f"tables made, demo loaded, first page answered after **{first:.1f} s**; stopped after "
            f"{stopped:.1f} s. Resident memory after {REQUESTS} answers:"
        ),
        "",
        "| process | MiB |",
        "|---|---|",
        *(f"| {name} | {size} |" for name, size in sorted(memory.items())),
    ]
    return "\n".join(lines)


def _demo(home: Path) -> tuple[float, dict[str, int], float]:
    port = _free_port()
    environment = {
        **{key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL"}},
        "WEALTHALLOC_HOME": str(home),
        "PORT": str(port),
    }
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "wealthalloc.devstack", "demo"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/", process)
        first = time.perf_counter() - started
        for _ in range(REQUESTS):
            _get(f"http://127.0.0.1:{port}/")
        memory = _memory(process.pid)
    finally:
        stopping = time.perf_counter()
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)
    return first, memory, time.perf_counter() - stopping


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the demo ended with {process.returncode}")
        try:
            _get(address)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(address)


def _get(address: str) -> None:
    with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - loopback
        answer.read()


def _memory(parent: int) -> dict[str, int]:
    """MiB resident in each descendant of `parent`, by what it is."""
    found: dict[str, int] = {}
    for pid in descendants(parent):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        resident = next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")), 0)
        for name in ("uvicorn", "celery", "valkey", "postgres"):
            if name in words:
                label = {"uvicorn": "web (pages, API, sockets)", "celery": "worker and beat"}.get(name, name)
                found[label] = max(found.get(label, 0), resident // MIB)
                break
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
