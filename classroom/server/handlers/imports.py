"""PDFs in: POST one, ask how far its pages are, or give it up. For staff."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

from jupyter_server.auth.decorator import allow_unauthenticated

from classroom.server import problems
from classroom.server.handlers.api import ApiHandler
from classroom.server.pdf_pages import Sheet

PDF_BYTES = 100_000_000
HEAD = 1_024
"""Bytes within which a PDF says what it is."""


class ImportsHandler(ApiHandler):
    """POST the file: 202 and the job. What is sent goes to the disk, not into memory."""

    max_body = PDF_BYTES

    def initialize(self) -> None:
        super().initialize()
        self._path: Path | None = None
        self._file: int | None = None
        self._head = b""
        self._size = 0

    async def prepare(self) -> None:  # type: ignore[override]
        """A body is read only of staff whose turn it may be."""
        await super().prepare()
        if self._finished or self.request.method != "POST":
            return
        hub, person = self.staff()
        said = self.request.headers.get("Content-Length", "")
        if said.isdigit() and len(said) < 20 and int(said) > self.max_body:
            self.set_header("Connection", "close")
            raise problems.pdf_too_large(int(said), self.max_body)
        self.extension.imports.check((hub.class_id, person.id))
        self._file, name = tempfile.mkstemp(prefix="classroom-", suffix=".pdf")
        self._path = Path(name)

    def data_received(self, chunk: bytes) -> None:
        """To the disk, as far as it may be large."""
        self._size += len(chunk)
        if self._file is None or self._size > self.max_body:
            self._too_large = self._size > self.max_body
            return
        self._head += chunk[: HEAD - len(self._head)]
        os.write(self._file, chunk)

    def on_finish(self) -> None:
        """Answered, whatever the answer was."""
        self._let_go(keep=False)
        super().on_finish()

    def on_connection_close(self) -> None:
        """Whoever hangs up in the middle leaves nothing."""
        self._let_go(keep=False)
        super().on_connection_close()

    def _let_go(self, keep: bool) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if self._path is not None and not keep:
            self._path.unlink(missing_ok=True)
        self._path = None

    @allow_unauthenticated
    async def post(self) -> None:
        hub, person = self.staff()
        if self._too_large:
            raise problems.pdf_too_large(0, self.max_body)
        if b"%PDF-" not in self._head or self._path is None:
            raise problems.not_a_pdf()

        async def keep(sheet: Sheet) -> str:
            return await hub.assets.put(person.id, sheet.picture.data, sheet.picture.mime)

        path = self._path
        self.extension.imports.check((hub.class_id, person.id))
        self._let_go(keep=True)
        job = self.extension.imports.start((hub.class_id, person.id), path, keep)
        await asyncio.sleep(0)
        self.answer(job.public(), 202)


class ImportHandler(ApiHandler):
    """GET: how far it is, and the pages so far. DELETE: give it up."""

    @allow_unauthenticated
    async def get(self, job: str) -> None:
        hub, person = self.staff()
        self.answer(self.extension.imports.get((hub.class_id, person.id), job).public())

    @allow_unauthenticated
    async def delete(self, job: str) -> None:
        hub, person = self.staff()
        imports = self.extension.imports
        imports.cancel(imports.get((hub.class_id, person.id), job))
        self.set_status(204)
        self.finish()
