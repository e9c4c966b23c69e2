"""The servers of a home: started, owned, adopted, and cleaned up after every kind of sudden death."""

import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
import redis

from tests.wealthalloc.devstack.conftest import answer, wait_until
from wealthalloc.devstack import postgres, privileges, valkey
from wealthalloc.devstack.errors import StackBusyError, StackError
from wealthalloc.devstack.home import record_read
from wealthalloc.devstack.known import server_url
from wealthalloc.devstack.ports import port_free
from wealthalloc.devstack.processes import process_is_zombie, process_started
from wealthalloc.devstack.stack import Stack

Launch = Callable[[Path], "subprocess.Popen[str]"]


def pids(home: Path) -> dict[str, int]:
    records = {name: record_read(home, name) for name in ("postgres", "valkey")}
    return {name: record.pid for name, record in records.items() if record is not None}


def lock_file_write(home: Path, pid: int) -> None:
    """What a postmaster that died without cleaning up leaves."""
    data = home / "postgres" / "data"
    (data / "postmaster.pid").write_text(f"{pid}\n{data}\n1700000000\n5432\n\n127.0.0.1\n\nready   \n")


def test_both_servers_answer_on_loopback_only_and_want_a_password(stack: Stack) -> None:
    urls = stack.start()
    assert answer(urls.database, "show listen_addresses") == "127.0.0.1"
    assert answer(urls.database, "show unix_socket_directories") == ""
    assert answer(urls.database, "show password_encryption") == "scram-sha-256"
    client = redis.Redis.from_url(urls.redis)
    assert client.config_get("bind") == {"bind": "127.0.0.1"}
    assert client.config_get("appendonly") == {"appendonly": "yes"}
    client.close()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(urls.database.replace("wealthalloc:", "wealthalloc:wrong"))
    stranger = redis.Redis(port=int(urls.redis.rpartition(":")[2].partition("/")[0]))
    with pytest.raises(redis.AuthenticationError):
        stranger.ping()
    stranger.close()


def test_secrets_stand_in_private_files_and_on_no_command_line(stack: Stack, home: Path) -> None:
    urls = stack.start()
    private = [
        home / "secrets" / "postgres_password",
        home / "run" / "postgres.json",
        home / "run" / "valkey.json",
        home / "run" / "valkey.conf",
    ]
    assert [stat.S_IMODE(path.stat().st_mode) for path in private] == [0o600] * 4
    words = {url.split(":")[2].partition("@")[0] for url in (urls.database, urls.redis)}
    for pid in pids(home).values():
        line = Path(f"/proc/{pid}/cmdline").read_bytes().decode()
        assert not any(word in line for word in words)


def test_stopping_ends_both_servers_and_keeps_the_data(stack: Stack, home: Path) -> None:
    urls = stack.start()
    with psycopg.connect(urls.database) as connection:
        connection.execute("create table kept (word text)")
        connection.execute("insert into kept values ('here')")
    with redis.Redis.from_url(urls.redis) as client:
        client.set("kept", "here")
    before = pids(home)
    stack.stop()
    assert [process_started(pid) for pid in before.values()] == [None, None]
    assert server_url(home, "postgres") is None
    urls = stack.start()
    assert answer(urls.database, "select word from kept") == "here"
    with redis.Redis.from_url(urls.redis) as client:
        assert client.get("kept") in {"here", b"here"}


def test_other_processes_find_the_running_servers_through_the_home(stack: Stack, home: Path) -> None:
    urls = stack.start()
    assert server_url(home, "postgres") == urls.database
    assert server_url(home, "valkey") == urls.redis


def test_a_new_home_is_private_and_no_other_folder_is_changed(tmp_path: Path) -> None:
    outer = tmp_path / "outer"
    outer.mkdir(mode=0o700)
    package = Path(sys.prefix) / "lib"
    watched = [outer, *outer.parents, package, Path(sys.prefix)]
    before = {path: path.stat().st_mode for path in watched}
    with Stack(outer / "home", durable=False, environment={}) as stack:
        assert stat.S_IMODE(stack.home.stat().st_mode) == 0o700
    assert {path: path.stat().st_mode for path in watched} == before


def test_a_second_launcher_is_told_who_owns_the_home(stack: Stack, home: Path) -> None:
    stack.start()
    with pytest.raises(StackBusyError, match=f"in use by process {os.getpid()}"):
        Stack(home, environment={}).start()


