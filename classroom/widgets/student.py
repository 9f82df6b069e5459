"""The student's panel."""

from __future__ import annotations

from classroom.widgets.panel import Panel


class StudentPanel(Panel):
    """Board, feed, hand and chat: what `classroom.join` shows."""
