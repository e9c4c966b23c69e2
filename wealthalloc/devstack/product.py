"""The product as processes: the demo on one port, and the shape of production on two."""

import os
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wealthalloc.devstack.errors import StackError
from wealthalloc.devstack.home import home_folder
from wealthalloc.devstack.leftovers import leftovers_end
from wealthalloc.devstack.ports import LOOPBACK, port_free
from wealthalloc.devstack.stack import ServerUrls, Stack
from wealthalloc.devstack.supervisor import Program, Supervisor
from wealthalloc.devstack.terminal import terminal_own

DEMO_LOGIN = "demo@wealthalloc.test"
DEMO_PASSWORD = "wealthalloc-demo"  # noqa: S105 - printed on purpose: the demo's data is made up
PAPER = "paper"
# Invented, and not in the demo's book: so that the broker's own search has something to find.
BESIDE = "NWTL:48.20:Northwind Tools (invented)"
PREPARE_SECONDS = 300.0
SERVE_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Which processes make the product: what runs once before, what serves, and what works behind."""

    prepare: tuple[Program, ...]
    serve: tuple[Program, ...]
    work: tuple[Program, ...]
    environment: Mapping[str, str]
    ports: tuple[int, ...]
    words: str


def manage(*arguments: str) -> tuple[str, ...]:
    """The command line of a management command in this environment."""
    return (sys.executable, "manage.py", *arguments)


def module(*arguments: str) -> tuple[str, ...]:
    """The command line of a module in this environment."""
    return (sys.executable, "-m", *arguments)


STATIC = Program(name="static", command=manage("collectstatic", "--noinput", "-v", "0"), lasting=False)


def demo_shape(*, home: Path, port: int, paper: int) -> Shape:
    """Pages, API and sockets from one ASGI process, and a worker that keeps the schedule too.

    `paper` is where the paper gateway listens.
    """
    return Shape(
        prepare=(
            Program(name="prepare", command=manage("prepare", "--demo"), lasting=False),
            STATIC,
        ),
        serve=(Program(name="web", command=uvicorn("wealthalloc.asgi:application", port)),),
        work=(worker("-B", "-s", str(home / "run" / "beat"), "-c", "2"), *trading(home, paper)),
        environment={"WEALTHALLOC_DEMO": "1", "WEALTHALLOC_PAPER_PORT": str(paper)},
        ports=(port,),
        words=f"Sign in as {DEMO_LOGIN} with the password {DEMO_PASSWORD}.",
    )


def serve_shape(*, home: Path, port: int, paper: int, workers: int) -> Shape:
    """Pages and API under WSGI, sockets in a process and on a port of their own, worker and beat apart.

    In production a proxy sends /ws/ to the second port; without one the pages are told where it is.
    """
    live = port + 1
    pages = Program(
        name="web",
        command=module(
            "granian", "--interface", "wsgi", "--host", LOOPBACK, "--port", str(port),
            "--workers", str(workers), "--blocking-threads", "2", "--respawn-failed-workers",
            "--workers-kill-timeout", "2", "--log-level", "warning", "wealthalloc.wsgi:application",
        ),
    )  # fmt: skip
    return Shape(
        prepare=(Program(name="prepare", command=manage("prepare"), lasting=False), STATIC),
        serve=(pages, Program(name="live", command=uvicorn("wealthalloc.live:application", live))),
        work=(
            worker("-c", "2"),
            Program(
                name="beat",
                command=module("celery", "-q", "-A", "wealthalloc", "beat", "-l", "warning", "-s",
                               str(home / "run" / "beat")),
            ),
            *trading(home, paper),
        ),
        environment={
            "WEALTHALLOC_DEMO": "0",
            "WEALTHALLOC_PAPER_PORT": str(paper),
            "WEALTHALLOC_LIVE_URL": f"ws://{LOOPBACK}:{live}",
        },
        ports=(port, live),
        words=f"Sockets: ws://{LOOPBACK}:{live}/ws/",
    )  # fmt: skip


def uvicorn(application: str, port: int) -> tuple[str, ...]:
    """An ASGI server on loopback that ends open sockets soon after it was asked to."""
    return module(
        "uvicorn", application, "--host", LOOPBACK, "--port", str(port), "--log-level", "warning",
        "--no-access-log", "--timeout-graceful-shutdown", "2", "--lifespan", "on",
        # Frames of prices are small, many, and the same for all: compressing each for each costs too much.
        "--ws", "wealthalloc.socket_protocol:SocketProtocol", "--ws-per-message-deflate", "false",
        # Four times the largest message that is read: what is larger ends the socket.
        "--ws-max-size", "262144",
    )  # fmt: skip


def worker(*arguments: str) -> Program:
    """A Celery worker on all queues."""
    return Program(
        name="worker",
        command=module(
            "celery", "-q", "-A", "wealthalloc", "--skip-checks", "worker", "-Q", "default,sync,ml",
            "-l", "warning", "--without-gossip", "--without-mingle", *arguments,
        ),
        # Loopback and one machine's own data: the warning about root is for shared machines.
        environment={"PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges"},
    )  # fmt: skip


def trading(home: Path, port: int) -> tuple[Program, ...]:
    """The paper exchange behind its gateway, always open, and the daemon that trades on it."""
    return (
        Program(
            name="paper",
            command=manage(
                "papergateway", "--skip-checks", "--gateway", PAPER, "--port", str(port), "--always-open",
                "--state-folder", str(home / "paper"), "--list", BESIDE,
            ),
        ),
        Program(name="gateway", command=manage("run_gateway", "--skip-checks", "--wait", PAPER)),
    )  # fmt: skip


def product_run(*, kind: str, follow_parent: bool) -> None:
    """Run the demo or the shape of production until the end is asked for, then stop everything.

    Raises StackError with a sentence when it cannot run.
    """
    home = home_folder()
    port, paper = port_wanted(os.environ), port_free()
    shape = (
        demo_shape(home=home, port=port, paper=paper)
        if kind == "demo"
        else serve_shape(home=home, port=port, paper=paper, workers=os.cpu_count() or 1)
    )
    stack = Stack(home)
    with terminal_own():
        stack.own()
        if count := leftovers_end(home):
            print(f"Ended {count} processes that a killed launcher had left.", flush=True)
        ports_check(shape.ports)
        supervisor = Supervisor(home, environment={}, follow_parent=follow_parent)
        supervisor.interrupts_catch()
        try:
            supervisor.environment = {**environment_for(home, stack.start()), **shape.environment}
            _phases(supervisor, shape, port)
        finally:
            if supervisor.running:
                print("Stopping.", flush=True)
            supervisor.stop()
            stack.stop()
        print("Stopped.", flush=True)


def _phases(supervisor: Supervisor, shape: Shape, port: int) -> None:
    """Prepare, serve, say so, and only then start what no first page waits for."""
    once = [supervisor.launch(program) for program in shape.prepare]
    static = next(one for one in once if one.program is STATIC)
    # The web process lists the static files when it starts, but need not wait for the data.
    if not supervisor.wait_for(
        lambda: static not in supervisor.running, what="collectstatic", seconds=PREPARE_SECONDS
    ):
        return
    for program in shape.serve:
        supervisor.launch(program)
    if not supervisor.wait_for(
        lambda: not any(one in supervisor.running for one in once), what="prepare", seconds=PREPARE_SECONDS
    ):
        return
    if not supervisor.wait_for(lambda: all(map(healthy, shape.ports)), what="web", seconds=SERVE_SECONDS):
        return
    print(f"\nWealthAlloc is ready: http://{LOOPBACK}:{port}/\n{shape.words}", flush=True)
    print(f"Data and logs: {supervisor.home}. Ctrl-C stops everything.\n", flush=True)
    supervisor.forgiving = True
    for program in shape.work:
        supervisor.launch(program)
    supervisor.run()


def environment_for(home: Path, urls: ServerUrls) -> dict[str, str]:
    """The environment of every process: the caller's, and where the servers are."""
    return {
        **os.environ,
        "WEALTHALLOC_HOME": str(home),
        "DATABASE_URL": urls.database,
        "REDIS_URL": urls.redis,
        "DJANGO_SETTINGS_MODULE": "wealthalloc.settings.base",
        "PYTHONUNBUFFERED": "1",
    }


def port_wanted(environment: Mapping[str, str]) -> int:
    """PORT, or 8000. Raises StackError when it is no port."""
    text = environment.get("PORT") or "8000"
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65534:  # noqa: PLR2004 - ports
        raise StackError(f"PORT is {text!r}: it must be a whole number between 1 and 65534.")
    return int(text)


def ports_check(ports: tuple[int, ...]) -> None:
    """Raise StackError when somebody else listens on one of the ports."""
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError as error:
                raise StackError(
                    f"Port {port} cannot be used ({error.strerror}). Set PORT to another."
                ) from None


def healthy(port: int) -> bool:
    """Whether the process on this port says that it can serve."""
    try:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)  # noqa: PLR2004 - OK
    except (OSError, urllib.error.URLError):
        return False
