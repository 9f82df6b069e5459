"""A real Jupyter server with the extension in a process of its own, with folders of its own; killed and started again
on the same port when a test wants that."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "client-tests"
START_SECONDS = 60.0


class JupyterChild:
    """`url` ends with a slash; `env` is what a program of the same person sees."""

    def __init__(self, home: Path, *options: str) -> None:
        self.home = home
        self.options = options
        self.port = 0
        (home / "work").mkdir(parents=True, exist_ok=True)
        self.env = {
            **os.environ,
            "HOME": str(home),
            "IPYTHONDIR": str(home / "ipython"),
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "JUPYTER_DATA_DIR": str(home / "data"),
            "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
            "PYTHONPATH": str(ROOT),
        }
        for name in ("CLASSROOM_CONNECTION", "JPY_PARENT_PID"):
            self.env.pop(name, None)
        self.process: subprocess.Popen[bytes] | None = None
        try:
            self.start()
        except BaseException:
            if self.process is not None:
                self.kill()
            raise

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/at/home/"

    @property
    def connection(self) -> Path:
        """The file that kernels of this server inherit the path of."""
        assert self.process is not None
        return self.home / "runtime" / f"classroom-{self.process.pid}.json"

    def start(self) -> None:
        command = [
            sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={self.port}", "--ServerApp.port_retries=0", "--ServerApp.base_url=/at/home/",
            f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={self.home / 'work'}",
            "--ServerApp.jpserver_extensions={'classroom': True}", "--ServerApp.allow_unauthenticated_access=False",
            *self.options,
        ]  # fmt: skip
        with (self.home / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.home / "work", env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        told = self.home / "runtime" / f"jpserver-{self.process.pid}.json"
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"Jupyter ended while starting:\n{self.said()}")
            try:
                port = int(json.loads(told.read_text())["port"])
                # The file is written before the server listens.
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
                self.port = port
                return
            except (OSError, json.JSONDecodeError):
                time.sleep(0.05)
        self.kill()
        raise RuntimeError(f"Jupyter did not start:\n{self.said()}")

    def said(self) -> str:
        return (self.home / "server.log").read_text(errors="replace")[-4000:]

    def kill(self) -> None:
        """SIGKILL: what a crash looks like."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(60)

    def stop(self) -> None:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()
