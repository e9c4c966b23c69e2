"""Holding a result against what a case expects: every amount within the tolerance, row by row."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

Row = Mapping[str, Any]
Key = tuple[Any, ...]
Table = dict[Key, dict[str, Decimal]]

SUMMED = ("shares", "proceeds", "basis", "disallowed", "permanently_disallowed", "gain")
SUMMED_OPEN = ("shares", "basis")
# Amounts are rounded to cents on both sides: half a cent more than the tolerance of the case.
ROUNDING = Decimal("0.005")
# Where the order inside a divided lot is open, roundings of many rows add up in the totals.
TOTALS = 20
SHARES = Decimal("0.0001")


def differences(case: Row, result: Row) -> list[str]:
    """A sentence for each difference between the result and the `expected` of the case; none: it agrees."""
    tolerance = Decimal(str(case.get("tolerance", "0.01"))) + ROUNDING
    if case["kind"] != "wash_sale":
        return _unequal(case["expected"], result, tolerance, "")
    missing = [name for name in ("disposals", "open_lots") if name not in result]
    if missing:
        return [f"{name}: missing" for name in missing]
    if case.get("order_sensitive"):
        return _unequal_totals(case["expected"], result, tolerance * TOTALS)
    return _unequal_tables(case["expected"], result, tolerance)


def _unequal(expected: Any, found: Any, tolerance: Decimal, path: str) -> list[str]:
    if isinstance(expected, Mapping):
        return _unequal_objects(expected, found, tolerance, path)
    if isinstance(expected, list):
        return _unequal_lists(expected, found, tolerance, path)
    want, got = _number(expected), _number(found)
    agree = expected == found if want is None or got is None else abs(want - got) <= tolerance
    return [] if agree else [f"{path}: expected {expected!r}, found {found!r}"]


def _unequal_objects(expected: Row, found: Any, tolerance: Decimal, path: str) -> list[str]:
    if not isinstance(found, Mapping):
        return [f"{path}: expected an object, found {found!r}"]
    sentences: list[str] = []
    for name, value in expected.items():
        if name in found:
            sentences += _unequal(value, found[name], tolerance, f"{path}.{name}".lstrip("."))
        else:
            sentences.append(f"{path}.{name}: missing".lstrip("."))
    return sentences


def _unequal_lists(expected: Sequence[Any], found: Any, tolerance: Decimal, path: str) -> list[str]:
    if not isinstance(found, list) or len(found) != len(expected):
        return [f"{path}: expected {expected!r}, found {found!r}"]
    return [
        sentence
        for place, (want, got) in enumerate(zip(expected, found, strict=True))
        for sentence in _unequal(want, got, tolerance, f"{path}[{place}]")
    ]


def _unequal_tables(expected: Row, found: Row, tolerance: Decimal) -> list[str]:
    tables = (
        ("disposal", "disposals", _disposal_key, SUMMED),
        ("open lot", "open_lots", _open_key, SUMMED_OPEN),
    )
    sentences: list[str] = []
    for name, table, key_of, summed in tables:
        want, got = (_merged(answer[table], key_of, summed) for answer in (expected, found))
        sentences += _unequal_rows(name, want, got, tolerance)
    return sentences


def _unequal_rows(name: str, want: Table, got: Table, tolerance: Decimal) -> list[str]:
    return [
        *(f"{name} {_words(key)}: missing" for key in want if key not in got),
        *(f"{name} {_words(key)}: not expected" for key in got if key not in want),
        *(
            f"{name} {_words(key)}, {column}: expected {amount}, found {got[key][column]}"
            for key, row in want.items()
            if key in got
            for column, amount in row.items()
            if abs(amount - got[key][column]) > tolerance
        ),
    ]


def _merged(rows: Iterable[Row], key_of: Callable[[Row], Key], summed: Sequence[str]) -> Table:
    """Adds up the rows that share a key, so that fragments of one lot compare as one."""
    merged: Table = {}
    for row in rows:
        into = merged.setdefault(key_of(row), dict.fromkeys(summed, Decimal(0)))
        for name in summed:
            into[name] += _number(row.get(name)) or Decimal(0)
    return merged


def _unequal_totals(expected: Row, found: Row, tolerance: Decimal) -> list[str]:
    """No authority says which part of a divided lot is sold first: only the totals are settled."""
    want, got = _totals(expected), _totals(found)
    limits = {"gain less open basis": tolerance, "proceeds": tolerance, "open shares": SHARES}
    return [
        f"{name}: expected {want[name]}, found {got[name]}"
        for name, limit in limits.items()
        if abs(want[name] - got[name]) > limit
    ]


def _totals(answer: Row) -> dict[str, Decimal]:
    basis = _sum(answer["open_lots"], "basis")
    return {
        "gain less open basis": _sum(answer["disposals"], "gain") - basis,
        "proceeds": _sum(answer["disposals"], "proceeds"),
        "open shares": _sum(answer["open_lots"], "shares"),
    }


def _sum(rows: Iterable[Row], name: str) -> Decimal:
    return sum((_number(row.get(name)) or Decimal(0) for row in rows), Decimal(0))


def _disposal_key(row: Row) -> Key:
    is_washed = (_number(row.get("disallowed")) or 0) > 0
    return row.get("sale"), row.get("lot"), row.get("holding_date"), row.get("term"), is_washed


def _open_key(row: Row) -> Key:
    return row.get("lot"), row.get("account"), row.get("holding_date")


def _words(key: Key) -> str:
    return " ".join("washed" if part is True else str(part) for part in key if part is not False)


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None
