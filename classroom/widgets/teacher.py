"""The teacher's panel."""

from __future__ import annotations

from classroom.widgets.panel import Panel


class TeacherPanel(Panel):
    """Board, people, feed, chat, link with QR code: what `classroom.start` shows."""
