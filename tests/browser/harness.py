"""Headless Chromium with the network cut."""

from __future__ import annotations

import base64
import json
import os
import shutil
import time
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.support.wait import WebDriverWait

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-component-update",
    "--disable-background-networking", "--disable-sync", "--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip
DESK, PHONE = (1280, 800), (390, 844)
# Schemes that leave the page's own file: nothing else is a request to anywhere.
OWN = ("file:", "data:", "blob:", "about:", "chrome:", "chrome-untrusted:", "devtools:")


def find() -> tuple[str, str]:
    """Paths of the browser and its driver: without them skip with the reason, in CI fail."""
    browser = next(filter(None, map(shutil.which, CHROMIUM)), None)
    driver = shutil.which("chromedriver")
    if browser and driver:
        return browser, driver
    reason = "no Chromium with chromedriver on this machine (Debian: apt-get install chromium chromium-driver)"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def resize(browser: webdriver.Chrome, width: int, height: int) -> None:
    """Give the page exactly this size."""
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 700},
    )


def open_page(browser: webdriver.Chrome, path: Path, fragment: str = "", size: tuple[int, int] = DESK) -> None:
    """Open a page from the disk, forgetting what was logged before, and wait until its map is drawn."""
    resize(browser, *size)
    browser.get("about:blank")
    browser.get_log("performance")
    browser.get_log("browser")
    browser.get(path.resolve().as_uri() + fragment)
    drawn = "return typeof dmz === 'object' && Boolean(dmz.map)"
    WebDriverWait(browser, 10, 0.05, ignored_exceptions=[]).until(lambda b: b.execute_script(drawn))
    time.sleep(0.2)


def console_errors(browser: webdriver.Chrome) -> list[str]:
    """What the page complained of."""
    return [entry["message"] for entry in browser.get_log("browser")]


def requests(browser: webdriver.Chrome) -> list[str]:
    """Everything the page asked for, but for itself and what it carries."""
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    sent = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    own_files = [url for url in sent if url.startswith("file:")]
    return [url for url in sent if not url.startswith(OWN)] + own_files[1:]


def screenshot(browser: webdriver.Chrome, path: Path) -> Path:
    """Write what the page looks like now to a PNG."""
    shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
    path.write_bytes(base64.b64decode(shot["data"]))
    return path


def drawn(browser: webdriver.Chrome) -> dict[str, int]:
    """Number of shapes on the map by layer."""
    script = """
        const counts = {};
        for (const path of document.querySelectorAll('path[data-layer]')) {
          const bare = !path.getAttribute('d') || path.getAttribute('d') === 'M0 0';
          if (!bare) counts[path.dataset.layer] = (counts[path.dataset.layer] || 0) + 1;
        }
        return counts;"""
    return dict(browser.execute_script(script))


def open_popup(browser: webdriver.Chrome, layer: str) -> str:
    """Text of the popup of a layer's first feature, opened from the keyboard."""
    script = """
        const path = [...document.querySelectorAll('path[data-layer]')].find((path) => path.dataset.layer === arguments[0]);
        path.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));"""
    browser.execute_script(script, layer)
    return str(browser.execute_script("return document.querySelector('.popup').innerText"))
