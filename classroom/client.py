"""A program's own connection to a class: what a kernel or a script uses instead of a browser.

One daemon thread with its own event loop keeps one WebSocket; the caller's thread never waits for the network unless
it asks to. It promises: what was handed to `change` is delivered exactly once, whatever becomes of the connection
meanwhile, as long as this client lives; `change` returns when it is in the log or raises the server's refusal; what
`read` shows is whole ticks of the log, never half of one. It must never hold a lock while it calls somebody's code
other than `read`'s own function, and never import tornado before it connects.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import random
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from classroom.core import messages as m
from classroom.core import wire
from classroom.core.errors import BadFrame, ClassroomError, Farewell, Stalled
from classroom.core.table import Overlay
from classroom.entrance import Unreachable
from classroom.session import Changed, Confirmed, Entered, Event, Left, Loaded, Refused, Said, Session

if TYPE_CHECKING:
    from tornado.websocket import WebSocketClientConnection

T = TypeVar("T")
State: TypeAlias = Literal["connecting", "open", "waiting", "closed"]
Ephemeral: TypeAlias = m.Presence | m.LiveStart | m.LivePoints | m.LiveEnd

WINDOW = 64
"""Changes on their way at once: enough to hide a slow line's round trip, few enough to resend in one breath."""
PING_SECONDS, DEAD_SECONDS = 10.0, 35.0
"""SPEC 5.13."""
BACKOFF = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each next attempt; the last one repeats. Each is shortened by up to half, so that a class does not
come back in step."""
CONNECT_SECONDS = 10.0
HANG_UP_SECONDS = 1.0
"""How long the other side may take to answer a goodbye."""
FRAME_BYTES = 65_536
"""Messages that wait together leave as one frame of about this size."""
LARGEST = 32 * 1024 * 1024
"""Bytes of one frame that are accepted from the server."""

log = logging.getLogger("classroom")


class NotConfirmed(ClassroomError, TimeoutError):
    """The change was not confirmed within the time given. It is kept, and sent again when the class answers."""

    code = "not-confirmed"
    sentence = "Not confirmed yet: the class does not answer. It is kept, and sent as soon as the connection is back."


class Closed(ClassroomError):
    """This client was closed."""

    code = "closed"
    sentence = "This connection to the class is closed. Call classroom.start or classroom.join again."


class Client:
    """A connection to the class at `url` (ws:// or wss://) for the holder of `token`.

    It connects in the background at once; `wait_ready` waits for the first table. Every method may be called from any
    thread; those that wait must not be called from a callback of this client, and say so.
    """

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.state: State = "connecting"
        self.error: ClassroomError | None = None
        self._token = token
        self._session = Session(secrets.token_urlsafe(18))
        self._changed = threading.Condition(threading.RLock())
        self._futures: dict[int, Future[int]] = {}
        self._outbox: deque[bytes] = deque()
        self._listeners: list[tuple[str, Callable[[Any], object]]] = []
        self._closing = False
        self._conn: WebSocketClientConnection | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._main, name="classroom-client", daemon=True)
        self._thread.start()
        atexit.register(self.close)  # a program that just ends has still said what it said

    def __repr__(self) -> str:
        return f"<Client of {self.url}: {self.state}>"

    # -- who and where

    @property
    def welcome(self) -> m.Welcome:
        """What the server said when it let this client in. Raises what ended the connection, or `Unreachable`."""
        with self._changed:
            if self._session.welcome is None:
                raise self.error or Unreachable()
            return self._session.welcome

    @property
    def person(self) -> str:
        """This client's person id."""
        return self.welcome.person

    @property
    def here(self) -> frozenset[str]:
        """Ids of the people connected now."""
        with self._changed:
            return frozenset(self._session.here)

    @property
    def pending(self) -> int:
        """How many changes are not confirmed yet."""
        with self._changed:
            return len(self._session.pending)

    @property
    def seq(self) -> int:
        """The number of the last change of the log that is in the table."""
        with self._changed:
            return self._session.seq

    # -- reading

    def read(self, look: Callable[[Overlay], T]) -> T:
        """`look(view)` on the table with pending changes on top. What it returns must not keep the view."""
        with self._changed:
            return look(self._session.view())

    def wait(self, look: Callable[[Overlay], T], timeout: float | None = None) -> T:
        """Waits until `look(view)` is true, and gives it. Raises `TimeoutError` after `timeout` seconds."""
        self._may_wait()
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            while not (found := look(self._session.view())):
                left = None if deadline is None else deadline - time.monotonic()
                if self.state == "closed":
                    raise self.error or Closed()
                if left is not None and left <= 0:
                    raise TimeoutError(f"nothing of the kind within {timeout:g} s")
                self._changed.wait(left)
            return found

    def wait_ready(self, timeout: float = 20.0) -> Client:
        """Waits for the first table. Raises the server's farewell, or `Unreachable` after `timeout` seconds."""
        try:
            self.wait(lambda view: self._session.ready, timeout)
        except TimeoutError:
            raise self.error or Unreachable() from None
        return self

    def on(self, kind: str, call: Callable[[Any], object]) -> Callable[[], None]:
        """Calls `call(what)` on this client's thread; gives a function that ends it.

        `state` (a State), `changes` (entries of a tick), `loaded` (seq); `here`, `presence`, `live` (the message).
        """
        if kind not in ("state", "changes", "loaded", "here", "presence", "live"):
            raise ValueError(f"no events are called {kind!r}")
        listener = (kind, call)
        with self._changed:
            self._listeners = [*self._listeners, listener]

        def off() -> None:
            with self._changed:
                self._listeners = [other for other in self._listeners if other is not listener]

        return off

    # -- changing

    def change(self, ops: Iterable[m.Op], timeout: float | None = 30.0) -> int:
        """Makes one change, all or nothing, and waits for its number in the log.

        Raises the server's `Refusal` (nothing of it happened), or `NotConfirmed` after `timeout` seconds.
        """
        future = self.change_soon(ops, timeout)
        try:
            return future.result(timeout)
        except TimeoutError:
            raise NotConfirmed() from None

    def change_soon(self, ops: Iterable[m.Op], timeout: float | None = 30.0) -> Future[int]:
        """Makes one change and does not wait for its outcome, which the future will hold.

        Waits (at most `timeout` seconds, then `NotConfirmed`) only while 64 others are on their way.
        """
        ops = tuple(ops)
        with self._changed:
            if len(self._session.pending) >= WINDOW:
                self._may_wait()
                room = self._changed.wait_for(
                    lambda: len(self._session.pending) < WINDOW or self.state == "closed", timeout
                )
                if not room:
                    raise NotConfirmed()
            if self.state == "closed":
                raise self.error or Closed()
            number, message = self._session.change(ops, time.time_ns() // 1_000_000)
            future: Future[int] = Future()
            self._futures[number] = future
            if self.state == "open":
                self._post(message)
        return future

    def stream(self, changes: Iterable[Iterable[m.Op]], timeout: float | None = 60.0) -> list[int]:
        """Many changes in order, each all or nothing by itself, at most 64 on their way; their numbers in the log.

        The first refusal is raised when all have been decided; later changes are sent none the less.
        """
        futures = [self.change_soon(ops, timeout) for ops in changes]
        try:
            results = [(future.exception(timeout), future) for future in futures]
        except TimeoutError:
            raise NotConfirmed() from None
        for error, _ in results:
            if error is not None:
                raise error
        return [future.result() for _, future in results]

    def say(self, message: Ephemeral) -> bool:
        """Says something passing (presence, live ink). False, and nothing happens, while there is no connection."""
        with self._changed:
            if self.state != "open":
                return False
            self._post(wire.write(message))
            return True

    def close(self, timeout: float = 5.0) -> None:
        """Waits up to `timeout` seconds for what is pending, then ends connection and thread. Twice is harmless."""
        with self._changed:
            if threading.current_thread() is not self._thread and self.state == "open":
                self._changed.wait_for(lambda: not self._session.pending or self.state != "open", timeout)
            self._closing = True
        if self._thread.is_alive():
            try:
                self._loop.call_soon_threadsafe(self._stop)
            except RuntimeError:
                return  # the loop has just ended
            if threading.current_thread() is not self._thread:
                self._thread.join(timeout)

    def _may_wait(self) -> None:
        if threading.current_thread() is self._thread:
            raise RuntimeError("a callback of a client must not wait for it: use change_soon, or another thread")

    # -- the thread

    def _main(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._task = self._loop.create_task(self._live())
        try:
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            pass
        except Exception as error:  # what nobody foresaw must still free those who wait
            log.exception("the connection to the class broke")
            self.error = ClassroomError(f"The connection to the class broke: {error!r}. Call start or join again.")
        finally:
            self._end()
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            asyncio.set_event_loop(None)
            self._loop.close()

    def _stop(self) -> None:
        self._task.cancel()

    def _end(self) -> None:
        atexit.unregister(self.close)
        self._set_state("closed")
        with self._changed:
            futures, self._futures = list(self._futures.values()), {}
            self._session.forget()
            self._changed.notify_all()
        for future in futures:
            future.set_exception(self.error or Closed())

    async def _live(self) -> None:
        """Connects, listens, and connects again, until it is told not to."""
        failures = 0
        while not self._closing:
            entered = await self._attempt()
            if isinstance(self.error, Farewell) and not self.error.again:
                return
            failures = 0 if entered else failures + 1
            self._set_state("waiting")
            await asyncio.sleep(BACKOFF[min(failures, len(BACKOFF) - 1)] * random.uniform(0.5, 1.0))

    async def _attempt(self) -> bool:
        """One connection from beginning to end. Was this client let in?"""
        from tornado.httpclient import HTTPRequest
        from tornado.websocket import websocket_connect

        self._set_state("connecting")
        request = HTTPRequest(self.url, connect_timeout=CONNECT_SECONDS, request_timeout=CONNECT_SECONDS)
        line = _Line(self._receive, self._loop)
        try:
            conn = await websocket_connect(
                request, on_message_callback=line.heard, subprotocols=[m.SUBPROTOCOL], max_message_size=LARGEST
            )
        except Exception as error:  # refused, no such host, 404, bad certificate: all the same to whoever waits
            self.error = Unreachable(f"{Unreachable.sentence} ({error})")
            return False
        protocol = conn.protocol
        self._conn = conn
        try:
            conn.write_message(self._session.hello(self._token), binary=True).add_done_callback(_retrieve)
            await self._watch(line)
        finally:
            self._conn = None
            with self._changed:
                self._outbox.clear()  # changes among it are pending, and said again
                self._session.here.clear()
            conn.close()
            await asyncio.wait((line.ended,), timeout=HANG_UP_SECONDS)
            if not line.ended.done() and protocol is not None and protocol.stream is not None:
                protocol.stream.close()  # the other side does not answer
        return line.entered

    async def _watch(self, line: _Line) -> None:
        """Pings, until the connection ends or nothing has been heard for too long."""
        while time.monotonic() - line.last < DEAD_SECONDS:
            done, _ = await asyncio.wait((line.ended,), timeout=PING_SECONDS)
            if done:
                return
            with self._changed:
                self._post(wire.write(m.Ping(time.time_ns() // 1_000_000)))

    def _post(self, message: bytes) -> None:
        """Puts a message on its way; called with the lock held, from any thread."""
        if not self._outbox:
            self._loop.call_soon_threadsafe(self._drain)
        self._outbox.append(message)

    def _drain(self) -> None:
        from tornado.websocket import WebSocketClosedError

        while True:
            with self._changed:
                batch: list[bytes] = []
                size = 0
                while self._outbox and (not batch or size + len(self._outbox[0]) <= FRAME_BYTES):
                    batch.append(self._outbox.popleft())
                    size += len(batch[-1])
            if not batch or self._conn is None:
                return
            try:
                self._conn.write_message(b"".join(batch), binary=True).add_done_callback(_retrieve)
            except WebSocketClosedError:
                return

    def _receive(self, frame: bytes) -> bool | None:
        """Takes in a frame. Was this client let in by it? None: it cannot be read, and the connection is of no use."""
        entered = False
        settled: list[tuple[Future[int], Event]] = []
        with self._changed:
            try:
                events = self._session.receive(frame)
            except BadFrame as error:
                self.error = Stalled(f"{error}. Reconnecting…")
                self._session.doubt()
                return None
            for event in events:
                if isinstance(event, Entered):
                    entered = True
                    self.error = None
                    for message in self._session.unconfirmed():
                        self._post(message)
                    self.state = "open"
                elif isinstance(event, (Confirmed, Refused)):
                    future = self._futures.pop(event.number, None)
                    if future is not None:
                        settled.append((future, event))
                elif isinstance(event, Left):
                    self.error = farewell(event.bye)
            self._changed.notify_all()
        for future, event in settled:
            if isinstance(event, Refused):
                future.set_exception(event.refusal)
            elif isinstance(event, Confirmed):
                future.set_result(event.seq)
        if entered:
            self._call("state", "open")
        for event in events:
            self._tell(event)
        return entered

    def _tell(self, event: Event) -> None:
        if isinstance(event, Changed):
            self._call("changes", event.entries)
        elif isinstance(event, Loaded):
            self._call("loaded", event.seq)
        elif isinstance(event, Said):
            if isinstance(event.message, m.Here):
                self._call("here", event.message)
            else:
                self._call("presence" if isinstance(event.message, m.Presence) else "live", event.message)

    def _set_state(self, state: State) -> None:
        with self._changed:
            known, self.state = self.state, state
            self._changed.notify_all()
        if state != known:
            self._call("state", state)

    def _call(self, kind: str, what: Any) -> None:
        for of, call in self._listeners:
            if of == kind:
                try:
                    call(what)
                except Exception:
                    log.exception("a callback for %s failed", kind)


class _Line:
    """What is known of one connection: when it was last heard, whether it was let in, and that it has ended."""

    def __init__(self, receive: Callable[[bytes], bool | None], loop: asyncio.AbstractEventLoop) -> None:
        self.ended: asyncio.Future[None] = loop.create_future()
        self.entered = False
        self.last = time.monotonic()
        self._receive = receive

    def heard(self, frame: str | bytes | None) -> None:
        """A frame, or None at the end of the connection."""
        self.last = time.monotonic()
        if self.ended.done():
            return
        entered = None if frame is None else self._receive(frame.encode() if isinstance(frame, str) else frame)
        if entered is None:
            self.entered = self.entered and frame is None
            self.ended.set_result(None)
        elif entered:
            self.entered = True


def _retrieve(sent: asyncio.Future[None]) -> None:
    """A write that fails is noticed by the reader; its exception must only not be left lying about."""
    if not sent.cancelled():
        sent.exception()


def farewell(bye: m.Bye) -> Farewell:
    """The error of the server's goodbye, also one whose code this version does not know."""
    for cls in Farewell.__subclasses__():
        if cls.code == bye.code:
            return cls()
    made = Farewell(bye.reason or "The class ended the connection.")
    made.again = bye.again  # type: ignore[misc]
    return made
