"""Files that appear whole: written under another name in the same folder, flushed, then moved into their place.

It promises that a reader finds the old content or the new, never a part, whatever happens meanwhile, and that what
could not be written leaves nothing behind.
"""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path


def write_whole(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Makes or replaces a file. `mode` is its permissions; until it is in its place only its owner can read it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".new")  # 0600 by its own promise
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode != 0o600:
            os.chmod(name, mode)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def zipped(files: Iterable[tuple[str, bytes]]) -> bytes:
    """An archive of files, (name, content) each. Nothing is deflated: pictures are already."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


def write_private(path: Path, text: str) -> None:
    """Makes or replaces a file, and its folder where there is none; nobody else can read it at any moment."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(path, text.encode())
