"""A window over a real WebSocket, and the running server as clients see it: what the server's tests talk through."""

from __future__ import annotations

import asyncio
import json
import secrets
import zlib
from collections.abc import Callable
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import websocket_connect

from classroom.core import messages as m
from classroom.core import wire
from classroom.core.order import FIRST
from classroom.core.records import Note
from classroom.core.table import Table

TOKEN = "teacher-jupyter-token"
BASE = "/user/ann/"


def note(id: str, text: str = "hello", page: str = "page1") -> m.Put:
    """A sticky note, put."""
    return m.Put(Note(id=id, page=page, z=FIRST, x=1, y=2, text=text))


def client_id() -> str:
    """A window's own id."""
    return secrets.token_hex(12)


class Peer:
    """One window over a real WebSocket: what it was told, and the table that follows from it."""

    def __init__(self, socket: Any, client: str) -> None:
        self.socket = socket
        self.client = client
        self.table = Table()
        self.messages: list[Any] = []
        self.welcome: m.Welcome | None = None
        self.upto = 0
        self.mark = bytes(8)
        self.entries: list[m.Seen] = []
        self.number = 0
        self.snapshots = 0
        self._deflated = bytearray()

    async def read(self) -> list[Any] | None:
        """The messages of the next frame, taken in; None when the connection was closed."""
        frame = await self.socket.read_message()
        if frame is None:
            return None
        assert isinstance(frame, bytes)
        found = [wire.read(raw, lenient=True) for raw in wire.split(frame)]
        for value in found:
            self._take(value)
        self.messages += found
        return found

    def _take(self, value: Any) -> None:
        if isinstance(value, m.Welcome):
            self.welcome = value
        elif isinstance(value, m.Reset):
            self.table = Table()
        elif isinstance(value, m.Snapshot):
            self._deflated += value.data
            if value.last:
                self.table = Table()
                for op in wire.read_ops(zlib.decompress(bytes(self._deflated)), lenient=True):
                    self.table.apply(op)
                self._deflated.clear()
                self.upto, self.mark = value.seq, value.mark
                self.snapshots += 1
        elif isinstance(value, m.Changes):
            for entry in value.entries:
                for op in entry.ops:
                    self.table.apply(op)
                self.entries.append(entry)
            if value.upto:
                self.upto, self.mark = value.upto, value.mark

    async def until(self, wanted: Any) -> Any:
        """Reads until a message is of that type, or answers true to that function; gives it."""
        seen = 0
        while True:
            for value in self.messages[seen:]:
                seen += 1
                if isinstance(value, wanted) if isinstance(wanted, type) else wanted(value):
                    self.messages = self.messages[seen:]
                    return value
            if await self.read() is None:
                raise AssertionError(f"closed with {self.socket.close_code} while waiting for {wanted}")

    async def say(self, *values: Any) -> None:
        """Messages, in one frame."""
        await self.socket.write_message(b"".join(wire.write(value) for value in values), binary=True)

    async def change(self, *ops: m.Op) -> int:
        """Sends a change; gives its number."""
        self.number += 1
        await self.say(m.Change(self.number, ops))
        return self.number

    async def decided(self, number: int) -> Any:
        """What became of a change: the own entry, a Confirm or a Refuse."""

        def about(value: Any) -> bool:
            if isinstance(value, (m.Confirm, m.Refuse)):
                return value.number == number
            if isinstance(value, m.Changes):
                assert self.welcome is not None
                return any(e.tag == self.welcome.tag and e.number == number for e in value.entries)
            return False

        return await self.until(about)

    async def sync(self, seq: int) -> None:
        """Reads until complete through `seq`."""
        while self.upto < seq:
            if await self.read() is None:
                raise AssertionError(f"closed with {self.socket.close_code} at {self.upto}")

    async def bye(self) -> tuple[m.Bye | None, int]:
        """Reads to the end: the reason and the close code."""
        while await self.read() is not None:
            pass
        byes = [value for value in self.messages if isinstance(value, m.Bye)]
        return (byes[-1] if byes else None), self.socket.close_code

    @property
    def last(self) -> m.Last:
        """How far it has come, for a resume."""
        return m.Last(self.upto, self.mark.hex())

    def close(self) -> None:
        self.socket.close()


class Server:
    """The running server as clients see it."""

    def __init__(self, app: Any, port: int) -> None:
        self.app = app
        self.port = port
        self.url = f"http://127.0.0.1:{port}{BASE}"
        self.extension = app.web_app.settings["classroom"]
        self._sockets: list[Any] = []

    async def fetch(self, path: str, method: str = "GET", body: Any = None, **headers: str) -> Any:
        """An HTTP call; never raises for a status. A dict becomes JSON."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, dict):
            sent.setdefault("Content-Type", "application/json")
            body = json.dumps(body)
        if body is None and method in ("POST", "PUT"):
            body = b""
        return await AsyncHTTPClient().fetch(
            self.url + path,
            method=method,
            body=body,
            headers=sent,
            raise_error=False,
            follow_redirects=False,
            request_timeout=15,
        )

    async def call(self, path: str, body: Any = None, method: str = "POST", status: int = 200, **headers: str) -> Any:
        """A JSON call that must end with `status`."""
        response = await self.fetch(path, method, body, **headers)
        assert response.code == status, (path, response.code, response.body[:300])
        return json.loads(response.body) if response.body else None

    async def enter(self, title: str = "Linear algebra", **more: Any) -> Any:
        """The teacher opens a class."""
        return await self.call("classroom/api/enter", {"title": title, **more}, Authorization=f"token {TOKEN}")

    async def join(self, entered: Any, name: str, status: int = 200, **more: Any) -> Any:
        """A student joins with the link."""
        secret = entered["fragments"]["student"].split(".")[1]
        return await self.call(
            "classroom/api/join", {"class": entered["class"], "secret": secret, "name": name, **more}, status=status
        )

    async def socket(self, **headers: str) -> Any:
        """A WebSocket that has said nothing yet."""
        url = self.url.replace("http:", "ws:") + "classroom/ws"
        socket = await websocket_connect(HTTPRequest(url, headers=headers), subprotocols=["classroom.v1"])
        self._sockets.append(socket)
        return socket

    async def hang_up(self) -> None:
        """Closes what the test left open, and waits until it is."""
        for socket in self._sockets:
            socket.close()
        for socket in self._sockets:
            while socket.protocol is not None and socket.protocol.stream is not None:
                if socket.protocol.stream.closed() or await socket.read_message() is None:
                    break

    async def connect(
        self, ticket: Any, client: str = "", last: m.Last | None = None, pending: int = 1, settle: bool = True
    ) -> Peer:
        """A window that has entered, and (`settle`) knows the table and who is here."""
        peer = Peer(await self.socket(), client or client_id())
        await peer.say(m.Hello(m.PROTOCOL, peer.client, ticket["token"], last, pending))
        if settle:
            await peer.until(lambda v: isinstance(v, m.Here) and v.all is not None)
        return peer

    async def when(self, condition: Callable[[], Any]) -> None:
        """Waits until something inside the server is so; the test's own limit of time is the limit."""
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)

    def hub(self, entered: Any) -> Any:
        """The server's own side of a class."""
        return self.extension.school._hubs[entered["class"]]
