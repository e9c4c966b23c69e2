"""Every command that the pages about the broker name exists, with the options that they give."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "docs/intelligence.md", "docs/ibkr.md", "docs/market-data.md")
NAMED = re.compile(r"`(?:\.venv/bin/python )?manage\.py\s+([^`]+)`")


def named_commands() -> list[tuple[str, str, tuple[str, ...]]]:
    """Page, command and options of each mention."""
    found = []
    for page in PAGES:
        for words in NAMED.findall((ROOT / page).read_text()):
            name, *rest = re.split(r"[\s\[\]]+", words.strip())
            found.append((page, name, tuple(word for word in rest if word.startswith("--"))))
    return sorted(set(found))


def test_the_pages_name_the_commands_of_trading() -> None:
    told = {name for page, name, _ in named_commands() if page == "docs/ibkr.md"}
    assert {"papergateway", "run_gateway", "sync_broker", "reconcile", "import_statement"} <= told


@pytest.mark.parametrize(("page", "name", "options"), named_commands())
def test_a_command_that_a_page_names_exists(page: str, name: str, options: tuple[str, ...]) -> None:
    command = load_command_class(str(get_commands()[name]), name)
    parser = command.create_parser("manage.py", name)
    known = {option for action in parser._actions for option in action.option_strings}
    assert set(options) <= known, page
