"""The pinned requirements hold what the product asks for, and everything that comes with it."""

import re
import runpy
from importlib.metadata import version

import pytest

from wealthalloc.devstack.home import ROOT

PIN = re.compile(r"[a-z0-9][a-z0-9.-]*==[0-9][0-9a-z.]*")
LOCK = runpy.run_path(str(ROOT / "deploy" / "bootstrap" / "lock.py"))


def pinned(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith(("#", "-r ")))


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_line_names_one_version(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not line.startswith(("#", "-r ")) and not PIN.fullmatch(line)] == []


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_what_is_asked_for_is_pinned_at_the_version_asked_for(name: str) -> None:
    pins = pinned("requirements.txt") | pinned("requirements-dev.txt")
    asked = LOCK["requirements_read"](ROOT / f"{name}.in")
    wrong = [str(one) for one in asked if not one.specifier.contains(pins.get(_plain(one.name), "0"))]
    assert wrong == []


def test_everything_that_comes_with_it_is_pinned_at_the_version_that_is_installed() -> None:
    pins = pinned("requirements.txt")
    found = LOCK["reached"](LOCK["requirements_read"](ROOT / "requirements.in"))
    # Libraries for graphics cards come with torch's other build and carry torch's own pins.
    ours = {
        name: number for name, number in found.items() if not name.startswith(("nvidia-", "cuda-", "triton"))
    }
    assert {name: pins.get(name) for name in ours} == ours


def test_torch_is_pinned_for_every_build_of_it() -> None:
    assert pinned("requirements.txt")["torch"] == version("torch").partition("+")[0]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
