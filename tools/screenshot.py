"""Take a picture of a map for the README, as ``python -m tools.screenshot <page> <picture>``."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SIZE = "1280,800"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def main() -> None:
    """Open the page headless and save what it shows."""
    page, picture = (Path(argument).resolve() for argument in sys.argv[1:3])
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit("no Chromium on this machine (Debian: apt-get install chromium)")
    with tempfile.TemporaryDirectory() as profile:
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={profile}"]
        flags += [f"--window-size={SIZE}", "--virtual-time-budget=4000", f"--screenshot={picture}"]
        subprocess.run([browser, *flags, page.as_uri()], check=True, capture_output=True)
    print(picture.relative_to(Path.cwd()))


if __name__ == "__main__":
    main()
