"""Live teaching inside Jupyter.

`start` opens a class and shows the teacher's panel, `join` enters one and shows the student's. Both are loaded when
first used: importing this package must cost a kernel, and a server that only reads its entry points, next to nothing.
Besides them there is only what Jupyter looks for by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from classroom.api import join, start

__version__ = "0.1.0"
__all__ = ["__version__", "join", "load_ipython_extension", "start"]


def __getattr__(name: str) -> Any:
    if name in ("join", "start"):
        from classroom import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__


def load_ipython_extension(shell: Any) -> None:
    """Registers `%%push` and its siblings; IPython calls it for `%load_ext classroom`."""
    from classroom.magics import load_ipython_extension as load

    load(shell)


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from classroom.server.extension import ClassroomApp

    return [{"module": "classroom", "app": ClassroomApp}]


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "classroom"}]