def test_what_a_killed_launcher_left_is_adopted_and_then_stopped(
    stack: Stack, home: Path, launcher: Launch
) -> None:
    process = launcher(home)
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    process.kill()
    process.wait()
    orphans = pids(home)
    urls = stack.start()
    assert pids(home) == orphans
    assert [server.adopted for server in stack.servers] == [True, True]
    assert answer(urls.database, "select 7") == 7
    stack.stop()
    wait_until(lambda: [process_started(pid) for pid in orphans.values()] == [None, None])


def test_a_database_that_was_still_starting_when_its_launcher_died_is_waited_for(
    stack: Stack, home: Path, launcher: Launch
) -> None:
    process = launcher(home)
    wait_until((home / "postgres" / "data" / "postmaster.pid").exists)
    process.kill()
    process.wait()
    assert answer(stack.start().database, "select 7") == 7
    assert stack.servers[0].adopted


def test_a_database_that_refuses_the_password_is_ended_and_not_adopted(
    stack: Stack, home: Path, launcher: Launch
) -> None:
    process = launcher(home)
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    process.wait()
    orphan = pids(home)["postgres"]
    (home / "secrets" / "postgres_password").write_text("another")
    stack.start()
    assert not stack.servers[0].adopted
    assert process_started(orphan) is None


def test_a_valkey_whose_password_is_lost_is_ended_before_another_writes_its_files(
    stack: Stack, home: Path, launcher: Launch
) -> None:
    process = launcher(home)
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    process.wait()
    orphan = pids(home)["valkey"]
    (home / "run" / "valkey.conf").unlink()
    stack.start()
    assert process_started(orphan) is None
    assert pids(home)["valkey"] != orphan


def test_a_zombie_in_the_lock_file_does_not_hold_the_database(stack: Stack, home: Path) -> None:
    process = subprocess.Popen(["true"])
    wait_until(lambda: process_is_zombie(process.pid))
    lock_file_write(home, process.pid)
    assert answer(stack.start().database, "select 7") == 7
    process.wait()


def test_a_stranger_that_got_the_pid_of_the_lock_file_is_left_alone(stack: Stack, home: Path) -> None:
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        lock_file_write(home, stranger.pid)
        assert answer(stack.start().database, "select 7") == 7
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_the_pid_of_a_process_that_is_gone_does_not_hold_the_database(stack: Stack, home: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    lock_file_write(home, gone.pid)
    assert answer(stack.start().database, "select 7") == 7


def test_a_half_written_lock_file_does_not_hold_the_database(stack: Stack, home: Path) -> None:
    (home / "postgres" / "data" / "postmaster.pid").write_text("")
    assert answer(stack.start().database, "select 7") == 7


def test_an_interrupted_creation_of_the_data_is_done_again(tmp_path: Path, launcher: Launch) -> None:
    home = tmp_path / "home"
    process = launcher(home)
    wait_until(lambda: any((home / "postgres").glob("data.draft*/base")))
    process.kill()
    process.wait()
    with Stack(home, durable=False, environment={}) as stack:
        record = record_read(home, "postgres")
        assert record is not None
        assert answer(record.url, "select 7") == 7
        assert not list((home / "postgres").glob("*.password"))
        assert stack.servers[0].record == record


def test_a_port_that_somebody_takes_first_is_exchanged_for_another(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "http.server", "0", "--bind", "127.0.0.1"], stdout=subprocess.PIPE, text=True
    ) as neighbour:
        assert neighbour.stdout is not None
        taken = _listening_port(neighbour.pid)
        for module in (postgres, valkey):
            choices = iter([taken, port_free()])
            monkeypatch.setattr(module, "port_free", lambda choices=choices: next(choices))
        urls = stack.start()
        neighbour.terminate()
    assert f":{taken}/" not in urls.database + urls.redis
    assert answer(urls.database, "select 7") == 7


def _targets(descriptors: Path) -> list[str]:
    """Where the open descriptors point; one that is closed while we look is left out."""
    found: list[str] = []
    for link in descriptors.iterdir():
        with suppress(FileNotFoundError):
            found.append(link.readlink().name)
    return found


def _listening_port(pid: int) -> int:
    """The port that a process listens on, from the table of sockets in its network."""
    found: list[int] = []

    def listens() -> bool:
        names = _targets(Path(f"/proc/{pid}/fd"))
        sockets = {name[8:-1] for name in names if name.startswith("socket:")}
        rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        found.extend(int(row[1].split(":")[1], 16) for row in rows if row[3] == "0A" and row[9] in sockets)
        return bool(found)

    wait_until(listens)
    return found[0]


