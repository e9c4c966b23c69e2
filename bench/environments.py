"""Environments of packages that are measured beside the product: made once and kept below the home."""

import subprocess
import venv

from wealthalloc.devstack.home import home_folder


def environment(*requirements: str) -> str:
    """An interpreter with `requirements` (pinned) and nothing of the product; named after the first."""
    folder = home_folder() / "bench" / requirements[0].replace("==", "-")
    python, done = folder / "bin" / "python", folder / "done"
    if not done.exists():
        venv.create(folder, with_pip=True, clear=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *requirements], check=True)
        done.touch()
    return str(python)
