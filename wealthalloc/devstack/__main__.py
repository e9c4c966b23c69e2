"""The door of `make demo` and `make serve`; it imports no Django, so that it starts at once."""

import argparse
import sys

from wealthalloc.devstack.errors import StackError
from wealthalloc.devstack.product import product_run


def main() -> int:
    """Run what was asked for; 0 when it ended as asked, 1 with a sentence when it could not run."""
    parser = argparse.ArgumentParser(prog="python -m wealthalloc.devstack", description=__doc__)
    parser.add_argument("kind", choices=("demo", "serve"), help="the demo, or the shape of production")
    parser.add_argument(
        "--follow-parent", action="store_true", help="end when the process that started this one ends"
    )
    options = parser.parse_args()
    try:
        product_run(kind=options.kind, follow_parent=options.follow_parent)
    except StackError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # before the interrupts were caught: nothing has been started
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
