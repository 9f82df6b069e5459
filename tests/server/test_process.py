"""A `jupyter server` of its own process: SIGTERM says goodbye, SIGKILL loses nothing that was seen."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tornado.testing import bind_unused_port

from classroom.core import messages as m
from classroom.core import table
from tests.server.peer import BASE, TOKEN, Peer, Server, note

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")]


class Process(Server):
    """The same calls as to the server in this process; no look inside."""

    def __init__(self, folder: Path) -> None:
        listener, self.port = bind_unused_port()
        listener.close()
        self.url = f"http://127.0.0.1:{self.port}{BASE}"
        self._sockets = []
        self._folder = folder
        self.child: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Starts it, and waits until it answers."""
        names = {f"JUPYTER_{n}_DIR": str(self._folder / n.lower()) for n in ("CONFIG", "DATA", "RUNTIME")}
        root = str(Path(__file__).parents[2])
        self.child = subprocess.Popen(  # noqa: ASYNC220
            [
                sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", f"--port={self.port}",
                "--ServerApp.port_retries=0", f"--ServerApp.base_url={BASE}", f"--IdentityProvider.token={TOKEN}",
                "--ServerApp.jpserver_extensions={'classroom': True}", f"--ServerApp.root_dir={self._folder}",
                "--ServerApp.allow_unauthenticated_access=False",
            ],
            env={**os.environ, **names, "JUPYTER_NO_CONFIG": "1", "PYTHONPATH": root},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        while True:
            try:
                if (await self.fetch("classroom/")).code == 200:
                    return
            except OSError:
                assert self.child.poll() is None, "the server ended"
            await asyncio.sleep(0.1)

    def end(self, number: int) -> None:
        """Sends a signal and waits for the end."""
        assert self.child is not None
        self.child.send_signal(number)
        self.child.wait(20)
        self.child = None


@pytest.fixture
def process(io_loop: Any, tmp_path: Path) -> Iterator[Process]:
    made = Process(tmp_path)
    io_loop.run_sync(made.start, timeout=60)
    yield made
    if made.child is not None:
        made.end(signal.SIGKILL)
    io_loop.run_sync(made.hang_up, timeout=10)


async def test_a_terminated_server_says_goodbye(process: Process) -> None:
    entered = await process.enter()
    teacher = await process.connect(entered)
    await teacher.decided(await teacher.change(note("n1")))
    process.child.send_signal(signal.SIGTERM)  # type: ignore[union-attr]
    bye, code = await teacher.bye()
    assert bye is not None
    assert (bye.code, bye.again, code) == ("going-away", True, 1001)
    process.child.wait(20)  # type: ignore[union-attr]
    process.child = None
    names = sorted(p.suffix for p in (process._folder / "data" / "classroom").glob("*.classroom*"))
    assert names == [".classroom"]


async def test_a_killed_server_forgets_nothing_that_was_seen(process: Process) -> None:
    entered = await process.enter()
    ticket = await process.join(entered, "Ana")
    teacher, ana = await process.connect(entered), await process.connect(ticket)
    for i in range(40):
        await teacher.say(m.Change(i + 1, (note(f"n{i}"),)))
    teacher.number = 40
    await ana.until(lambda v: isinstance(v, m.Changes) and bool(v.entries) and v.upto)
    process.end(signal.SIGKILL)
    seen = {r.id for r in ana.table}
    assert seen >= {"n0"}
    await process.start()
    again = Peer(await process.socket(), ana.client)
    again.table, again.upto, again.mark = ana.table, ana.upto, ana.mark
    await again.say(m.Hello(m.PROTOCOL, ana.client, ticket["token"], ana.last))
    await again.until(lambda v: isinstance(v, m.Here) and v.all is not None)
    assert again.welcome is not None
    assert again.welcome.resumed
    window = await process.connect(entered, client=teacher.client, last=teacher.last if teacher.upto else None)
    for i in range(40):  # what it does not know to be saved, it sends again
        await window.say(m.Change(i + 1, (note(f"n{i}"),)))
    window.number = 40
    await window.decided(await window.change(note("last")))
    fresh = await process.connect(ticket)
    await again.sync(fresh.upto)
    assert table.equal(fresh.table, again.table)
    assert seen <= {r.id for r in fresh.table}
    assert {f"n{i}" for i in range(40)} <= {r.id for r in fresh.table}
    numbers = [e.number for e in again.entries + ana.entries if e.tag == window.welcome.tag]  # type: ignore[union-attr]
    assert len(numbers) == len(set(numbers))
