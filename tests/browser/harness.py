"""Headless Chromium with the network cut."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import pytest
from selenium import webdriver

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-component-update",
    "--disable-background-networking", "--disable-sync", "--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip


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


def open_page(browser: webdriver.Chrome, path: Path, fragment: str = "", size: tuple[int, int] = (1280, 800)) -> None:
    """Open a page from the disk, forgetting what was logged before."""
    resize(browser, *size)
    browser.get("about:blank")
    browser.get_log("performance")
    browser.get_log("browser")
    browser.get(path.resolve().as_uri() + fragment)
    time.sleep(0.4)


def console_errors(browser: webdriver.Chrome) -> list[str]:
    """What the page complained of."""
    return [entry["message"] for entry in browser.get_log("browser")]


def requests(browser: webdriver.Chrome) -> list[str]:
    """Everything the page asked for, but for itself and what it carries."""
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    sent = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    return [url for url in sent if not url.startswith(("file:", "data:", "blob:", "about:", "chrome"))]
