"""How a program gets in: the HTTP calls that turn a link, a code or a key into a personal token.

It promises one typed error, `NotAdmitted`, for everything that a server may answer, with the server's own sentence, and
`Unreachable` when nobody answers. Keys and tokens travel in headers and bodies, never in addresses; no redirect is
followed, since it would carry them elsewhere. It must never print or log one.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from classroom.core.errors import ClassroomError
from classroom.core.messages import CONNECTION, KEY_HEADER, TOKEN_HEADER

WILD = ("0.0.0.0", "::", "*")
"""Listening to everyone."""
SECONDS = 20.0
LARGEST = 256 * 1024 * 1024
"""Bytes of one answer that are read: a whole export."""


class NotAdmitted(ClassroomError):
    """The server answered, and said no. `reason` is its code."""

    code = "not-admitted"
    sentence = "The class did not let you in."

    def __init__(self, detail: str = "", reason: str = "not-admitted", status: int = 0, **parameters: Any) -> None:
        super().__init__(detail, **parameters)
        self.reason = reason
        self.status = status


class Unreachable(ClassroomError):
    """Nothing answers at the class's address."""

    code = "unreachable"
    sentence = "The class cannot be reached. Is its Jupyter server running, and is the link complete?"


class NoServer(ClassroomError):
    """This program was not started by a Jupyter server that holds classes."""

    code = "no-server"
    sentence = (
        "No Jupyter server with classroom was found from here. Run this in a notebook, or give the server's address "
        'and token: start("My class", url="http://localhost:8888/", token="…").'
    )


class BadLink(ClassroomError, ValueError):
    """That is not a join link."""

    code = "bad-link"
    sentence = "That is not a join link. It looks like http://…/classroom/#abcdefghij.secret: copy all of it."


@dataclass(frozen=True)
class Server:
    """A Jupyter server with classroom at `url` (ends with a slash), and what opens it. Its repr shows no secret."""

    url: str
    key: str = field(default="", repr=False)
    token: str = field(default="", repr=False)


@dataclass(frozen=True)
class Admission:
    """Let in: the personal token and where to go with it. `links` and `code` are for staff only."""

    server: Server
    class_id: str
    title: str
    person: str
    role: str
    ws: str
    token: str = field(repr=False)
    address: str = ""
    """The server's base URL as others see it."""
    links: dict[str, str] = field(default_factory=dict, repr=False)
    code: str = field(default="", repr=False)


# -- finding the server -----------------------------------------------------------------------------------------


def server_at(url: str, token: str = "") -> Server:
    """The server at `url`, with or without a trailing slash or `?token=…`, which is then used."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise BadLink(f"{url!r} is no address. It looks like http://localhost:8888/.")
    found = re.search(r"(?:^|&)token=([^&]+)", parts.query)
    path = re.sub(r"/(?:lab|tree|notebooks|classroom)(?:/.*)?$", "", parts.path).rstrip("/")
    return Server(f"{parts.scheme}://{parts.netloc}{path}/", token=token or (found[1] if found else ""))


def owning_server() -> Server:
    """The server that started this kernel or program. Raises `NoServer`."""
    path = os.environ.get(CONNECTION)
    if path:
        known = server_in(Path(path))
        if known is not None:
            return known
    parent = os.environ.get("JPY_PARENT_PID")
    if parent and parent.isdigit():
        from jupyter_core.paths import jupyter_runtime_dir

        known = server_in(Path(jupyter_runtime_dir(), f"jpserver-{parent}.json"))
        if known is not None:
            return known
    raise NoServer


def server_in(path: Path) -> Server | None:
    """The server that a file tells of: {url, key} from the extension, or {url, token} from Jupyter itself."""
    told = _json(path)
    url, key, token = told.get("url"), told.get("key", ""), told.get("token", "")
    if not (isinstance(url, str) and isinstance(key, str) and isinstance(token, str)):
        return None
    return Server(_slashed(url), key=key, token=token)


def running_servers() -> list[Server]:
    """Servers of this person that Jupyter has written down, the latest first; some may have ended since."""
    from jupyter_core.paths import jupyter_runtime_dir

    files = sorted(Path(jupyter_runtime_dir()).glob("jpserver-*.json"), key=lambda file: -file.stat().st_mtime)
    return [known for file in files if (known := server_in(file)) is not None]


def _json(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _slashed(url: str) -> str:
    return url if url.endswith("/") else url + "/"


def public_address() -> str:
    """The address under which others see the server that started this kernel; empty where that is not known here."""
    told = os.environ.get("JUPYTERHUB_PUBLIC_URL", "")
    if told:
        return _slashed(told)
    path = Path(os.environ.get(CONNECTION, ""))
    server = server_in(path)
    if server is None:
        return ""
    running = _json(path.with_name(path.name.replace("classroom-", "jpserver-")))
    return address_for_others(server, str(running.get("hostname", "")))


def address_for_others(server: Server, ip: str) -> str:
    """The server's address as other machines see it; empty when it listens to this one only."""
    if ip in ("", "localhost", "127.0.0.1", "::1"):
        return ""
    parts = urlsplit(server.url)
    host = own_address() if ip in WILD else ip
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}:{parts.port}{parts.path}"


