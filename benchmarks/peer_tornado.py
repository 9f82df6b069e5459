"""The peer most people would write: a Tornado handler that loops over its clients with `write_message`.

Usage: python benchmarks/peer_tornado.py PORT. Every binary message goes to everyone but its sender. Prints `ready`.
"""

from __future__ import annotations

import asyncio
import sys

import tornado.web
import tornado.websocket


class Room(tornado.websocket.WebSocketHandler):
    clients: set[Room] = set()

    def check_origin(self, origin: str) -> bool:
        return True

    def open(self) -> None:
        self.set_nodelay(True)
        self.clients.add(self)

    def on_close(self) -> None:
        self.clients.discard(self)

    def on_message(self, message: str | bytes) -> None:
        for client in self.clients:
            if client is not self:
                client.write_message(message, binary=isinstance(message, bytes))


async def main(port: int) -> None:
    tornado.web.Application([("/ws", Room)]).listen(port, "127.0.0.1")
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
