"""Sockets that never read, over real TCP: bounded memory, nobody else is slowed or loses anything, and they end."""

from __future__ import annotations

import asyncio
import base64
import socket
from typing import Any

from classroom.core import messages as m
from classroom.core import table, wire
from classroom.server import fanout as f
from classroom.server import sharedlog
from classroom.server.fanout import BEHIND, LIVE, Connection
from classroom.server.outlet import MessageOutlet, SocketOutlet, StreamOutlet
from tests.server.peer import BASE, client_id, note


async def mute(server: Any, ticket: Any, rcvbuf: int = 4096) -> socket.socket:
    """A socket with a tiny receive buffer that says hello and never reads."""
    loop = asyncio.get_running_loop()
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
    raw.setblocking(False)
    await loop.sock_connect(raw, ("127.0.0.1", server.port))
    key = base64.b64encode(b"0123456789abcdef").decode()
    await loop.sock_sendall(
        raw,
        (
            f"GET {BASE}classroom/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        ).encode(),
    )
    assert b"101" in await loop.sock_recv(raw, 4096)
    hello = wire.write(m.Hello(m.PROTOCOL, client_id(), ticket["token"]))
    await loop.sock_sendall(raw, bytes((0x82, 0x80 | 126)) + len(hello).to_bytes(2, "big") + bytes(4) + hello)
    return raw


def connections(server: Any, entered: Any, person: str) -> list[Connection]:
    return [x.connection for x in server.hub(entered).members.values() if x.connection.person == person]


async def test_a_socket_that_never_reads(server: Any, monkeypatch: Any) -> None:
    entered = await server.enter()
    teacher = await server.connect(entered)
    ana = await server.connect(await server.join(entered, "Ana"))
    eve = await server.join(entered, "Eve")
    stuck = await mute(server, eve)
    try:
        await server.when(lambda: connections(server, entered, eve["person"]))
        connection = connections(server, entered, eve["person"])[0]
        stream: Any = connection.outlet._stream  # type: ignore[attr-defined]
        stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        most = behind = 0
        for i in range(400):
            await teacher.decided(await teacher.change(note(f"n{i % 40}", f"{i}" + "x" * 3_900)))
            most = max(most, len(stream._write_buffer or b""))
            behind += connection.state == BEHIND
        assert behind > 100, "it did fall behind"
        assert most <= sharedlog.FRAME_BYTES + 16
        room = server.hub(entered).room
        await ana.sync(room.seq)
        assert table.equal(ana.table, room.table)
        assert [e.seq for e in ana.entries] == sorted({e.seq for e in ana.entries})
        assert ana.snapshots == 1
        monkeypatch.setattr(f, "STALL_SECONDS", -1.0)
        await server.extension._sweep()
        await server.extension._sweep()
        await server.when(lambda: not connections(server, entered, eve["person"]))
        monkeypatch.setattr(f, "STALL_SECONDS", 15.0)
        await teacher.decided(await teacher.change(note("after")))
        await ana.sync(teacher.upto)
        assert ana.table.get("after") is not None
    finally:
        stuck.close()


async def test_one_that_wakes_up_too_late_is_reset_and_complete(server: Any) -> None:
    entered = await server.enter()
    hub = server.hub(entered)
    hub.fanout.log.most_bytes = 100_000
    teacher = await server.connect(entered)
    eve = await server.join(entered, "Eve")
    late = await server.connect(eve)
    connection = connections(server, entered, eve["person"])[0]
    stream: Any = connection.outlet._stream  # type: ignore[attr-defined]
    late.socket.protocol.stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    late.socket.protocol.stream.io_loop.remove_handler(late.socket.protocol.stream.socket)  # it sleeps
    late.socket.protocol.stream._state = None
    rounds = 0
    while connection.state == LIVE or hub.fanout.log.has(connection.cursor):
        await teacher.decided(await teacher.change(note(f"n{rounds % 30}", f"{rounds}" + "x" * 3_900)))
        rounds += 1
        assert rounds < 4_000
    late.socket.protocol.stream._add_io_state(late.socket.protocol.stream.io_loop.READ)
    await late.until(m.Reset)
    await late.sync(hub.room.seq)
    assert late.snapshots == 2
    assert table.equal(late.table, hub.room.table)
    await teacher.decided(await teacher.change(note("after")))
    await late.sync(teacher.upto)
    assert late.table.get("after") is not None


async def test_the_other_ways_out_give_the_same(server: Any, monkeypatch: Any) -> None:
    """Through the stream (as with TLS) and through write_message: same bytes, same order."""
    entered = await server.enter()
    teacher = await server.connect(entered)
    made = {SocketOutlet: 1}
    for kind in (StreamOutlet, MessageOutlet):
        monkeypatch.setattr(
            "classroom.server.handlers.socket.outlet",
            lambda handler, kind=kind: (
                kind(handler) if kind is MessageOutlet else kind(handler, handler.ws_connection.stream)
            ),
        )
        window = await server.connect(await server.join(entered, kind.__name__))
        made[kind] = 1
        for i in range(30):
            await teacher.decided(await teacher.change(note(f"{kind.__name__}{i}", "y" * 3_000)))
        await window.sync(teacher.upto)
        assert table.equal(window.table, server.hub(entered).room.table)
        await window.say(m.Ping(4))
        assert (await window.until(m.Pong)).at == 4
    kinds = {type(x.connection.outlet) for x in server.hub(entered).members.values()}
    assert kinds == set(made)
