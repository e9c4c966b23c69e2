"""Which build of the product this process runs: a digest of its own source."""

import functools
import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("accounts", "common", "mlrecs", "portfolios", "taxharvest", "trading", "wealthalloc")


@functools.cache
def build_digest() -> str:
    """The digest of every Python file of the product, read once for each process.

    Two processes with the same digest run the same rules. `WEALTHALLOC_BUILD` overrides it where the source
    is not what is deployed.
    """
    if named := os.environ.get("WEALTHALLOC_BUILD"):
        return named[:64]
    digest = hashlib.sha256()
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            digest.update(str(path.relative_to(ROOT)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
