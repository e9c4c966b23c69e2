"""The one place that imports the client package."""

import ast
import os
import subprocess
import sys
from pathlib import Path

from trading.brokers.ibkr import package

ROOT = Path(package.__file__).parent


def test_the_package_is_the_one_that_was_asked_for() -> None:
    asked = os.environ.get("IBKR_PACKAGE") or "ib_insync"
    assert (package.NAME, package.IB.__module__.partition(".")[0]) == (asked, asked)


def test_no_other_module_of_the_room_imports_it() -> None:
    found = {
        path.name
        for path in ROOT.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module in {"ib_insync", "ib_async"}
    }
    assert found == {"package.py"}


def run(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
        cwd=ROOT.parents[2],
    )


def test_it_can_be_imported_in_a_thread_and_leaves_no_loop_there() -> None:
    answer = run(
        "import asyncio, threading\n"
        "def work():\n"
        "    import trading.brokers.ibkr.client\n"
        "    try:\n"
        "        asyncio.get_event_loop_policy().get_event_loop()\n"
        "    except RuntimeError:\n"
        "        print('imported, no loop')\n"
        "thread = threading.Thread(target=work)\n"
        "thread.start()\n"
        "thread.join()\n"
    )
    assert (answer.stdout.strip(), answer.stderr) == ("imported, no loop", "")


def test_it_can_be_imported_while_a_loop_runs() -> None:
    answer = run(
        "import asyncio\n"
        "async def main():\n"
        "    import trading.brokers.ibkr.client\n"
        "    print(asyncio.get_event_loop_policy().get_event_loop() is asyncio.get_running_loop())\n"
        "asyncio.run(main())\n"
    )
    assert (answer.stdout.strip(), answer.stderr) == ("True", "")


def test_a_name_that_is_neither_package_is_refused() -> None:
    answer = run("import trading.brokers.ibkr.package", IBKR_PACKAGE="ibapi")
    assert answer.stderr.strip().splitlines()[-1] == (
        "ImportError: IBKR_PACKAGE is 'ibapi'; it may be ib_insync or ib_async."
    )
