#!/bin/sh
# Makes .venv from requirements-dev.txt, or leaves it alone when nothing it was made from has changed.
set -eu
cd "$(dirname "$0")/../.."

fail() {
    echo "make setup: $*" >&2
    exit 1
}

# The first Python that is new enough, the one that was asked for before all others.
python=
for candidate in ${PYTHON:-} python3.11 python3.12 python3.13 python3.14 python3 python; do
    if command -v "$candidate" >/dev/null 2>&1 &&
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        python=$candidate
        break
    fi
    [ "$candidate" != "${PYTHON:-}" ] || fail "PYTHON is $candidate, which is not a Python 3.11 or newer."
done
[ -n "$python" ] || fail "no Python 3.11 or newer on PATH. Install one, or name it: make setup PYTHON=/path/to/python3"

key=$("$python" - <<'PY'
import hashlib, pathlib, sys
digest = hashlib.sha256()
for name in ("requirements.txt", "requirements-dev.txt"):
    digest.update(pathlib.Path(name).read_bytes())
print(f"{sys.version_info.major}.{sys.version_info.minor} {digest.hexdigest()}")
PY
)
if [ -f .venv/made-from ] && [ "$(cat .venv/made-from)" = "$key" ] && .venv/bin/python -c '' 2>/dev/null; then
    exit 0
fi

# A .venv of another Python, or one whose Python has gone, cannot be mended.
if [ -e .venv ] && ! .venv/bin/python -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '${key%% *}')" \
    2>/dev/null; then
    rm -rf .venv
fi
if [ ! -e .venv ]; then
    "$python" -m venv .venv || {
        rm -rf .venv
        fail "Python has no venv module here. On Debian and Ubuntu: apt-get install python3-venv"
    }
fi
rm -f .venv/made-from
echo "Installing the packages of requirements-dev.txt into .venv (a few minutes the first time)."
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input -r requirements-dev.txt </dev/null
echo "$key" >.venv/made-from
