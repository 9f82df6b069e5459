"""What both panels share: the traits that the browser reads, and the one message that it asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets

from classroom.api import Seat
from classroom.core.errors import ClassroomError
from classroom.page import pictured

STATIC = Path(__file__).parent.parent / "static"


class NotBuilt(ClassroomError):
    """The browser's part of the package is missing."""

    code = "not-built"
    sentence = (
        "The browser's part of classroom is missing from this installation. In a source tree run "
        "`python hatch_build.py`; else install the package again."
    )


def asset(name: str) -> str:
    """The text of a built file. Raises `NotBuilt`."""
    try:
        return (STATIC / name).read_text("utf-8")
    except OSError:
        raise NotBuilt from None


class Panel(anywidget.AnyWidget):
    """A panel for one seat. The browser sends `{type: "token?"}` and is answered `{type: "token", token, ws}`, for a
    teacher with what the invitation is made of: `fragments` and `code`."""

    class_id = traitlets.Unicode("", help="Id of the class.").tag(sync=True)
    base_url = traitlets.Unicode("", help="Address of the class's server, with a slash at its end.").tag(sync=True)
    role = traitlets.Unicode("student", help="teacher or student: which panel is shown.").tag(sync=True)
    title = traitlets.Unicode("", help="Title of the class, until the panel has its own connection.").tag(sync=True)
    height = traitlets.Int(0, help="Height in CSS pixels; 0: the panel's own choice.").tag(sync=True)

    def __init__(self, seat: Seat, height: int = 0) -> None:
        self._seat = seat
        self._esm = asset("widget.js")
        self._css = asset("widget.css")
        super().__init__(
            class_id=seat.admission.class_id,
            base_url=seat.admission.server.url,
            role=seat.role,
            title=seat.title,
            height=height,
        )
        self.on_msg(self._asked)

    def __repr__(self) -> str:
        """What a notebook keeps where the panel stood, and what is read where no widget can be shown."""
        return f"A live panel of the class {self.title!r} was shown here. Run the cell to open it."

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """The widget, and with it the page as it is now: a saved notebook shows it where no server runs."""
        bundle = super()._repr_mimebundle_(**kwargs)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        if isinstance(data, dict) and self._seat.client.state == "open":
            data.update(pictured(self._seat.board))
        return bundle

    def _asked(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if isinstance(content, dict) and content.get("type") == "token?":
            self.send(self._told())

    def _told(self) -> dict[str, Any]:
        """What the browser is answered."""
        admission = self._seat.admission
        return {"type": "token", "token": admission.token, "ws": admission.ws}
