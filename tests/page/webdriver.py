"""A browser for the tests of the page: chromium by way of chromedriver, as far as they need it.

The protocol is W3C WebDriver, and Chrome's own commands for what it lacks. Only Python's standard library.

Where there is no browser, the tests are skipped, and a line says so; with REQUIRE_BROWSER set, as `.ci/run` does, they
fail.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path

BROWSER = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)
DRIVER = shutil.which("chromedriver")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
]


def require():
    """Call it as `setUpModule`: skips the tests of a module where there is no browser, or fails them."""
    if BROWSER and DRIVER:
        return
    missing = "chromium and chromedriver are not installed (Debian: chromium, chromium-driver)"
    if os.environ.get("REQUIRE_BROWSER"):
        raise AssertionError(missing)
    print(f"SKIPPED: the browser tests of the page: {missing}", file=sys.stderr)
    raise unittest.SkipTest(missing)


class Browser:
    """One window, with a profile of its own. Use it in a `with`."""

    def __init__(self, width=1280, height=900, dark=False, scripts=True):
        self.look = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 700}
        self.dark = dark
        self.scripts = scripts

    def __enter__(self):
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.driver = subprocess.Popen([DRIVER, "--port=0"], stdout=subprocess.PIPE, text=True)
        for line in self.driver.stdout:
            if "started successfully on port" in line:
                self.address = f"http://127.0.0.1:{line.rsplit(maxsplit=1)[-1].strip('.')}"
                break
        options = {"args": [*ARGUMENTS, f"--user-data-dir={self.profile.name}"], "binary": BROWSER}
        capabilities = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        answer = self.call("/session", {"capabilities": {"alwaysMatch": capabilities}})
        self.session = f"/session/{answer['sessionId']}"
        self.chrome("Emulation.setDeviceMetricsOverride", **self.look)
        self.show_as("")
        self.chrome("Emulation.setScriptExecutionDisabled", value=not self.scripts)
        return self

    def __exit__(self, *_):
        try:
            self.call(self.session, method="DELETE")
        finally:
            self.driver.terminate()
            self.driver.wait()
            self.driver.stdout.close()
            self.profile.cleanup()

    def call(self, path, body=None, method="POST"):
        data = json.dumps(body or {}).encode() if method == "POST" else None
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.address + path, data, headers, method=method)
        # whatever proxy is set is not for this machine
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=120) as answer:
            return json.load(answer)["value"]

    def chrome(self, command, **parameters):
        return self.call(self.session + "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def open(self, path):
        uri = Path(path).resolve().as_uri()
        self.call(self.session + "/url", {"url": uri})
        # of a large page, chromedriver answers now and then before the old page is gone
        self.wait_until("return location.href === arguments[0] && document.querySelector('footer') !== null", uri)

    def run(self, script, *arguments):
        """What the body of a function returns that runs in the page."""
        return self.call(self.session + "/execute/sync", {"script": script, "args": arguments})

    def wait_until(self, script, *arguments):
        """Waits until the body of a function returns true."""
        for _ in range(200):
            if self.run(script, *arguments):
                return
            time.sleep(0.05)
        raise AssertionError(f"not within ten seconds: {script}")

    def press(self, *keys):
        """Presses keys, one after the other, wherever the focus is."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.call(self.session + "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def press_together(self, held, key):
        """Presses a key while another is held."""
        kinds = (("keyDown", held), ("keyDown", key), ("keyUp", key), ("keyUp", held))
        actions = [{"type": kind, "value": value} for kind, value in kinds]
        self.call(self.session + "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def console(self):
        """What the console was told since it was last asked."""
        return [entry["message"] for entry in self.call(self.session + "/se/log", {"type": "browser"})]

    def show_as(self, medium):
        """`screen`, `print`, or nothing: what the browser does by itself."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if self.dark else "light"}
        self.chrome("Emulation.setEmulatedMedia", media=medium, features=[scheme])

    def screenshot(self, path):
        """What is on the screen."""
        shot = self.chrome("Page.captureScreenshot")
        Path(path).write_bytes(base64.b64decode(shot["data"]))

    def pdf(self, path):
        printed = self.chrome("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        Path(path).write_bytes(base64.b64decode(printed["data"]))
