"""The sample page of the docs: what the tool makes of an account of local AWS, and pictures of it."""

import subprocess
from pathlib import Path

from webdriver import BROWSER, DRIVER, Browser

WORKSPACE = Path(__file__).resolve().parent.parent.parent
ACCOUNT = WORKSPACE / "crates/local-aws/examples/audit-sample.json"
SERVE = WORKSPACE / "target/debug/examples/serve"
TOOL = WORKSPACE / "target/debug/setupkey"
SAMPLE = WORKSPACE / "docs/sample.html"
# that of the account's clock
TIME = "2026-11-22T06:00:00Z"
# so much of the page is on the pictures
HEIGHT = 1480


def make(path):
    """Writes the page."""
    audit = [TOOL, "audit", "--at", TIME, "--format", "html", "--output", path]
    command = [SERVE, ACCOUNT, "sh", "-c", '"$@"; test $? -eq 1', "sh", *audit]
    done = subprocess.run(command, text=True, capture_output=True)
    if done.returncode != 0:
        raise AssertionError(f"the audit did not end with 1: {done.stderr}")


def picture(path, dark):
    """Writes a picture of the page."""
    with Browser(height=HEIGHT, dark=dark) as browser:
        browser.open(SAMPLE)
        browser.screenshot(path, HEIGHT)


if __name__ == "__main__":
    make(SAMPLE)
    if BROWSER and DRIVER:
        picture(SAMPLE.with_name("sample-light.png"), dark=False)
        picture(SAMPLE.with_name("sample-dark.png"), dark=True)
