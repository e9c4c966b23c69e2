"""manage.py tax_conformance."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command


def case(name: str, sold: str, term: str) -> dict[str, Any]:
    return {
        "id": name,
        "kind": "holding_period",
        "tolerance": "0.01",
        "input": {"acquired": "2023-05-15", "sold": sold},
        "expected": {"term": term},
    }


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    return written(
        tmp_path / "cases.json", [case("year", "2024-05-15", "S"), case("longer", "2024-05-16", "L")]
    )


def written(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def run(*arguments: object) -> str:
    out = StringIO()
    call_command("tax_conformance", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_it_says_pass_for_each_case_that_agrees(cases: Path) -> None:
    assert run(cases) == "year    pass\nlonger  pass\n2 passed, 0 failed\n"


def test_it_prints_the_difference_and_fails(tmp_path: Path) -> None:
    path = written(tmp_path / "wrong.json", [case("a", "2024-05-16", "S")])
    out = StringIO()

    with pytest.raises(CommandError, match=r"^1 of 1 cases differ\.$"):
        call_command("tax_conformance", str(path), stdout=out)
    assert out.getvalue() == "a  term: expected 'S', found 'L'\n0 passed, 1 failed\n"


def test_it_prints_results_as_json(cases: Path) -> None:
    assert json.loads(run("--json", cases, cases)) == 2 * [
        {"id": "year", "result": {"term": "S"}},
        {"id": "longer", "result": {"term": "L"}},
    ]


def test_a_case_that_cannot_be_answered_does_not_hide_the_others(tmp_path: Path) -> None:
    path = written(
        tmp_path / "odd.json", [{**case("odd", "2024-05-16", "L"), "kind": "x"}, case("a", "2024-05-16", "L")]
    )
    out = StringIO()

    with pytest.raises(CommandError, match=r"odd\.json: case odd has the unknown kind “x”"):
        call_command("tax_conformance", "--json", str(path), stdout=out)
    assert json.loads(out.getvalue()) == [{"id": "a", "result": {"term": "L"}}]
    out = StringIO()
    with pytest.raises(CommandError, match="1 of 2"):
        call_command("tax_conformance", str(path), stdout=out)
    assert out.getvalue().startswith("odd  case odd has the unknown kind “x”")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", r"is not JSON \("),
        (b"\xff", r"is not UTF-8 text\.$"),
        (b"{}", r"a list of cases is needed\.$"),
        (b"[5]", r"case 1 is not an object with an id\.$"),
        (b'[{"id": "a"}]', "case a lacks its kind or what is expected"),
        (b'[{"id": "a", "kind": "basis", "expected": 5}]', "case a lacks its kind or what is expected"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_name(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content)

    with pytest.raises(CommandError, match=rf"bad\.json: {words}"):
        run(path)


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"none\.json: cannot be opened \(No such file or directory\)\.$"):
        run(tmp_path / "none.json")
