"""The join page and what it loads. No secret is in it: the page reads its link's fragment, which no server ever sees.

The page comes from a file of our own, never from Jupyter's templates, whose names include the server's token.
"""

from __future__ import annotations

import html
import json
from collections.abc import Awaitable, Coroutine
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from tornado import web

CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self' ws: wss:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""Everything from here; sockets by name, since older browsers do not count them as `self`."""
PAGE = Path(__file__).parent.parent / "pages" / "join.html"
STATIC = Path(__file__).parent.parent.parent / "static"


def built() -> str:
    """When the assets were built: another build is another address."""
    script = STATIC / "join.js"
    return f"{script.stat().st_mtime_ns:x}" if script.exists() else "none"


class PageHandler(JupyterHandler):
    """GET: the join page."""

    def set_default_headers(self) -> None:
        """Strict, and nothing of Jupyter's."""
        self.set_header("Content-Security-Policy", CSP)
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-cache")

    @allow_unauthenticated
    def get(self) -> None:
        """Filled with where the server's root is, the version, and a stamp that makes the assets cacheable."""
        version = self.settings["classroom"].version
        config = json.dumps({"baseUrl": self.base_url, "classroomVersion": version}).replace("<", "\\u003c")
        page = PAGE.read_text("utf-8")
        static = html.escape(f"{self.base_url}classroom/static/", quote=True)
        page = page.replace("{{static}}", static).replace("{{version}}", built())
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(page.replace("{{config}}", config))

    @allow_unauthenticated
    def head(self) -> None:
        """As get, without the page."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish()


class SlashHandler(JupyterHandler):
    """GET without the last slash: a link keeps its fragment across this."""

    @allow_unauthenticated
    def get(self) -> None:
        """To the page."""
        self.redirect(f"{self.base_url}classroom/")

    @allow_unauthenticated
    def head(self) -> None:
        """To the page."""
        self.redirect(f"{self.base_url}classroom/")


class StaticHandler(web.StaticFileHandler):
    """Built assets: open to all, any origin (fonts and modules of a widget on another host), checked anew unless
    `?v=`."""

    def set_extra_headers(self, path: str) -> None:
        """Never guessed at by the browser."""
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Access-Control-Allow-Origin", "*")
        self.set_header("Cross-Origin-Resource-Policy", "cross-origin")
        if not self.get_query_argument("v", "") and "/chunks/" not in f"/{path}":
            self.set_header("Cache-Control", "no-cache")

    def get_cache_time(self, path: str, modified: Any, mime_type: str) -> int:
        """Chunks carry the hash of their content in their name."""
        return 365 * 86_400 if path.startswith("chunks/") else super().get_cache_time(path, modified, mime_type)

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        """No file has a name with a zero in it; asking the system for one would raise."""
        if "\0" in absolute_path:
            raise web.HTTPError(404)
        return super().validate_absolute_path(root, absolute_path)

    @allow_unauthenticated
    def get(self, path: str, include_body: bool = True) -> Coroutine[Any, Any, None]:
        """The file."""
        return super().get(path, include_body)

    @allow_unauthenticated
    def head(self, path: str) -> Awaitable[None]:
        """Its headers."""
        return super().head(path)
