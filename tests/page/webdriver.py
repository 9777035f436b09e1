"""A browser for the tests of the page: chromium by way of chromedriver, as far as they need it.

The protocol is W3C WebDriver, and Chrome's own commands for what it lacks. Only Python's standard library.
"""

import base64
import json
import shutil
import subprocess
import tempfile
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


class Browser:
    """One window, with a profile of its own. Use it in a `with`."""

    def __init__(self, width=1280, height=900, scale=1, dark=False, scripts=True):
        self.look = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": width < 700}
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
        answer = self.call("", {"capabilities": {"alwaysMatch": capabilities}})
        self.address += "/" + answer["sessionId"]
        self.chrome("Emulation.setDeviceMetricsOverride", **self.look)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if self.dark else "light"}
        self.chrome("Emulation.setEmulatedMedia", features=[scheme])
        self.chrome("Emulation.setScriptExecutionDisabled", value=not self.scripts)
        return self

    def __exit__(self, *_):
        try:
            self.call("", method="DELETE")
        finally:
            self.driver.terminate()
            self.driver.wait()
            self.driver.stdout.close()
            self.profile.cleanup()

    def call(self, path, body=None, method="POST"):
        base, slash, session = self.address.rpartition("/")
        at = f"{base}/session/{session}" if base.startswith("http://") else f"{self.address}/session"
        data = json.dumps(body or {}).encode() if method == "POST" else None
        request = urllib.request.Request(at + path, data, {"Content-Type": "application/json"}, method=method)
        # whatever proxy is set is not for this machine
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=120) as answer:
            return json.load(answer)["value"]

    def chrome(self, command, **parameters):
        return self.call("/goog/cdp/execute", {"cmd": command, "params": parameters})

    def open(self, path):
        self.call("/url", {"url": Path(path).resolve().as_uri()})

    def run(self, script):
        """What the body of a function returns that runs in the page."""
        return self.call("/execute/sync", {"script": script, "args": []})

    def press(self, *keys):
        """Presses keys, one after the other, wherever the focus is."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.call("/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def console(self):
        """What the console was told since it was last asked."""
        return [entry["message"] for entry in self.call("/se/log", {"type": "browser"})]

    def screenshot(self, path, whole=True):
        shot = self.chrome("Page.captureScreenshot", captureBeyondViewport=whole, format="png")
        Path(path).write_bytes(base64.b64decode(shot["data"]))

    def pdf(self):
        printed = self.chrome("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        return base64.b64decode(printed["data"])
