"""The table of replacements that ships, and how it gets into the database."""

import csv
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from common.audit import audit_record
from taxharvest.engine.harvest.replacements import Tag
from taxharvest.models import ReplacementPair
from taxharvest.selectors.replacements import pair_book
from taxharvest.services.replacement_rows import CHANGED, PairsLoaded, pair_rows, pairs_load
from wealthalloc.demo.market import BOND_FUND, FACTOR_FUNDS, INDEX_FUNDS


def table(path: Path, *rows: dict[str, Any]) -> Path:
    """A file with these rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_the_table_has_at_least_sixty_rows_and_each_is_whole() -> None:
    rows = pair_rows()

    assert len(rows) >= 60
    for row in rows:
        assert all(
            row[name] for name in ("index", "other_index", "issuer", "other_issuer", "source", "reason")
        )
        assert row["symbol"] != row["other_symbol"]
        assert row["tag"] in ReplacementPair.Tag.values
        assert row["confidence"] in ReplacementPair.Confidence.values


def test_a_pair_stands_in_it_once() -> None:
    pairs = Counter(frozenset((row["symbol"], row["other_symbol"])) for row in pair_rows())

    assert set(pairs.values()) == {1}


def test_red_is_one_index_and_nothing_else_is() -> None:
    for row in pair_rows():
        assert (row["index"] == row["other_index"]) == (row["tag"] == Tag.RED), row


def test_a_symbol_tracks_one_index_throughout() -> None:
    indices: dict[str, str] = {}
    for row in pair_rows():
        for symbol, index in ((row["symbol"], row["index"]), (row["other_symbol"], row["other_index"])):
            assert indices.setdefault(symbol, index) == index


def test_what_is_from_memory_says_so() -> None:
    for row in pair_rows():
        assert (row["confidence"] == "memory") == (row["tag"] != "red")
        assert "from memory" in row["source"]


@pytest.mark.django_db
def test_loading_twice_changes_nothing() -> None:
    rows = len(pair_rows())

    assert pairs_load() == PairsLoaded(added=rows, renewed=0, kept=0)
    assert pairs_load() == PairsLoaded(added=0, renewed=0, kept=0)
    assert ReplacementPair.objects.count() == rows


@pytest.mark.django_db
def test_a_release_renews_what_nobody_touched(tmp_path: Path) -> None:
    first, *_ = pair_rows()
    pairs_load(table(tmp_path / "old.csv", first))
    ReplacementPair.objects.update(is_active=False)

    loaded = pairs_load(table(tmp_path / "new.csv", first | {"reason": "A better reason."}))

    assert loaded == PairsLoaded(added=0, renewed=1, kept=0)
    pair = ReplacementPair.objects.get()
    assert (pair.reason, pair.is_active) == ("A better reason.", False)


@pytest.mark.django_db
def test_an_operator_s_change_stays(tmp_path: Path) -> None:
    first, *_ = pair_rows()
    pairs_load(table(tmp_path / "old.csv", first))
    pair = ReplacementPair.objects.get()
    pair.reason = "As I see it."
    pair.save()
    audit_record(actor_id=None, action=CHANGED, subject=pair, detail={"reason": pair.reason})

    loaded = pairs_load(table(tmp_path / "new.csv", first | {"reason": "A better reason."}))

    assert loaded == PairsLoaded(added=0, renewed=0, kept=1)
    assert ReplacementPair.objects.get().reason == "As I see it."


@pytest.mark.django_db
def test_a_row_that_an_operator_added_is_no_concern_of_a_release() -> None:
    ReplacementPair.objects.create(
        symbol="AAA", other_symbol="BBB", tag="green", source="me", confidence="read"
    )

    pairs_load()

    assert ReplacementPair.objects.get(symbol="AAA").source == "me"


@pytest.mark.django_db
def test_the_command_says_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_replacements")

    assert capsys.readouterr().out == (
        f"Replacements: {len(pair_rows())} rows added, 0 renewed, 0 kept as operators changed them.\n"
    )


@pytest.mark.django_db
def test_the_funds_of_the_demo_have_alternatives() -> None:
    pairs_load()
    book = pair_book()
    priced = {*FACTOR_FUNDS, *INDEX_FUNDS}

    for symbol in priced:
        others = {row.other_symbol for row in book.of(symbol) if row.tag is not Tag.RED}
        assert others & priced, symbol
    assert {row.tag for row in book.of(BOND_FUND)} == {Tag.RED, Tag.AMBER, Tag.GREEN}


@pytest.mark.django_db
def test_a_row_that_is_switched_off_is_not_in_the_book() -> None:
    pairs_load()
    ReplacementPair.objects.filter(symbol="VLUE").update(is_active=False)
    ReplacementPair.objects.filter(other_symbol="VLUE").update(is_active=False)

    assert pair_book().of("VLUE") == ()
