"""The doors of the extension: which address is answered by whom."""

from __future__ import annotations

from typing import Any

from classroom.server.handlers.assets import AssetHandler
from classroom.server.handlers.enter import ClassesHandler, EnterHandler
from classroom.server.handlers.export import ExportHandler, ExportsHandler, LogHandler
from classroom.server.handlers.formula import FormulaHandler
from classroom.server.handlers.imports import ImportHandler, ImportsHandler
from classroom.server.handlers.join import JoinHandler, LookHandler
from classroom.server.handlers.objects import ObjectsHandler
from classroom.server.handlers.page import PageHandler, SlashHandler, StaticHandler
from classroom.server.handlers.socket import SocketHandler
from classroom.server.handlers.staff import CodeHandler, InviteHandler, RemoveHandler, RotateHandler


def routes(static: str) -> list[tuple[Any, ...]]:
    """Patterns below the server's base URL; `static` is the folder of built assets."""
    person = r"(?P<person>p[0-9]{1,9})"
    return [
        (r"/classroom", SlashHandler),
        (r"/classroom/", PageHandler),
        (r"/classroom/static/(.*)", StaticHandler, {"path": static}),
        (r"/classroom/ws", SocketHandler),
        (r"/classroom/api/join", JoinHandler),
        (r"/classroom/api/look", LookHandler),
        (r"/classroom/api/enter", EnterHandler),
        (r"/classroom/api/classes", ClassesHandler),
        (r"/classroom/api/code", CodeHandler),
        (r"/classroom/api/links/rotate", RotateHandler),
        (rf"/classroom/api/people/{person}/remove", RemoveHandler),
        (rf"/classroom/api/people/{person}/invite", InviteHandler),
        (r"/classroom/api/export", ExportsHandler),
        (r"/classroom/api/export/(?P<job>[A-Za-z0-9_-]{8,40})", ExportHandler),
        (r"/classroom/api/log", LogHandler),
        (r"/classroom/api/import/pdf", ImportsHandler),
        (r"/classroom/api/import/(?P<job>[A-Za-z0-9_-]{8,40})", ImportHandler),
        (r"/classroom/api/objects", ObjectsHandler),
        (r"/classroom/api/formula", FormulaHandler),
        (r"/classroom/api/assets/(?P<sha>new|[0-9a-f]{64})", AssetHandler),
    ]
