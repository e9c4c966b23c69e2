"""What web, live and gateway processes must never load: it would cost them seconds and memory."""

import subprocess
import sys

import pytest

HEAVY = ("torch", "pandas", "numpy", "skfolio", "sklearn", "exchange_calendars", "reportlab")


@pytest.mark.parametrize("module", ["wealthalloc.wsgi", "wealthalloc.asgi"])
def test_a_serving_process_does_not_load_what_only_workers_need(module: str) -> None:
    program = (
        "import sys, importlib;"
        f"importlib.import_module({module!r});"
        "from django.urls import get_resolver; get_resolver().url_patterns;"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert answer.stdout.strip().splitlines()[-1:] == ["[]"], answer.stderr
