"""The axe rules, asked of a page as it stands in the browser."""

from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# A theme changes colours and nothing else: these are the rules that look at them.
COLOURS = ["color-contrast", "link-in-text-block"]
MOST_OF_A_RULE = 3
# Rows of one table are alike: looking at six of them finds what looking at fifty would.
LEFT_OUT = ["tbody tr:nth-child(n+7)"]


def violations(page: Page, *, colours_alone: bool = False) -> list[str]:
    """A line for each element that breaks a rule, at most three a rule.

    A page that was seen in one theme is seen in the other with `colours_alone`.
    """
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(AXE)
    # Where an element stands in the tree is not told, only what it is: finding that out takes long.
    options: dict[str, Any] = {
        "runOnly": {"type": "rule", "values": COLOURS} if colours_alone else RULES,
        "resultTypes": ["violations"],
        "selectors": False,
        "preload": False,
    }
    context = {"include": ["html"], "exclude": LEFT_OUT}
    report = page.evaluate("asked => axe.run(...asked)", [context, options])
    return [
        f"{one['id']}: {node['html'][:160]}"
        for one in report["violations"]
        for node in one["nodes"][:MOST_OF_A_RULE]
    ]