def test_servers_that_the_environment_names_are_not_started(home: Path) -> None:
    given = {"DATABASE_URL": "postgresql://me@db.example.test/book", "REDIS_URL": "redis://mq.example.test"}
    with Stack(home, environment=given) as stack:
        assert stack.servers == []
    with Stack(home, durable=False, environment={"REDIS_URL": given["REDIS_URL"]}) as stack:
        assert [type(server).__name__ for server in stack.servers] == ["Postgres"]


def test_data_without_its_password_is_refused_by_name(stack: Stack, home: Path) -> None:
    (home / "secrets" / "postgres_password").unlink()
    with pytest.raises(StackError, match="secrets/postgres_password"):
        stack.start()


def test_data_of_another_major_version_is_refused_and_kept(stack: Stack, home: Path) -> None:
    (home / "postgres" / "data" / "PG_VERSION").write_text("12\n")
    with pytest.raises(StackError, match="made by PostgreSQL 12"):
        stack.start()
    assert (home / "postgres" / "data" / "base").is_dir()


def test_a_folder_that_is_no_data_directory_is_not_overwritten(stack: Stack, home: Path) -> None:
    shutil.rmtree(home / "postgres" / "data")
    (home / "postgres" / "data").mkdir()
    (home / "postgres" / "data" / "letter.txt").write_text("mine")
    with pytest.raises(StackError, match="move it away"):
        stack.start()
    assert (home / "postgres" / "data" / "letter.txt").read_text() == "mine"


def test_a_server_that_cannot_start_says_why_and_where_the_rest_stands(stack: Stack, home: Path) -> None:
    (home / "postgres" / "data" / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(StackError, match=r"ended while starting.*postgres\.log"):
        stack.start()
    assert pids(home) == {}


def test_a_damaged_valkey_is_reported_and_the_database_stopped_again(stack: Stack, home: Path) -> None:
    files = home / "valkey" / "appendonlydir"
    for path in files.iterdir():
        path.write_bytes(b"damaged beyond reading")
    with pytest.raises(StackError, match="Valkey ended while starting"):
        stack.start()
    assert not (home / "postgres" / "data" / "postmaster.pid").exists()


ROOT_WAYS = ["userns", "nobody"] if os.geteuid() == 0 else []


@pytest.mark.parametrize("way", ROOT_WAYS)
def test_root_runs_the_database_either_way(way: str, tmp_path: Path) -> None:
    environment = {"WEALTHALLOC_ROOT_WAY": way}
    home = tmp_path / "home"
    for _ in range(2):
        with Stack(home, durable=False, environment=environment) as stack:
            record = record_read(home, "postgres")
            assert record is not None
            assert answer(record.url, "select 7") == 7
            assert not stack.servers[0].adopted
    note = home / "secrets" / "nobody_folder"
    if note.exists():
        base = Path(note.read_text())
        names = sorted(path.name for path in base.iterdir())
        assert [name.partition("-")[0] for name in names] == ["home", "postgres", "programs"]
        shutil.rmtree(base)
    assert note.exists() is (way == "nobody")


@pytest.mark.parametrize("way", ROOT_WAYS)
def test_an_orphan_of_root_is_adopted_either_way(way: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    environment = {"WEALTHALLOC_ROOT_WAY": way}
    first = Stack(home, durable=False, environment=environment)
    first.start()
    orphans = pids(home)
    # Give the home up without stopping: what the system does for a launcher that is killed.
    assert first._lock is not None
    first._lock.close()
    second = Stack(home, durable=False, environment=environment)
    second.start()
    assert pids(home) == orphans
    assert [server.adopted for server in second.servers] == [True, True]
    second.stop()
    for server in first.servers:
        assert server.process is not None
        server.process.wait()
    if way == "nobody":
        shutil.rmtree(Path((home / "secrets" / "nobody_folder").read_text()))


def test_an_unknown_way_for_root_is_refused_by_name() -> None:
    if os.geteuid() != 0:
        assert privileges.way_choose("sideways") == "plain"
        return
    with pytest.raises(StackError, match="WEALTHALLOC_ROOT_WAY is 'sideways'"):
        privileges.way_choose("sideways")


def test_a_killed_database_starts_again_with_what_was_committed(stack: Stack, home: Path) -> None:
    stack.durable = True
    urls = stack.start()
    with psycopg.connect(urls.database) as connection:
        connection.execute("create table kept as select 7 as number")
    os.kill(pids(home)["postgres"], signal.SIGKILL)
    server = stack.servers[0]
    assert server.process is not None
    server.process.wait()
    stack.stop()
    assert answer(stack.start().database, "select number from kept") == 7
