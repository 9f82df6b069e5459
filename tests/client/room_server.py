"""A class on a real socket without Jupyter: the pure room behind Tornado, on a thread of its own.

The faults that a client must live through are switches here: cutting every line, not answering, refusing to write,
forgetting who was confirmed, being away for a while on the same port.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
import zlib
from collections.abc import Callable
from typing import Any

import tornado.httpserver
import tornado.web
import tornado.websocket
from tornado.testing import bind_unused_port

from classroom.core import messages as m
from classroom.core import policy, wire
from classroom.core.errors import BadToken, GoingAway
from classroom.core.records import Class, Page, Person
from classroom.core.room import Close, Publish, Room, Send
from classroom.core.table import Table

PIECE = 4_096
"""Small, so that snapshots come in several pieces."""


def now() -> int:
    return time.time_ns() // 1_000_000


class Line(tornado.websocket.WebSocketHandler):
    def initialize(self, server: RoomServer) -> None:
        self.server = server
        self.number = 0

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        return "classroom.v1" if "classroom.v1" in subprotocols else None

    def on_message(self, frame: str | bytes) -> None:
        assert isinstance(frame, bytes)
        self.server.heard(self, frame)

    def on_close(self) -> None:
        self.server.closed(self)


class RoomServer:
    """`people` are `p1` (teacher), `p2`, … (students); their tokens are their ids."""

    def __init__(self, students: int = 1) -> None:
        table = Table()
        table.apply(m.Put(Class(id="class", title="Waves", page="first")))
        table.apply(m.Put(Page(id="first", order="a1", author="p1")))
        for i in range(1, students + 2):
            role = "teacher" if i == 1 else "student"
            table.apply(m.Put(Person(id=f"p{i}", name=f"Person {i}", role=role, author=f"p{i}")))
        self.room = Room("abcdefghij", table, 0, bytes(8))
        self.accepted: dict[str, dict[int, int]] = {}
        self.log: list[m.Entry] = []
        self.marks: dict[int, bytes] = {0: bytes(8)}
        self.lines: dict[int, Line] = {}
        self.refuse_writing = ""
        self.silent = False
        self.lose_answers = False
        self.hellos: list[m.Hello] = []
        self._count = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self.port = 0
        self.on_loop(self._listen)

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/classroom/ws"

    def on_loop(self, call: Callable[[], Any]) -> Any:
        """Runs `call` on the server's thread and gives its result."""

        async def run() -> Any:
            return call()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    def _listen(self) -> None:
        app = tornado.web.Application([("/classroom/ws", Line, {"server": self})])
        self._server = tornado.httpserver.HTTPServer(app)
        if self.port:
            self._server.listen(self.port, "127.0.0.1")
        else:
            socket, self.port = bind_unused_port()
            self._server.add_socket(socket)

    # -- faults

    def cut(self) -> None:
        """Every line breaks without a word."""

        def each() -> None:
            for line in list(self.lines.values()):
                line.ws_connection.stream.close()

        self.on_loop(each)

    def away(self) -> None:
        """No more connections are taken, and the present ones break."""
        self.on_loop(lambda: self._server.stop())
        self.cut()

    def back(self) -> None:
        self.on_loop(self._listen)

    def stop(self) -> None:
        async def end() -> None:
            self._server.stop()
            for line in list(self.lines.values()):
                line.write_message(wire.write(bye(GoingAway())), binary=True)
                line.close(1001)
            await self._server.close_all_connections()
            for _ in range(100):
                if not self.lines:
                    break
                await asyncio.sleep(0.01)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    # -- the room's shell

    def heard(self, line: Line, frame: bytes) -> None:
        if self.silent:
            return
        if not line.number:
            self._enter(line, frame)
        else:
            self._do(self.room.receive(line.number, frame, now()))
            self._settle()

    def closed(self, line: Line) -> None:
        if self.lines.pop(line.number, None) is not None:
            self._do(self.room.leave(line.number, now()))

    def _enter(self, line: Line, frame: bytes) -> None:
        hello = wire.read(next(iter(wire.split(frame))))
        assert isinstance(hello, m.Hello)
        self.hellos.append(hello)
        if not isinstance(self.room.table.get(hello.token), Person):
            line.write_message(wire.write(bye(BadToken())), binary=True)
            line.close(BadToken.close)
            return
        self._count += 1
        line.number = self._count
        self.lines[line.number] = line
        last = hello.last
        resumed = (
            last is not None and last.seq >= self.room.watershed and self.marks.get(last.seq, b"").hex() == last.mark
        )
        known = self.accepted.get(hello.client, {})
        self._do(self.room.enter(line.number, hello.token, hello.client, known, resumed, now()))
        role, person = self.room.viewer(line.number)
        if resumed and last is not None:
            seen = [
                m.Seen(e.seq, self.room.tag_of(e.client), e.number, e.author, e.time, e.ops)
                for e in self.log[last.seq :]
            ]
            self._send(line, wire.write(m.Changes(self.room.seq, self.room.mark, tuple(seen))))
        else:
            data = zlib.compress(wire.write_ops(m.Put(record) for record in self.room.seen(role, person)))
            for at in range(0, len(data), PIECE):
                piece = m.Snapshot(self.room.seq, self.room.mark, at + PIECE >= len(data), data[at : at + PIECE])
                self._send(line, wire.write(piece))
        self._send(line, self.room.greeting(line.number))

    def _settle(self) -> None:
        proposal = self.room.propose(now())
        if proposal is None:
            return
        self._do(proposal.actions)
        if self.refuse_writing:
            self._do(self.room.abandon(proposal, self.refuse_writing))
            return
        mark = secrets.token_bytes(8)
        for entry in proposal.entries:
            self.accepted.setdefault(entry.client, {})[entry.number] = entry.seq
            self.log.append(entry)
        actions = self.room.commit(proposal, mark)
        self.marks[self.room.seq] = mark
        if self.lose_answers:
            for line in list(self.lines.values()):
                line.ws_connection.stream.close()
            return
        self._do(actions)

    def _do(self, actions: list[Any]) -> None:
        for action in actions:
            if isinstance(action, Send):
                self._send(self.lines[action.conn], action.frame)
            elif isinstance(action, Publish):
                for number, line in list(self.lines.items()):
                    if policy.sees(*self.room.viewer(number), action.audience):
                        self._send(line, action.frame)
            elif isinstance(action, Close):
                line = self.lines.pop(action.conn)
                self._send(line, wire.write(bye(action.error)))
                line.close(action.error.close)

    def _send(self, line: Line, frame: bytes) -> None:
        try:
            line.write_message(frame, binary=True).add_done_callback(lambda sent: sent.exception())
        except tornado.websocket.WebSocketClosedError:
            pass


def bye(error: Any) -> m.Bye:
    return m.Bye(error.code, error.sentence, error.again)
