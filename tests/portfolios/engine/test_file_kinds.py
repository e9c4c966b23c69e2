"""Telling files apart by their first bytes."""

import pytest

from common.errors import InvalidInput
from portfolios.engine.data_checks import ADVICE, SEVERITY_TITLES, Severity
from portfolios.engine.file_kinds import LARGEST_FILE, FileKind, check_size, file_kind
from portfolios.engine.records import FindingKind


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"<FlexQueryResponse>", FileKind.FLEX),
        (b"\xef\xbb\xbf  <?xml", FileKind.FLEX),
        ("<?xml".encode("utf-16"), FileKind.FLEX),
        (b"Date,Action\n", FileKind.CSV),
        ("Date,Action".encode("utf-16"), FileKind.CSV),
    ],
)
def test_statements_are_recognised(head: bytes, kind: FileKind) -> None:
    assert file_kind(head) is kind


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \n", "empty"),
        (b"PK\x03\x04", "Excel workbook"),
        (b"\xd0\xcf\x11\xe0", "old Excel workbook"),
        (b"%PDF-1.4", "PDF"),
        (b"\x1f\x8b\x08", "compressed"),
        (b"\x89PNG", "picture"),
        (b"\xff\xd8\xff\xe0", "picture"),
        (b"<!DOCTYPE html>", "web page"),
        (b"<html lang=en>", "web page"),
    ],
)
def test_other_files_are_refused_with_what_to_do(head: bytes, words: str) -> None:
    with pytest.raises(InvalidInput, match=words) as refusal:
        file_kind(head)
    assert list(refusal.value.fields) == ["file"]


def test_the_size_has_a_limit() -> None:
    check_size(LARGEST_FILE)
    with pytest.raises(InvalidInput, match="This file has 200 MB; files up to 100 MB are read"):
        check_size(2 * LARGEST_FILE)


def test_every_kind_of_finding_has_advice_and_a_severity_with_a_title() -> None:
    assert set(ADVICE) == set(FindingKind)
    assert set(SEVERITY_TITLES) == set(Severity)