def own_address() -> str:
    """This machine's address on its network. Nothing is sent: the system only chooses a route."""
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


# -- calling ----------------------------------------------------------------------------------------------------


def call(
    server: Server,
    path: str,
    data: Any = None,
    *,
    token: str = "",
    seconds: float = SECONDS,
    method: str = "",
    body: bytes | None = None,
) -> Any:
    """The JSON answer of `classroom/api/{path}`: a POST when there is `data`. `token` is a personal one; `body` is sent
    as it is.

    Raises `NotAdmitted`, or `Unreachable`.
    """
    answer, kind = fetch(server, f"classroom/api/{path}", data, token=token, seconds=seconds, method=method, body=body)
    if not kind.startswith("application/json"):
        raise Unreachable(f"What answers at {server.url} is not a classroom. Is the extension enabled there?")
    return json.loads(answer)


def fetch(
    server: Server,
    path: str,
    data: Any = None,
    *,
    token: str = "",
    seconds: float = SECONDS,
    method: str = "",
    body: bytes | None = None,
) -> tuple[bytes, str]:
    """Body and content type of any path of the server, as `call`."""
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

    class _Stay(HTTPRedirectHandler):
        def redirect_request(self, *arguments: Any) -> None:
            return None

    headers = {"Accept": "application/json"}
    if data is not None:
        headers["Content-Type"] = "application/json"
        body = json.dumps(data).encode()
    elif body is not None:
        headers["Content-Type"] = "application/octet-stream"
    if token:
        headers[TOKEN_HEADER] = token
    elif server.key:
        headers[KEY_HEADER] = server.key
    elif server.token:
        headers["Authorization"] = f"token {server.token}"
    local = urlsplit(server.url).hostname in ("localhost", "127.0.0.1", "::1")
    opener = build_opener(_Stay, *([ProxyHandler({})] if local else []))
    request = Request(urljoin(server.url, path), body, headers, method=method or None)
    try:
        with opener.open(request, timeout=seconds) as answer:
            return answer.read(LARGEST), answer.headers.get_content_type()
    except HTTPError as error:
        with error:
            raise _problem(server, error.code, error.read(65_536)) from None
    except (OSError, HTTPException, ValueError) as error:
        raise Unreachable(f"{server.url} cannot be reached ({error}). Is that Jupyter server running?") from None


def _problem(server: Server, status: int, body: bytes) -> ClassroomError:
    try:
        told = json.loads(body)
        sentence, code = str(told["sentence"]), str(told["code"])
        parameters = dict(told.get("parameters") or {})
    except (ValueError, KeyError, TypeError):
        if status == 404:
            return Unreachable(
                f"The Jupyter server at {server.url} has no classroom. Install it there, then restart it."
            )
        if status in (302, 401, 403):
            return NotAdmitted(
                f"The Jupyter server at {server.url} does not know you. Give its token: start(…, url=…, token=…).",
                "not-signed-in",
                status,
            )
        return Unreachable(f"The server at {server.url} answered with an error ({status}). Its log says why.")
    made = NotAdmitted(sentence, code, status)
    made.parameters = parameters
    return made


def enter(
    server: Server, *, title: str = "", class_id: str = "", address: str = "", code: bool | None = None
) -> Admission:
    """Creates or reopens a class as its teacher.

    `address` is the server's as others see it, for the links; `code` shows (or hides) the spoken code.
    """
    data: dict[str, Any] = {"class": class_id} if class_id else {"title": title}
    if address:
        data["address"] = address
    if code is not None:
        data["code"] = code
    return _admitted(server, call(server, "enter", data), address)


def join(link: str, name: str, token: str = "") -> Admission:
    """Joins by link; `token` is an earlier personal token, to be the same person again."""
    base, class_id, secret = read_link(link)
    server = Server(base)
    data = {"class": class_id, "secret": secret, "name": name}
    return _admitted(server, call(server, "join", {**data, "token": token} if token else data))


def read_link(link: str) -> tuple[str, str, str]:
    """Base address, class id and secret of a join link (SPEC 6.1). Raises `BadLink`."""
    parts = urlsplit(link.strip())
    secret = re.fullmatch(r"([a-z2-9]{10})\.([A-Za-z0-9_-]+)", parts.fragment)
    at = parts.path.rfind("/classroom")
    if secret is None or at < 0 or parts.scheme not in ("http", "https") or not parts.netloc:
        raise BadLink
    return f"{parts.scheme}://{parts.netloc}{parts.path[:at]}/", secret[1], secret[2]


def _admitted(server: Server, told: Any, address: str = "") -> Admission:
    try:
        ws = urljoin(server.url, str(told.get("ws") or "classroom/ws"))
        return Admission(
            server=server,
            class_id=str(told["class"]),
            title=str(told.get("title", "")),
            person=str(told["person"]),
            role=str(told["role"]),
            ws=re.sub(r"^http", "ws", ws),
            token=str(told["token"]),
            address=address or server.url,
            links={role: urljoin(server.url, str(link)) for role, link in (told.get("links") or {}).items()},
            code=str(told.get("code") or ""),
        )
    except (KeyError, AttributeError, TypeError):
        raise Unreachable(f"What answers at {server.url} is not a classroom of this version.") from None
