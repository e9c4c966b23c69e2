#!/bin/sh
# Runs the adapter's tests on ib_async, the maintained heir of ib_insync, in an environment of its own: the two
# packages bring the same module under different names (eventkit), so one environment cannot hold both.
set -eu
cd "$(dirname "$0")/../.."

heir="ib_async==2.1.0"
home=.venv-ib-async
# What the adapter's tests import, at the versions of the product's own environment.
tools=$(grep -E '^(pytest|pytest-asyncio)==' requirements-dev.txt)

key="$(.venv/bin/python -V) $heir $tools"
if [ "$(cat $home/made-from 2>/dev/null)" != "$key" ]; then
    .venv/bin/python -m venv --clear $home
    # shellcheck disable=SC2086 # one word a requirement
    $home/bin/python -m pip install --quiet --disable-pip-version-check --no-input $heir $tools </dev/null
    echo "$key" >$home/made-from
fi

# The settings of pyproject.toml without those of plugins that are not here, and no conftest above this folder.
IBKR_PACKAGE=ib_async exec $home/bin/python -m pytest -c /dev/null --rootdir=. --confcutdir=tests/trading/brokers \
    -p no:cacheprovider --import-mode=importlib -W error --strict-markers -ra \
    -o asyncio_mode=auto -o asyncio_default_fixture_loop_scope=function -o pythonpath=. tests/trading/brokers "$@"
