"""One real Jupyter server for all tests of this folder; programs of these tests are that server's person."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.client.jupyter_child import JupyterChild


@pytest.fixture(scope="session")
def child(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterChild]:
    child = JupyterChild(tmp_path_factory.mktemp("jupyter"))
    yield child
    child.stop()


@pytest.fixture
def at_home(child: JupyterChild, monkeypatch: pytest.MonkeyPatch) -> JupyterChild:
    """This test's own process as a kernel of that server would see things, but for the connection file."""
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, child.env[name])
    monkeypatch.delenv("CLASSROOM_CONNECTION", raising=False)
    monkeypatch.delenv("JPY_PARENT_PID", raising=False)
    return child
