"""The last step before the network: how the bytes of a ready WebSocket frame get into one client's socket.

Three ways, chosen once per connection, the cheapest that works: straight into the socket (plain TCP, Tornado's stream
has nothing waiting), through Tornado's stream (TLS), or through `write_message` (a Tornado whose inside has changed).
All three promise the same: `send` never blocks and says how many bytes were taken; a frame that was taken in part is
finished by `keep` in the same step, before anything else can write; and nothing is queued without being asked for.
Tornado's own frames (pong, close) go through the stream: whoever sends must ask `writing` first, or be told of them.
"""

from __future__ import annotations

import struct
from asyncio import Future
from collections.abc import Callable
from typing import Any, Protocol

from tornado.iostream import IOStream, SSLIOStream, StreamClosedError
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from classroom.core import wire
from classroom.core.errors import Farewell
from classroom.core.messages import Bye

_BINARY = 0x82
"""First byte of a frame: final fragment, binary."""


def framed(payload: bytes) -> bytes:
    """`payload` as one unmasked binary WebSocket frame (RFC 6455, 5.2)."""
    size = len(payload)
    if size < 126:
        return bytes((_BINARY, size)) + payload
    if size < 65_536:
        return struct.pack("!BBH", _BINARY, 126, size) + payload
    return struct.pack("!BBQ", _BINARY, 127, size) + payload


def payload_of(frame: bytes) -> bytes:
    """The inverse of `framed`."""
    return frame[{126: 4, 127: 10}.get(frame[1], 2) :]


class Outlet(Protocol):
    """One client's way out. `send` and `keep` raise OSError when the connection is gone."""

    send: Callable[[bytes], int]
    """Takes what fits now and says how much. Raises BlockingIOError when nothing does."""
    writing: Callable[[], bool]
    """Is something still waiting to be taken by the network?"""
    plain: bool
    """Does `send` leave nothing waiting? Then `writing` need be asked only after others have written."""

    def keep(self, rest: memoryview, then: Callable[[], None]) -> None:
        """The rest of a frame; `then` is called once everything has been taken (never from within this call)."""

    def progress(self) -> int:
        """A number that grows while the client reads."""

    def close(self, error: Farewell) -> None:
        """Says bye with its reason and closes with the error's close code."""


def say_bye(handler: WebSocketHandler, error: Farewell) -> None:
    """Says why (SPEC 5.14), then closes with the error's close code. Harmless on a connection that is closing."""
    bye = wire.write(Bye(error.code, str(error), error.again))
    try:
        if handler.ws_connection is not None and not handler.ws_connection.is_closing():
            handler.write_message(bye, binary=True).add_done_callback(_taken)
            handler.close(error.close, error.code)
    except (WebSocketClosedError, StreamClosedError, OSError):
        pass


class _TornadoOutlet:
    """What the ways have in common: the end."""

    def __init__(self, handler: WebSocketHandler) -> None:
        self._handler = handler

    def close(self, error: Farewell) -> None:
        say_bye(self._handler, error)


def _taken(future: Future[None]) -> None:
    if not future.cancelled():
        future.exception()  # looked at, so that a client that left is not an "exception never retrieved"


class StreamOutlet(_TornadoOutlet):
    """Through Tornado's stream, which takes everything: at most one frame waits, as `writing` is asked before each."""

    plain = False

    def __init__(self, handler: WebSocketHandler, stream: IOStream) -> None:
        super().__init__(handler)
        self._stream = stream
        self.writing: Callable[[], bool] = stream.writing
        self.send: Callable[[bytes], int] = self._send

    def _send(self, frame: bytes) -> int:
        self._stream.write(frame).add_done_callback(_taken)
        return len(frame)

    def keep(self, rest: memoryview, then: Callable[[], None]) -> None:
        def done(future: Future[None]) -> None:
            if not future.cancelled() and future.exception() is None:
                then()

        self._stream.write(rest).add_done_callback(done)

    def progress(self) -> int:
        # Tornado's own counter, where it has one: a slow client that drains a large frame is not stalled.
        return int(getattr(self._stream, "_total_write_done_index", 0))


class SocketOutlet(StreamOutlet):
    """Straight into the socket; only what did not fit goes to the stream."""

    plain = True

    def __init__(self, handler: WebSocketHandler, stream: IOStream) -> None:
        super().__init__(handler, stream)
        self.send = stream.socket.send


class MessageOutlet(_TornadoOutlet):
    """Through `write_message`, one message at a time."""

    plain = False

    def __init__(self, handler: WebSocketHandler) -> None:
        super().__init__(handler)
        self._last: Future[None] | None = None
        self._done = 0
        self.writing: Callable[[], bool] = self._writing
        self.send: Callable[[bytes], int] = self._send

    def _writing(self) -> bool:
        return self._last is not None and not self._last.done()

    def _send(self, frame: bytes) -> int:
        try:
            self._last = self._handler.write_message(payload_of(frame), binary=True)
        except WebSocketClosedError as error:
            raise OSError("closed") from error
        self._last.add_done_callback(self._count)
        return len(frame)

    def _count(self, future: Future[None]) -> None:
        _taken(future)
        self._done += 1

    def keep(self, rest: memoryview, then: Callable[[], None]) -> None:
        assert not rest, "write_message takes whole messages"
        if self._last is None:
            raise OSError("nothing is being written")
        self._last.add_done_callback(lambda future: then())

    def progress(self) -> int:
        return self._done


def outlet(handler: WebSocketHandler) -> Outlet:
    """The cheapest way that this connection allows."""
    stream: Any = getattr(handler.ws_connection, "stream", None)
    if not isinstance(stream, IOStream) or getattr(handler.ws_connection, "_compressor", None) is not None:
        return MessageOutlet(handler)
    plain = not isinstance(stream, SSLIOStream) and hasattr(getattr(stream, "socket", None), "send")
    return SocketOutlet(handler, stream) if plain else StreamOutlet(handler, stream)
