"""A real Jupyter server with the extension, in this process, on a loop of its own for each test.

`server` is the shell around it that tests talk to (`tests/server/peer.py`). The server has a base URL other than "/",
a token, and `allow_unauthenticated_access` off.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from hatch_build import NPM_CI, node_commands
from tests.server.peer import BASE, TOKEN, Server

LABEXTENSION = Path(__file__).resolve().parent.parent / "labextension"


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """node_modules with everything of the lock file in it; the build of a wheel installs less."""
    modules = LABEXTENSION / "node_modules"
    if not all((modules / name).is_dir() for name in ("vitest", "axe-core")):
        _, npm, env = node_commands()
        done = subprocess.run(
            [*npm, *NPM_CI], cwd=LABEXTENSION, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return modules


@pytest.fixture
def jupyter(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Environment of a Jupyter that knows nothing of this machine's own."""
    for name in ("CONFIG", "DATA", "RUNTIME"):
        folder = tmp_path / name.lower()
        folder.mkdir()
        monkeypatch.setenv(f"JUPYTER_{name}_DIR", str(folder))
    monkeypatch.setenv("JUPYTER_NO_CONFIG", "1")
    monkeypatch.delenv("JUPYTERHUB_USER", raising=False)
    monkeypatch.delenv("CLASSROOM_CONNECTION", raising=False)
    return tmp_path


@pytest.fixture
def settings() -> list[str]:
    """More command line options of the server; a test module may have its own."""
    return []


@pytest.fixture
def serverapp(io_loop: Any, jupyter: Any, settings: list[str]) -> Any:
    """The server application, started on the test's loop."""
    from jupyter_server.serverapp import ServerApp

    root = jupyter / "root"
    root.mkdir()
    ServerApp.clear_instance()
    app = ServerApp.instance(
        base_url=BASE,
        jpserver_extensions={"classroom": True},
        port=0,
        open_browser=False,
        allow_root=True,
        root_dir=str(root),
        allow_unauthenticated_access=False,
    )
    app.init_signal = lambda: None
    app.log_level = 30

    async def start() -> None:
        app.initialize(argv=[f"--IdentityProvider.token={TOKEN}", *settings], new_httpserver=False)
        app.start_app()
        await app.extension_manager.start_all_extensions()

    before = os.environ.copy()
    io_loop.run_sync(start)
    yield app
    io_loop.run_sync(app._cleanup)
    ServerApp.clear_instance()
    assert os.environ.get("CLASSROOM_CONNECTION") == before.get("CLASSROOM_CONNECTION")


@pytest.fixture
def app(serverapp: Any) -> Any:
    """What pytest-tornasync serves."""
    return serverapp.web_app


@pytest.fixture
def server(io_loop: Any, serverapp: Any, http_server: Any, http_server_port: Any) -> Any:
    """The running server as clients see it."""
    server = Server(serverapp, http_server_port[1])
    yield server
    io_loop.run_sync(server.hang_up, timeout=10)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Where everything must be there (CLASSROOM_REQUIRE_BROWSER=1), a browser or store test that skips has failed."""
    report: Any = yield
    strict = os.environ.get("CLASSROOM_REQUIRE_BROWSER") == "1"
    if strict and report.skipped and item.path.parent.name in ("browser", "store"):
        report.outcome = "failed"
        report.longrepr = f"skipped where it must run: {report.longrepr}"
    return report
