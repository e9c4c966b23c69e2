"""What web, live and gateway processes must never load: it would cost them seconds and memory."""

import subprocess
import sys

import pytest

HEAVY = (
    "torch", "pandas", "numpy", "scipy", "skfolio", "sklearn", "statsmodels", "cvxpy", "osqp", "clarabel",
    "exchange_calendars", "reportlab", "matplotlib", "plotly",
)  # fmt: skip
# process -> what it imports when it starts, and when it first works
PROCESSES = {
    "web": ("wealthalloc.wsgi",),
    "demo": ("wealthalloc.asgi",),
    "live": ("wealthalloc.live", "trading.consumers.sockets", "wealthalloc.lifespan"),
    "gateway": (
        "trading.management.commands.run_gateway",
        "trading.brokers.ibkr.client",
        "trading.feeds.registry",
    ),
    "worker of news": ("mlrecs.tasks.news", "mlrecs.services.tone", "mlrecs.services.sentiment"),
    "intelligence": (
        "mlrecs.tasks",
        "mlrecs.urls",
        "mlrecs.api.urls",
        "mlrecs.management.commands.train_models",
        "mlrecs.management.commands.score_anomalies",
    ),
    "paper gateway": ("trading.management.commands.papergateway", "trading.papergateway.running"),
}
# The event loop of the broker's client package computes its statistics with it.
UNAVOIDABLE = {"gateway": {"numpy"}}
# Those whose addresses name every view.
WITH_PAGES = {"web", "demo"}


@pytest.mark.parametrize("process", PROCESSES)
def test_a_serving_process_does_not_load_what_only_workers_need(process: str) -> None:
    pages = "from django.urls import get_resolver; get_resolver().url_patterns;"
    barred = [name for name in HEAVY if name not in UNAVOIDABLE.get(process, set())]
    program = (
        "import sys, importlib, django;"
        "django.setup();"
        f"[importlib.import_module(one) for one in {PROCESSES[process]!r}];"
        f"{pages if process in WITH_PAGES else ''}"
        f"print([name for name in {barred!r} if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert answer.stdout.strip().splitlines()[-1:] == ["[]"], answer.stderr
