"""Pictures of every page, on a phone and in light and dark: python -m tests.e2e.screenshots FOLDER."""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.cast import Cast
from tests.e2e.pages import PAGES, Shown
from tests.e2e.product import Product, product_running

UNDRAWN = '[data-chart]:visible:not([data-state="failed"]):not(:has(canvas))'
LOOKS = (("light", 1440), ("light", 390), ("dark", 1440), ("dark", 390))


def main() -> int:
    """Take the pictures of the demo that runs at --base-url, or of one started for it."""
    arguments = parsed(sys.argv[1:])
    arguments.folder.mkdir(parents=True, exist_ok=True)
    if arguments.base_url:
        return taken(Product(url=arguments.base_url.rstrip("/"), home=arguments.home), arguments)
    with (
        tempfile.TemporaryDirectory(prefix="wealthalloc-pictures-") as home,
        product_running(Path(home)) as product,
    ):
        return taken(product, arguments)


def parsed(words: list[str]) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("--base-url", help="a running demo; without it one is started and stopped")
    parser.add_argument(
        "--home",
        type=Path,
        default=Path(os.environ.get("WEALTHALLOC_HOME", ".wealthalloc")),
        help="the home of the running demo, whose log holds its mail",
    )
    parser.add_argument("--only", default="", help="pages whose name holds this")
    return parser.parse_args(words)


def taken(product: Product, arguments: argparse.Namespace) -> int:
    """Take them all; the number of pages that could not be shown, at most 1."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    failed = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        cast = Cast(browser=browser, product=product)
        for shown in PAGES:
            if arguments.only not in shown.name:
                continue
            try:
                pictures(browser, cast, shown, arguments.folder)
            except Exception as error:  # noqa: BLE001 - one page that fails must not lose the pictures of the rest
                failed.append(f"{shown.name}: {str(error).splitlines()[0]}")
        browser.close()
    for line in failed:
        sys.stderr.write(f"No picture of {line}\n")
    sys.stdout.write(f"The pictures are in {arguments.folder}.\n")
    return 1 if failed else 0


def pictures(browser: Browser, cast: Cast, shown: Shown, folder: Path) -> None:
    """One page in every look."""
    context = browser.new_context(
        base_url=cast.product.url, storage_state=cast.session(shown.who), reduced_motion="reduce"
    )
    try:
        page = context.new_page()
        address = shown.find(page.request, cast)
        for theme, width in LOOKS:
            picture(page, address, theme, width, folder / f"{shown.name}-{width}-{theme}.png")
    finally:
        context.close()


def picture(page: Page, address: str, theme: Any, width: int, file: Path) -> None:
    """The whole length of a page, once its charts are drawn."""
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address)
    expect(page.locator(UNDRAWN)).to_have_count(0)
    page.evaluate("document.fonts.ready.then(() => true)")
    page.screenshot(path=file, full_page=True)


if __name__ == "__main__":
    sys.exit(main())
