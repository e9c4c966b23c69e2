"""No float in the rules of money: read from the source of every pure room."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# The money-weighted return is solved by a library that works in floats; its answer re-enters rounded.
ALLOWED = {"portfolios/engine/money_weighted.py"}
PURE = [
    ROOT / "common" / "money.py",
    *sorted(
        path
        for folder in (
            "accounts/engine",
            "portfolios/engine",
            "trading/engine",
            "trading/papergateway/exchange",
            "taxharvest/engine",
        )
        for path in (ROOT / folder).rglob("*.py")
    ),
]


@pytest.mark.parametrize("path", PURE, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_rule_of_money_knows_no_float(path: Path) -> None:
    if str(path.relative_to(ROOT)) in ALLOWED:
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    literals = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, float)
    ]
    names = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "float"]

    assert (literals, names) == ([], [])


def test_the_exception_really_uses_floats() -> None:
    for name in ALLOWED:
        assert "float" in (ROOT / name).read_text(encoding="utf-8")
