"""The notebook's own words: `%%push` and `%classroom`, and the panel that `start` and `join` show.

Loaded by `%load_ext classroom`, and by `start` and `join` themselves.
"""

from __future__ import annotations

from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class
from IPython.display import display

from classroom.api import Desk, Seat, Teacher
from classroom.core.errors import ClassroomError


@magics_class
class ClassroomMagics(Magics):
    """Magics on the classes that this kernel has open; the latest one is meant."""

    shell: Any

    def __init__(self, shell: Any, desk: Desk) -> None:
        super().__init__(shell)
        self._desk = desk
        self._panels: dict[int, Any] = {}

    @cell_magic
    def push(self, line: str, cell: str) -> None:
        """Pushes this cell to everyone's feed.

        %%push          as code, and runs it here too
        %%push --only   as code, without running it
        %%push note     as a Markdown note
        """
        asked = line.split()
        if asked not in ([], ["--only"], ["code"], ["code", "--only"], ["note"]):
            raise UsageError("%%push runs and pushes code; %%push --only pushes it; %%push note pushes Markdown")
        teacher = self._teacher()
        source = cell.strip("\n")
        try:
            if asked == ["note"]:
                teacher.push(note=source)
            else:
                teacher.push(code=source)
        except ClassroomError as error:
            raise UsageError(str(error)) from None
        if asked in ([], ["code"]):
            self.shell.run_cell(cell)

    @line_magic
    def classroom(self, line: str) -> None:
        """How the open class stands: who is here, the join link, the spoken code."""
        seats = self._desk.seats
        if not seats:
            print('No class is open here. Open one: classroom.start("My class")')
            return
        for seat in seats:
            print(repr(seat)[1:-1])
            if isinstance(seat, Teacher):
                hands = [person.name for person in seat.people if person.hand]
                print(f"  link   {seat.link}")
                print(f"  code   {seat.code}")
                print(f"  hands  {', '.join(hands) or 'none'}")

    def show(self, seat: Seat) -> None:
        """Shows the seat's panel; the same one when it was shown before."""
        if getattr(self.shell, "kernel", None) is None:
            return
        from classroom.widgets import panel_of

        known = self._panels.get(id(seat))
        if known is None:
            self._panels = {id(open): self._panels[id(open)] for open in self._desk.seats if id(open) in self._panels}
            known = self._panels[id(seat)] = panel_of(seat)
        display(known)  # type: ignore[no-untyped-call]

    def _teacher(self) -> Teacher:
        for seat in reversed(self._desk.seats):
            if isinstance(seat, Teacher):
                return seat
        raise UsageError('No class is open here. Open one first: teacher = classroom.start("My class")')


def load_ipython_extension(shell: Any) -> None:
    """Registers the magics. Loading twice changes nothing."""
    desk = getattr(shell, "classroom_desk", None)
    if desk is None:
        desk = shell.classroom_desk = Desk()
    if desk.show is None:
        magics = ClassroomMagics(shell, desk)
        shell.register_magics(magics)
        desk.show = magics.show
