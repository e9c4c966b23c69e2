"""What holds for every template: nothing inline that the content policy would stop, only icons that exist."""

import re
from pathlib import Path

import pytest

from wealthalloc.navigation import PLACES

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".js"})
SPRITE = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static/img/icons.svg").read_text()))


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT / "templates"))


@pytest.mark.parametrize("path", TEMPLATES, ids=_name)
def test_a_template_has_no_inline_style_or_handler(path: Path) -> None:
    found = re.findall(r"<[a-z][^>]*\s(style|on[a-z]+|hx-on[:\w-]*)=", path.read_text())
    assert found == []


@pytest.mark.parametrize("path", TEMPLATES, ids=_name)
def test_a_template_has_no_inline_script(path: Path) -> None:
    scripts = re.findall(r"<script\b([^>]*)>", path.read_text())
    assert [one for one in scripts if "src=" not in one and "application/json" not in one] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=_name)
def test_a_template_names_only_icons_of_the_sprite(path: Path) -> None:
    named = set(re.findall(r'{% icon "([^"]+)"', path.read_text()))
    assert named - SPRITE == set()


def test_every_place_has_an_icon_of_the_sprite() -> None:
    named = {icon for group in PLACES for place in group for icon in (place.icon, place.dock_icon) if icon}
    assert named - SPRITE == set()


def test_every_icon_that_scripts_and_tags_name_is_in_the_sprite() -> None:
    script = (ROOT / "static/js/page.js").read_text()
    tags = (ROOT / "common/templatetags/ui.py").read_text()
    named = set(re.findall(r'icon\("([a-z-]+)"', script))
    named |= set(re.findall(r'"(circle-[a-z]+|triangle-alert|ban|info|eye|eye-off)"', script + tags))
    assert named - SPRITE == set()
