"""A real Jupyter in a process of its own, as a person would start it, but with its own folders and port.

Whatever is installed in this environment is enabled, as it would be for anyone: that is part of what is tested.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote
from urllib.request import Request, urlopen

TOKEN = "browser-tests"
START_SECONDS = 60.0  # importing the server alone takes 5 s on a small machine
OVERRIDES = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}


class JupyterProcess:
    """One server. `url` ends with a slash; `folder` is what its file browser shows; `log` is what it says."""

    def __init__(self, home: Path, *options: str, app: str = "jupyterlab", port: int = 0) -> None:
        self.home = home
        self.folder = home / "work"
        self.log = home / "server.log"
        config = home / "config"
        (config / "labconfig").mkdir(parents=True, exist_ok=True)
        self.folder.mkdir(exist_ok=True)
        (config / "labconfig" / "default_setting_overrides.json").write_text(json.dumps(OVERRIDES))
        self.env = {
            **os.environ,
            "HOME": str(home),
            "IPYTHONDIR": str(home / "ipython"),
            "JUPYTER_CONFIG_DIR": str(config),
            "JUPYTER_DATA_DIR": str(home / "data"),
            "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
            "JUPYTER_TOKEN": TOKEN,
        }
        self.env.pop("JUPYTER_NO_CONFIG", None)
        command = [sys.executable, "-m", app, "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1"]
        command += [f"--ServerApp.port={port}", f"--ServerApp.root_dir={self.folder}", *options]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.url = self._wait()

    def _wait(self) -> str:
        told = self.home / "runtime" / f"jpserver-{self.process.pid}.json"
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"Jupyter ended while starting:\n{self.said()}")
            try:
                known = json.loads(told.read_text())
                # The file is written before the server listens.
                with socket.create_connection(("127.0.0.1", known["port"]), timeout=5):
                    return str(known["url"])
            except (OSError, json.JSONDecodeError):
                time.sleep(0.1)
        self.kill()
        raise RuntimeError(f"Jupyter did not start:\n{self.said()}")

    def page(self, path: str) -> str:
        """The address of a page of this server, with the token in it: `lab?reset`, `tree`, `lab/tree/x.ipynb` …"""
        joint = "&" if "?" in path else "?"
        return f"{self.url}{quote(path, safe='/?=&')}{joint}token={TOKEN}"

    def ask(self, method: str, path: str, body: object = None) -> dict[str, object]:
        """Asks the server over HTTP as the person who owns it; returns the JSON that it answers."""
        headers = {"Authorization": f"token {TOKEN}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(f"{self.url}{path}", data, headers, method=method), timeout=20) as answer:
            said: dict[str, object] = json.loads(answer.read())
            return said

    def said(self) -> str:
        """The server's log so far."""
        return self.log.read_text(errors="replace")

    def stop(self) -> int:
        """Ends it as Ctrl-C in a terminal would, kernels and all; returns its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self) -> int:
        """Ends it with SIGKILL: what a crash looks like."""
        if self.process.poll() is None:
            self.process.kill()
        return self.process.wait(60)
