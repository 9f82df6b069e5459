"""The panels that a notebook shows: a teacher's and a student's, as Jupyter widgets.

The panel in the browser speaks to the class's server itself; from the kernel it gets an address and a personal token,
once, by message. A panel promises that nothing secret is among its traits, and so in no saved notebook.
"""

from __future__ import annotations

from classroom.api import Seat, Teacher
from classroom.widgets.panel import Panel
from classroom.widgets.student import StudentPanel
from classroom.widgets.teacher import TeacherPanel

__all__ = ["Panel", "StudentPanel", "TeacherPanel", "panel_of"]


def panel_of(seat: Seat, height: int = 0) -> Panel:
    """The panel that fits the seat. `height` in CSS pixels; 0 is the panel's own choice."""
    kind = TeacherPanel if isinstance(seat, Teacher) else StudentPanel
    return kind(seat, height)
