"""What all HTTP doors share: JSON in and out, errors with a code, bodies read only as far as they may be large.

Authentication is by a header of ours: a personal token, or the kernel's key. A browser adds neither by itself, so a
request that has a valid one cannot be forged by a foreign page, needs no XSRF cookie, and may come from any origin.
Whoever has neither goes through Jupyter's own checks. Nothing that is sent here is ever logged.
"""

from __future__ import annotations

import hmac
import json
from typing import Any, TypeVar

import msgspec
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from tornado import web

from classroom.core import policy
from classroom.core.errors import Refusal, StoreError
from classroom.core.messages import KEY_HEADER, TOKEN_HEADER
from classroom.core.records import Person
from classroom.server import problems
from classroom.server.classes import Classes
from classroom.server.hub import Hub
from classroom.server.problems import Problem

T = TypeVar("T")


@web.stream_request_body
class ApiHandler(JupyterHandler):
    """Base of the doors. `cross_origin`: may a page of another host call this?"""

    cross_origin = True
    max_body = 65_536

    def initialize(self) -> None:
        self._body = bytearray()
        self._too_large = False
        self.who: tuple[Hub, Person] | None = None

    @property
    def extension(self) -> Any:
        """The application object that holds all state."""
        return self.settings["classroom"]

    @property
    def classes(self) -> Classes:
        """The classes of this server."""
        classes: Classes = self.extension.school
        return classes

    # -- before the method ------------------------------------------------------------------------------------

    async def prepare(self) -> None:  # type: ignore[override]
        """Who is it, may they, and how much may they send."""
        connection: Any = self.request.connection
        if hasattr(connection, "set_max_body_size"):
            connection.set_max_body_size(2 * self.max_body + 1_000_000)
        token = self.request.headers.get(TOKEN_HEADER, "")
        if token and self.request.method != "OPTIONS":
            try:
                self.who = await self.classes.by_token(token)
            except StoreError as error:
                self._answer(problems.stored(error))
                return
        await super().prepare()

    def data_received(self, chunk: bytes) -> None:
        """Keeps the body as far as it may be large."""
        if len(self._body) + len(chunk) > self.max_body:
            self._too_large = True
            self._body.clear()
        elif not self._too_large:
            self._body += chunk

    @property
    def key_is_valid(self) -> bool:
        """Did a kernel of this server show its key?"""
        key = self.request.headers.get(KEY_HEADER, "").encode("utf-8", "replace")
        return bool(key) and hmac.compare_digest(key, self.extension.kernel_key.encode())

    def check_xsrf_cookie(self) -> None:
        """Not needed where nobody is known by what a browser sends by itself; see `TeacherHandler` for the rest."""

    def set_default_headers(self) -> None:
        """Also on errors, which forget all other headers: a page on another host must be able to read why."""
        super().set_default_headers()
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")
        if self.cross_origin:
            self.set_cors_headers()

    def set_cors_headers(self) -> None:
        """Any page may call what only a header of ours opens; no cookie is ever allowed along."""
        if not self.cross_origin:
            super().set_cors_headers()
            return
        self.set_header("Access-Control-Allow-Origin", "*")
        self.set_header("Access-Control-Expose-Headers", "Content-Disposition")

    @allow_unauthenticated
    def options(self, *args: Any, **kwargs: Any) -> None:
        """A browser asks before it sends our headers."""
        if self.cross_origin:
            self.set_header("Access-Control-Allow-Headers", f"content-type, {TOKEN_HEADER.lower()}")
            self.set_header("Access-Control-Allow-Methods", "GET, PUT, POST, DELETE, OPTIONS")
            self.set_header("Access-Control-Max-Age", "600")
        self.set_status(204)
        self.finish()

    # -- inside the method --------------------------------------------------------------------------------------

    def read_json(self, cls: type[T]) -> T:
        """The body as `cls`. Raises Problem."""
        if self._too_large:
            raise problems.too_large(self.max_body)
        try:
            return msgspec.json.decode(bytes(self._body) or b"{}", type=cls)
        except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
            raise problems.bad_request(type(error).__name__) from None

    def json_only(self) -> None:
        """A form of a foreign page cannot send JSON without being asked about it first. Raises Problem."""
        if self.request.headers.get("Content-Type", "").split(";")[0].strip().lower() != "application/json":
            raise problems.bad_request("content type must be application/json")

    def member(self) -> tuple[Hub, Person]:
        """Whose token came with this call. Raises Problem."""
        if self.who is None:
            raise problems.bad_token()
        return self.who

    def staff(self) -> tuple[Hub, Person]:
        """As `member`, and teacher or assistant."""
        hub, person = self.member()
        if not policy.is_staff(person):
            raise problems.forbidden()
        return hub, person

    def answer(self, value: Any, status: int = 200) -> None:
        """JSON."""
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.finish(msgspec.json.encode(value))

    def _answer(self, problem: Problem) -> None:
        self.clear()
        self.answer(problem.body(), problem.status)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Every error as JSON with a code; ours by type, Jupyter's by status."""
        error = (kwargs.get("exc_info") or (None, None))[1]
        if isinstance(error, Problem):
            problem = error
        elif isinstance(error, Refusal):
            problem = problems.refused(error.reason, **error.parameters)
        elif isinstance(error, StoreError):
            problem = problems.stored(error)
        elif status_code in (401, 403):
            problem = problems.not_signed_in()
        elif status_code == 404:
            problem = problems.not_here()
        elif status_code < 500:
            problem = Problem(status_code, "bad-request", "That call could not be understood. Reload the page.")
        else:
            problem = problems.unexpected()
        self.set_status(problem.status)
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(problem.body()))

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Expected ones are no news; of others the trace, never the request (its body may hold a secret)."""
        if isinstance(value, (Problem, Refusal, StoreError, web.HTTPError)):
            return
        self.log.error(
            "classroom: %s in %s", getattr(typ, "__name__", typ), type(self).__name__, exc_info=(typ, value, tb)
        )
