"""Drawings of other programs: `.excalidraw` in and out, `.excalidrawlib`, `.tldr` and both programs' clipboards in.

`read` takes the text of any of them. It promises drawables inside the records' limits, bottom to top, without ids,
pages or authors; and sentences about what could not be brought along. It is total: whatever is sent gives that, or
`NotReadable` with a sentence. It must never fetch anything: a picture is brought when it is inside the file.
"""

from __future__ import annotations

from typing import Any

import msgspec

from classroom.foreign import excalidraw, tldraw
from classroom.foreign.brought import Brought, NotReadable

__all__ = ["MOST_BYTES", "Brought", "NotReadable", "read"]

MOST_BYTES = 5_000_000


def read(data: bytes | str) -> Brought:
    """What a file or a clipboard holds. Raises NotReadable."""
    raw = data.encode("utf-8", "replace") if isinstance(data, str) else data
    if len(raw) > MOST_BYTES:
        raise NotReadable(f"This drawing is {len(raw) / 1e6:.0f} MB; up to {MOST_BYTES // 1_000_000} MB fits.")
    found = _json(raw) or tldraw.clipboard(raw)
    kind = found.get("type") if found else None
    if found and kind in excalidraw.KINDS:
        return excalidraw.read(found)
    if found and (kind == tldraw.KIND or "tldrawFileFormatVersion" in found):
        return tldraw.read(found)
    raise NotReadable("This is no drawing of Excalidraw or tldraw.")


def _json(raw: bytes) -> dict[str, Any] | None:
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeError, ValueError):
        return None
    return value if isinstance(value, dict) else None
