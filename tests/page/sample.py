"""The sample page of the docs: what the tool makes of an account of local AWS, and pictures of it."""

import re
import tempfile
from pathlib import Path

from picture import with_palette
from reports import TIME, WORKSPACE, page_of_local_aws
from webdriver import BROWSER, DRIVER, Browser

ACCOUNT = WORKSPACE / "crates/local-aws/examples/audit-sample.json"
SAMPLE = WORKSPACE / "docs/sample.html"
# the first screen of a desktop and of a phone
PICTURES = {"sample": (1280, 900), "sample-phone": (390, 844)}
READING = re.compile(r"(from|to) <time>[^<]*</time>")


def make(path):
    """Writes the page. The clock of the reading is that of the machine: its times become that of the audit."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "sample.html"
        page_of_local_aws(made, ACCOUNT)
        time = TIME.replace("T", " ").removesuffix("Z")
        text, replaced = READING.subn(rf"\1 <time>{time}</time>", made.read_text())
    if replaced != 2:
        raise AssertionError(f"{replaced} times of the reading, expected 2")
    path.write_text(text)


def picture(path, size, dark):
    """Writes a picture of the first screen."""
    width, height = size
    with Browser(width, height, dark) as browser:
        browser.open(SAMPLE)
        browser.screenshot(path)
    path.write_bytes(with_palette(path.read_bytes()))


if __name__ == "__main__":
    make(SAMPLE)
    if not (BROWSER and DRIVER):
        raise SystemExit("no pictures: chromium and chromedriver are not installed")
    for name, size in PICTURES.items():
        for scheme in ("light", "dark"):
            picture(SAMPLE.with_name(f"{name}-{scheme}.png"), size, dark=scheme == "dark")
