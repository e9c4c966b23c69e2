"""A process that has imported everything and forks a worker on demand, which is killed at a numbered point.

Speaks lines of JSON on its standard streams. A worker advances all plans once. Its points are its statements
to the database and its commits, counted by wrappers in the forked process: the product knows nothing of them.
"""

import json
import logging
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.trading.daemon.crash_server import Points


def worker_run(wanted: dict[str, Any]) -> None:
    """Advance the plans once, until killed or done; leaves how many points there were."""
    from django.conf import settings  # noqa: PLC0415
    from django.db import connections  # noqa: PLC0415
    from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: PLC0415
    from django.db.backends.utils import CursorWrapper  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    import trading.services.judging  # noqa: PLC0415
    from taxharvest.services.harvest_plans import plans_advance  # noqa: PLC0415
    from tests.trading.services.trading_desk import NO_TAXES, silent  # noqa: PLC0415

    settings.DATABASES["default"]["NAME"] = wanted["database"]
    settings.ORDER_TAX_LOOK = NO_TAXES
    connections["default"].settings_dict["NAME"] = wanted["database"]
    judging: Any = trading.services.judging
    judging.question_ask = silent
    points = Points(wanted["kind"], wanted["number"], is_before=wanted["is_before"])
    wrapper: Any = BaseDatabaseWrapper
    wrapper._commit = points.around("commit", wrapper._commit)
    cursor: Any = CursorWrapper
    cursor._execute = points.around("statement", cursor._execute)
    plans_advance(timezone.now() + timedelta(seconds=wanted["seconds"]))
    Path(wanted["counts"]).write_text(json.dumps(points.counts), encoding="utf-8")


def serve() -> None:
    """Fork a worker for each line, and say how it ended when it has."""
    import django  # noqa: PLC0415

    django.setup()
    logging.disable(logging.CRITICAL)
    import taxharvest.services.harvest_plans  # noqa: F401, PLC0415 - what the forked ones need
    import tests.taxharvest.harvest_desk  # noqa: PLC0415 - same
    import tests.trading.services.trading_desk  # noqa: F401, PLC0415 - same
    from common.build import build_digest  # noqa: PLC0415

    build_digest()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                worker_run(json.loads(line))
                code = 0
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(json.dumps({"code": os.waitstatus_to_exitcode(status)}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
