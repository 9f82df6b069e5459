"""Personal tokens of students who join from this machine, so that a restarted kernel is the same person again.

One file in Jupyter's data folder, readable by its owner only and replaced whole; never in a notebook. Losing it costs a
new name. It must never raise: a class can be joined without it.
"""

from __future__ import annotations

import json
from pathlib import Path

from classroom.files import write_private

KEPT = 200
"""Seats that are remembered; the oldest is forgotten first."""


class Keyring:
    """The file `classroom/seats.json` in Jupyter's data folder, or the one at `path`."""

    def __init__(self, path: Path | None = None) -> None:
        if path is None:
            from jupyter_core.paths import jupyter_data_dir

            path = Path(jupyter_data_dir(), "classroom", "seats.json")
        self.path = path

    def get(self, base: str, class_id: str, name: str) -> str:
        """The token under which this name joined that class, or empty."""
        return self._read().get(_seat(base, class_id, name), "")

    def keep(self, base: str, class_id: str, name: str, token: str) -> None:
        """Remembers it."""
        seats = self._read()
        seats.pop(_seat(base, class_id, name), None)
        seats[_seat(base, class_id, name)] = token
        self._write(dict(list(seats.items())[-KEPT:]))

    def _read(self) -> dict[str, str]:
        try:
            told = json.loads(self.path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        if not isinstance(told, dict):
            return {}
        return {key: token for key, token in told.items() if isinstance(token, str)}

    def _write(self, seats: dict[str, str]) -> None:
        try:
            write_private(self.path, json.dumps(seats))
        except OSError:
            pass


def _seat(base: str, class_id: str, name: str) -> str:
    return f"{base} {class_id} {name.strip().casefold()}"
