"""How many queries a page may take: recorded in query_counts.json, and recorded anew when a variable says so.

`RECORD_QUERY_COUNTS=1 pytest tests/portfolios/views/test_query_counts.py` writes the counts that it finds.
"""

import json
import os
from pathlib import Path

PATH = Path(__file__).with_name("query_counts.json")


def query_count_held(name: str, found: int) -> None:
    """Fail when `found` is not the recorded count of `name`: fewer is to be recorded, more needs a reason."""
    counts: dict[str, int] = json.loads(PATH.read_text())
    if os.environ.get("RECORD_QUERY_COUNTS") == "1":
        counts[name] = found
        PATH.write_text(json.dumps(dict(sorted(counts.items())), indent=2) + "\n")
    assert counts.get(name) == found, f"{name} takes {found} queries, recorded are {counts.get(name)}"
