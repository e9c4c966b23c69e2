#!/bin/sh
# Prints the path of a Chromium for the browser tests, installing one when there is none; all else it says
# goes to standard error. Prints nothing when the browser tool's own download is to be used.
set -eu
cd "$(dirname "$0")/../.."

if [ "${BROWSER_TESTS:-1}" = 0 ]; then
    exit 0
fi

found() {
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        if command -v "$name" 2>/dev/null; then
            return 0
        fi
    done
    return 1
}

if [ -n "${CHROMIUM:-}" ]; then
    if [ ! -x "$CHROMIUM" ]; then
        echo "CHROMIUM is $CHROMIUM, which cannot be run." >&2
        exit 1
    fi
    echo "$CHROMIUM"
    exit 0
fi
if found; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "No Chromium found: installing the system's package." >&2
    if (apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium) \
        </dev/null >&2 && found; then
        exit 0
    fi
fi
if .venv/bin/python -c '
import os, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as tool:
    sys.exit(not os.path.exists(tool.chromium.executable_path))' 2>/dev/null; then
    exit 0
fi
echo "No Chromium found: downloading the browser tool's own." >&2
if .venv/bin/python -m playwright install chromium </dev/null >&2; then
    exit 0
fi
echo "The browser tests need a Chromium, and none could be had. Install one, name it with CHROMIUM=/path," >&2
echo "or leave these tests out: make test BROWSER_TESTS=0" >&2
exit 1
