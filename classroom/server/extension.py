"""The extension as Jupyter sees it: settings, doors, start and end. No behaviour of its own.

All state hangs on the application object; nothing is kept in modules. The kernel's key is written to a file that only
its owner can read, and kernels inherit the file's path, never the key.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_data_dir
from jupyter_server._tz import utcnow
from jupyter_server.extension.application import ExtensionApp
from tornado.ioloop import PeriodicCallback
from traitlets import Bool, Enum, Float, Integer, Unicode, default

import classroom
from classroom.core.messages import CONNECTION, Limits
from classroom.files import write_private
from classroom.server.classes import Classes, milliseconds
from classroom.server.door import WAITING, Door
from classroom.server.exports import Exports
from classroom.server.formulas import Formulas
from classroom.server.handlers import routes
from classroom.server.imports import Imports
from classroom.server.sharedlog import LOG_BYTES
from classroom.store.base import Fault

STATIC = Path(classroom.__file__).parent / "static"


class ClassroomApp(ExtensionApp):
    """Live teaching inside Jupyter."""

    name = "classroom"
    extension_url = "/classroom/"
    load_other_extensions = True
    version = Unicode(classroom.__version__)
    default_url = Unicode("/lab").tag(config=True)

    folder = Unicode(help="Folder of the class files. Default: `classroom` in Jupyter's data folder.").tag(config=True)
    synchronous = Enum(
        ["normal", "full"],
        "normal",
        help="How classes are saved: `normal` survives every crash of the server, `full` also power cuts; slower.",
    ).tag(config=True)
    max_frame = Integer(Limits().frame, min=65_536, max=4 << 20, help="Bytes of one message of a client.").tag(
        config=True
    )
    max_records = Integer(Limits().records, min=1, help="Records that one student may add to a class.").tag(config=True)
    max_bytes = Integer(Limits().bytes, min=1, help="Bytes that one student may add to a class.").tag(config=True)
    max_asset = Integer(Limits().asset, min=1, help="Bytes of one picture or file.").tag(config=True)
    changes_per_second = Integer(
        Limits().changes_per_second, min=1, help="Changes of one person; more are slowed."
    ).tag(config=True)
    live_per_second = Integer(
        Limits().live_per_second, min=1, help="Live messages of one person; more are slowed."
    ).tag(config=True)
    waiting = Integer(WAITING, min=1, help="Sockets that may wait to say who they are.").tag(config=True)
    sockets = Integer(0, help="Sockets in all; 0: as many as the limit of open files allows.").tag(config=True)
    log_bytes = Integer(LOG_BYTES, min=256 * 1024, help="Bytes of recent changes kept for slow clients.").tag(
        config=True
    )
    keep_active = Bool(True, help="Count people in a class as activity of the server, so that it is not culled.").tag(
        config=True
    )
    tick = Float(1.0, min=0.05, help="Seconds between looks for dead connections.").tag(config=True)

    fault: Fault | None = None
    """A test's hook into the stores of this server."""

    @default("folder")
    def _default_folder(self) -> str:
        return str(Path(jupyter_data_dir()) / "classroom")

    # -- wiring -----------------------------------------------------------------------------------------------

    def initialize_settings(self) -> None:
        """Makes everything that the doors use."""
        self.limits = Limits(
            frame=self.max_frame,
            records=self.max_records,
            bytes=self.max_bytes,
            asset=self.max_asset,
            changes_per_second=self.changes_per_second,
            live_per_second=self.live_per_second,
        )
        folder = Path(self.folder)
        self.kernel_key = secrets.token_urlsafe(24)
        self.school = Classes(
            folder,
            folder / "keys",
            limits=self.limits,
            version=self.version,
            synchronous=self.synchronous,
            fault=self._fault,
            log_bytes=self.log_bytes,
            now=milliseconds,
        )
        self.exports = Exports()
        self.imports = Imports()
        self.formulas = Formulas()
        self.decoding = asyncio.Semaphore(2)
        self.door = Door(time.monotonic, self.waiting, self.sockets or None)
        self._sweeping: PeriodicCallback | None = None
        self._connection_file: Path | None = None
        self._show_connection()

    def _fault(self, point: str) -> None:
        if self.fault is not None:
            self.fault(point)

    def initialize_handlers(self) -> None:
        """The doors."""
        self.handlers.extend(routes(str(STATIC)))

    # -- start and end ------------------------------------------------------------------------------------------

    async def _start_jupyter_server_extension(self, serverapp: Any) -> None:
        """The loop runs: the address is known now, and time passes."""
        self._show_connection()
        self._sweeping = PeriodicCallback(self._sweep, self.tick * 1000)
        self._sweeping.start()

    async def stop_extension(self) -> None:
        """Says goodbye to everyone, with everything saved."""
        if self._sweeping is not None:
            self._sweeping.stop()
            self._sweeping = None
        await self.exports.close()
        await self.imports.close()
        await self.formulas.close()
        await self.school.close()
        if self._connection_file is not None:
            if os.environ.get(CONNECTION) == str(self._connection_file):
                del os.environ[CONNECTION]
            self._connection_file.unlink(missing_ok=True)
            self._connection_file = None

    async def _sweep(self) -> None:
        self.door.sweep()
        await self.school.sweep()
        if self.keep_active and self.school.people and self.serverapp is not None:
            self.serverapp.web_app.settings["last_activity_times"]["classroom"] = utcnow()

    def _show_connection(self) -> None:
        """Writes {url, key} where this server's kernels will look. A kernel is on this machine: localhost it is."""
        server = self.serverapp
        assert server is not None
        file = Path(server.runtime_dir) / f"classroom-{os.getpid()}.json"
        scheme = "https" if server.certfile else "http"
        host = server.ip if server.ip not in ("", "*", "0.0.0.0", "::", "localhost") else "127.0.0.1"
        host = f"[{host}]" if ":" in host else host
        url = f"{scheme}://{host}:{server.port}{server.base_url}"
        write_private(file, f'{{"url": "{url}", "key": "{self.kernel_key}"}}\n')
        self._connection_file = file
        os.environ[CONNECTION] = str(file)
