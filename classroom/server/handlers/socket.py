"""The WebSocket door: takes a hello, hands frames to the hub, and says bye with a reason whatever happens.

Any origin may connect, for nobody is known here by a cookie: only by the token in `hello`. Nothing that a client sends
can raise out of this handler.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import msgspec
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado.ioloop import IOLoop
from tornado.websocket import WebSocketHandler

from classroom.core import wire
from classroom.core.errors import (
    BadFrame,
    BadHello,
    BadRecord,
    BadToken,
    ClassroomError,
    Farewell,
    GoingAway,
    Upgrade,
)
from classroom.core.messages import PROTOCOL, SUBPROTOCOL, Hello
from classroom.server.door import HELLO_BYTES, Bucket
from classroom.server.hub import Hub
from classroom.server.outlet import outlet, say_bye

PINGS_PER_SECOND = 5
"""Of WebSocket itself; the protocol's own are messages, and paid for as such."""
SLACK = 65_536
"""Bytes past the limit that are still read, so that the reason can be told before the connection ends."""


class SocketHandler(WebSocketMixin, WebSocketHandler, JupyterHandler):
    """One client's connection."""

    hub: Hub | None = None
    number = 0
    _hearing = False
    _pings: Bucket
    _opened = False
    _closed = False

    # -- before it is open ------------------------------------------------------------------------------------

    def check_origin(self, origin: str | None = None) -> bool:
        """Authentication is by the token in `hello`, never by what a browser adds: any page may come."""
        return True

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        """Ours, when it is offered."""
        return SUBPROTOCOL if SUBPROTOCOL in subprotocols else None

    def get_compression_options(self) -> None:
        """Off: deflating a frame for each receiver would cost more than the network does."""
        return None

    @property
    def ping_interval(self) -> int:
        """Off: the protocol has a ping of its own, from the client (SPEC 5.13)."""
        return 0

    @property
    def max_message_size(self) -> int:
        """What is read of one message."""
        return int(self.settings["classroom"].limits.frame) + SLACK

    @allow_unauthenticated
    async def get(self, *args: Any, **kwargs: Any) -> None:
        await super().get(*args, **kwargs)

    def open(self, *args: Any, **kwargs: Any) -> None:
        """Waits for hello."""
        self._opened = True
        self._pings = Bucket(PINGS_PER_SECOND, IOLoop.current().time())
        self.set_nodelay(True)
        self._read_at_most(HELLO_BYTES + SLACK)  # until it is known who this is
        self.settings["classroom"].door.come(self)

    def _read_at_most(self, size: int) -> None:
        parameters: Any = getattr(self.ws_connection, "params", None)
        if hasattr(parameters, "max_message_size"):
            parameters.max_message_size = size

    # -- while it is open -------------------------------------------------------------------------------------

    def on_message(self, message: str | bytes) -> Awaitable[None] | None:
        """A frame. What is returned is awaited by Tornado before the next one is read."""
        try:
            if self.hub is not None:
                if isinstance(message, str) or len(message) > self.hub.limits.frame:
                    self.say_bye(BadFrame())
                    return None
                waiting: Awaitable[None] | None = self.hub.receive(self.number, message)
                return self._guarded(waiting) if waiting is not None else None
            if self._hearing or isinstance(message, str) or len(message) > HELLO_BYTES:
                self.say_bye(BadHello())
                return None
            self._hearing = True
            return self._guarded(self._hello(message))
        except Exception:
            self._fault()
            return None

    def on_ping(self, data: bytes) -> None:
        """Tornado has answered, perhaps not in full. No client of ours sends these: very many are an attack."""
        if self._pings.take(1, IOLoop.current().time()) > 0:
            stream: Any = getattr(self.ws_connection, "stream", None)
            if stream is not None:
                stream.close()  # a closing handshake would go on answering
            return
        if self.hub is not None:
            self.hub.written(self.number)

    async def _guarded(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Farewell as error:
            self.say_bye(error)
        except Exception:
            self._fault()

    def _fault(self) -> None:
        self.log.exception("classroom: a message could not be handled")
        self.say_bye(GoingAway())

    async def _hello(self, message: bytes) -> None:
        extension = self.settings["classroom"]
        hello, rest = read_hello(message)
        extension.door.known(self)
        if hello.protocol != PROTOCOL:
            raise Upgrade
        try:
            found = await extension.school.by_token(hello.token)
        except ClassroomError as error:
            self.log.warning("classroom: a class could not be opened: %s", error)
            raise GoingAway(type(error).sentence) from None
        if found is None:
            raise BadToken
        hub, person = found
        if self.ws_connection is None or self.ws_connection.is_closing():
            return
        self._read_at_most(hub.limits.frame + SLACK)
        number = await hub.enter(person.id, hello, outlet(self))
        if self._closed:
            hub.leave(number)
            return
        self.hub, self.number = hub, number
        if rest:
            waiting = hub.receive(number, rest)
            if waiting is not None:
                await waiting

    def say_bye(self, error: Farewell) -> None:
        """The reason, then the close."""
        if self.hub is not None:
            self.hub.leave(self.number)
        say_bye(self, error)

    def on_close(self) -> None:
        """Whoever closed it."""
        self._closed = True
        if self._opened:
            self._opened = False
            self.settings["classroom"].door.left(self)
        if self.hub is not None:
            self.hub.leave(self.number)
            self.hub = None

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """The trace, never the request."""
        self.log.error("classroom: %s on a socket", getattr(typ, "__name__", typ), exc_info=(typ, value, tb))


def read_hello(frame: bytes) -> tuple[Hello, bytes]:
    """The hello that a first frame must begin with, and what follows it. Raises Farewell."""
    raws = list(wire.split(frame))
    if not raws or raws[0].kind != wire.HELLO:
        raise BadHello
    try:
        spoken = msgspec.json.decode(raws[0].body, type=dict[str, Any])
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        raise BadHello from None
    if isinstance(spoken.get("protocol"), int) and spoken["protocol"] != PROTOCOL:
        raise Upgrade
    try:
        hello = wire.read(raws[0])
    except BadRecord:
        raise BadHello from None
    assert isinstance(hello, Hello)
    return hello, b"".join(wire.message(raw.kind, raw.body) for raw in raws[1:])
