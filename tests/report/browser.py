"""Chromium without a window, driven through a pair of pipes."""

import base64
import json
import os
import subprocess
from pathlib import Path

ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--no-first-run",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
COMPLAINTS = {"Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled"}


class Browser:
    """One page of one browser; `complaints` gathers what its console says."""

    def __init__(self, program: str, folder: Path) -> None:
        reads, self._to = os.pipe()
        self._from, writes = os.pipe()

        def place() -> None:
            # Chromium reads commands from descriptor 3 and answers on 4.
            copies = os.dup(reads), os.dup(writes)
            os.dup2(copies[0], 3)
            os.dup2(copies[1], 4)

        self._process = subprocess.Popen(
            [program, *ARGUMENTS, f"--user-data-dir={folder}", "about:blank"],
            preexec_fn=place,
            close_fds=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(reads)
        os.close(writes)
        self._rest, self._count, self._session = b"", 0, None
        self.complaints: list[dict] = []
        pages = self.call("Target.getTargets")["targetInfos"]
        target = next(page for page in pages if page["type"] == "page")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: object) -> dict:
        """Sends a command of the DevTools protocol and waits for its answer."""
        self._count += 1
        said = {"id": self._count, "method": method, "params": parameters}
        said |= {"sessionId": self._session} if self._session else {}
        os.write(self._to, json.dumps(said).encode() + b"\0")
        while (answer := self._next()).get("id") != self._count:
            continue
        assert "error" not in answer, answer
        return answer["result"]

    def _next(self) -> dict:
        while b"\0" not in self._rest:
            chunk = os.read(self._from, 1 << 20)
            assert chunk, "the browser has gone"
            self._rest += chunk
        raw, self._rest = self._rest.split(b"\0", 1)
        message = json.loads(raw)
        if message.get("method") in COMPLAINTS:
            self.complaints.append(message["params"])
        return message

    def open(self, address: str, width: int = 1280, dark: bool = False) -> None:
        """Loads a page on a screen of that width, and waits until it stands."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", media="", features=[scheme])
        self.open_still(address)
        # Charts are drawn when the layout is known: two frames later.
        self.run("new Promise(r => requestAnimationFrame(() => setTimeout(r, 300)))")

    def open_still(self, address: str) -> None:
        """Loads a page, and waits until it is loaded."""
        for target in ("about:blank", address):
            self.call("Page.navigate", url=target)
            state = ""
            while state != f"complete {target}":
                state = self.run("document.readyState + ' ' + location.href")

    def run(self, script: str) -> object:
        """Evaluates an expression, or awaits it, and returns its value."""
        done = self.call(
            "Runtime.evaluate",
            expression=script,
            awaitPromise=True,
            returnByValue=True,
        )
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def point(self, x: float, y: float) -> None:
        """Moves the mouse there."""
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def picture(self, path: Path, whole: bool = True) -> None:
        """Writes what the page looks like as PNG."""
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))

    def paper(self) -> bytes:
        """Prints the page: a PDF."""
        printed = self.call("Page.printToPDF", printBackground=True)
        return base64.b64decode(printed["data"])

    def close(self) -> None:
        """Ends the browser."""
        self._process.terminate()
        self._process.wait(30)
        os.close(self._to)
        os.close(self._from)
