"""The teacher's panel."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from classroom.api import Teacher
from classroom.widgets.panel import Panel


class TeacherPanel(Panel):
    """Board, people, feed, chat, link with QR code: what `classroom.start` shows."""

    def _told(self) -> dict[str, Any]:
        """As for anyone, and what lets others in: the browser puts the fragments after the address that it knows."""
        told, seat = super()._told(), self._seat
        if isinstance(seat, Teacher):
            told["fragments"] = {role: urlsplit(link).fragment for role, link in seat.admission.links.items()}
            told["code"] = seat.shown_code
        return told
