"""Who may call what: every route without a key, other origins, forged forms, the page's own headers."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import pytest

from classroom.core import messages as m
from classroom.core import wire
from classroom.server import classes
from tests.server.peer import BASE, TOKEN, note

OPEN = {
    ("GET", "classroom"): 302,
    ("HEAD", "classroom"): 302,
    ("GET", "classroom/"): 200,
    ("HEAD", "classroom/"): 200,
    ("GET", "classroom/static/join.js"): (200, 404),
    ("HEAD", "classroom/static/join.js"): (200, 404),
    ("GET", "classroom/ws"): 400,
    ("GET", "classroom/api/look"): 404,
    ("POST", "classroom/api/join"): 400,
}
"""What anyone may call, and how it answers a stranger; everything else must be refused."""


def routes(server: Any) -> list[tuple[str, Any]]:
    """Every route of the extension, as the web application itself holds them, with an example path."""
    found = []
    for host in server.app.web_app.default_router.rules:
        for rule in getattr(host.target, "rules", ()):
            pattern = rule.matcher.regex.pattern
            if pattern.startswith(BASE + "classroom"):
                path = pattern.removeprefix(BASE).rstrip("$")
                path = path.replace("(.*)", "join.js").replace("(?P<person>p[0-9]{1,9})", "p2")
                path = re.sub(r"\(\?P<sha>[^)]*\)", "a" * 64, path)
                path = re.sub(r"\(\?P<job>[^)]*\)", "abcdefgh", path)
                found.append((path, rule.target))
    return found


async def test_every_route_refuses_strangers_or_is_a_known_door(server: Any) -> None:
    from tornado.web import RequestHandler

    checked = 0
    for path, handler in routes(server):
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"):
            if getattr(handler, method.lower()) is getattr(RequestHandler, method.lower()):
                continue
            for headers in ({}, {"X-Classroom-Token": "a.b.c"}, {"X-Classroom-Key": "x"}, {"Cookie": "_xsrf=a"}):
                body = b"" if method in ("POST", "PUT") else None
                response = await server.fetch(path, method, body, **headers)
                expected = OPEN.get((method, path), (401, 403))
                assert response.code in (expected if isinstance(expected, tuple) else (expected,)), (
                    method,
                    path,
                    headers,
                )
                checked += 1
    assert checked > 40
    assert server.app.web_app.settings["allow_unauthenticated_access"] is False
    assert {path for _, path in OPEN} <= {path for path, _ in routes(server)}


async def test_every_handler_says_of_every_method_who_may_call_it(server: Any) -> None:
    for path, handler in routes(server):
        assert not server.app.web_app._check_handler_auth(path, handler), path


async def test_a_foreign_page_cannot_use_the_teachers_cookies(server: Any) -> None:
    login = await server.fetch(f"lab?token={TOKEN}")
    cookies = "; ".join(c.split(";")[0] for c in login.headers.get_list("Set-Cookie"))
    assert cookies
    forged = await server.fetch(
        "classroom/api/enter",
        "POST",
        json.dumps({"title": "Forged"}),
        Cookie=cookies,
        Origin="https://evil.example",
        Content_Type="text/plain",
    )
    assert forged.code in (403, 404)
    assert "Access-Control-Allow-Origin" not in forged.headers
    listed = await server.call("classroom/api/classes", method="GET", Authorization=f"token {TOKEN}")
    assert listed["classes"] == []
    xsrf = re.search(r"_xsrf=([^;]+)", cookies)
    if xsrf:
        own = await server.fetch(
            "classroom/api/enter", "POST", json.dumps({"title": "Own"}), Cookie=cookies, X_XSRFToken=xsrf[1]
        )
        assert own.code == 200


async def test_a_students_page_on_another_host(server: Any) -> None:
    entered = await server.enter()
    origin = "https://hub.example"
    asked = await server.fetch("classroom/api/join", "OPTIONS", Origin=origin)
    assert asked.code == 204
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    assert "x-classroom-token" in asked.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in asked.headers
    secret = entered["fragments"]["student"].split(".")[1]
    joined = await server.fetch(
        "classroom/api/join", "POST", {"class": entered["class"], "secret": secret, "name": "Ana"}, Origin=origin
    )
    assert joined.code == 200
    assert joined.headers["Access-Control-Allow-Origin"] == "*"
    refused = await server.fetch(
        "classroom/api/join", "POST", {"class": "x", "secret": "y", "name": "z"}, Origin=origin
    )
    assert refused.headers["Access-Control-Allow-Origin"] == "*"
    kept = await server.fetch("classroom/api/enter", "OPTIONS", Origin=origin)
    assert "Access-Control-Allow-Origin" not in kept.headers
    socket = await server.socket(Origin=origin)
    hello = m.Hello(m.PROTOCOL, "c" * 20, json.loads(joined.body)["token"])
    await socket.write_message(wire.write(hello), binary=True)
    assert await socket.read_message()


async def test_join_takes_json_only(server: Any) -> None:
    entered = await server.enter()
    secret = entered["fragments"]["student"].split(".")[1]
    body = json.dumps({"class": entered["class"], "secret": secret, "name": "Ana"})
    response = await server.fetch("classroom/api/join", "POST", body, Content_Type="text/plain")
    assert response.code == 400


async def test_the_page(server: Any) -> None:
    page = await server.fetch("classroom/")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    text = page.body.decode()
    assert TOKEN not in text
    assert not re.search(r"<script(?![^>]*(src=|application/json))", text)
    assert "<style" not in text
    assert " style=" not in text
    config = json.loads(re.search(r'application/json">(.*?)</script>', text)[1])
    assert config["baseUrl"] == BASE
    moved = await server.fetch("classroom")
    assert moved.headers["Location"] == BASE + "classroom/"


@pytest.mark.parametrize("path", ["../access.py", "..%2faccess.py", "%2e%2e/access.py", "/etc/passwd", "fonts", "%00"])
async def test_static_files_stay_in_their_folder(server: Any, path: str) -> None:
    assert (await server.fetch("classroom/static/" + path)).code in (302, 403, 404)


async def test_a_rotated_link_opens_nothing_and_who_is_in_stays(server: Any) -> None:
    entered = await server.enter()
    ticket = await server.join(entered, "Ana")
    ana = await server.connect(ticket)
    new = await server.call("classroom/api/links/rotate", {}, X_Classroom_Token=entered["token"])
    assert new["links"]["staff"] == entered["links"]["staff"]
    assert (await server.join(entered, "Bob", status=403))["code"] == "bad-link"
    assert (await server.join(new | {"class": entered["class"]}, "Bob"))["person"]
    await ana.say(m.Ping(1))
    await ana.until(m.Pong)
    await server.call("classroom/api/links/rotate", {}, status=403, X_Classroom_Token=ticket["token"])


async def test_the_staff_link_makes_an_assistant(server: Any) -> None:
    entered = await server.enter()
    secret = entered["fragments"]["staff"].split(".")[1]
    joined = await server.call("classroom/api/join", {"class": entered["class"], "secret": secret, "name": "Tom"})
    assert joined["role"] == "assistant"


async def test_the_spoken_code(server: Any) -> None:
    entered = await server.enter(code=True)
    code = entered["code"]
    assert re.fullmatch(r"[a-z]+ [a-z]+ [0-9]{2}", code)
    said = code.upper().replace(" ", ",  ")
    joined = await server.call("classroom/api/join", {"code": said, "name": "Ana"})
    assert joined["class"] == entered["class"]
    shown = await server.call("classroom/api/code", {"show": True}, X_Classroom_Token=entered["token"])
    assert shown["code"] == code
    await server.call("classroom/api/code", {"show": False}, X_Classroom_Token=entered["token"])
    refused = await server.call("classroom/api/join", {"code": code, "name": "Bob"}, status=403)
    assert refused["code"] == "bad-code"


async def test_wrong_codes_are_throttled_and_links_keep_working(server: Any) -> None:
    entered = await server.enter(code=True)
    for _ in range(10):
        refused = await server.call("classroom/api/join", {"code": "no such 10", "name": "Eve"}, status=403)
        assert refused["code"] == "bad-code"
    for code in ("no such 10", entered["code"]):
        refused = await server.call("classroom/api/join", {"code": code, "name": "Eve"}, status=429)
        seconds = refused["parameters"]["seconds"]
        assert 0 < seconds <= 61
        assert refused["sentence"] == f"Too many tries. Wait {seconds} seconds, then try again."
    assert (await server.join(entered, "Ana"))["person"]
    shown = await server.call("classroom/api/code", {}, X_Classroom_Token=entered["token"])
    assert shown["wrong_codes"] == 10


async def test_a_class_does_not_grow_without_end(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Students past the limit are told; who is in stays in, and staff still come."""
    entered = await server.enter()
    ana = await server.join(entered, "Ana")
    monkeypatch.setattr(classes, "PEOPLE", 2)
    assert (await server.join(entered, "Bob", status=403))["code"] == "class-full"
    assert (await server.join(entered, "Ana", token=ana["token"]))["person"] == ana["person"]
    secret = entered["fragments"]["staff"].split(".")[1]
    helper = {"class": entered["class"], "secret": secret, "name": "Tomas"}
    assert (await server.call("classroom/api/join", helper))["role"] == "assistant"


async def test_a_closed_door(server: Any) -> None:
    entered = await server.enter()
    ticket = await server.join(entered, "Ana")
    teacher = await server.connect(entered)
    await teacher.decided(await teacher.change(m.Patch(("class",), {"join": False})))
    assert (await server.join(entered, "Bob", status=403))["code"] == "door-closed"
    again = await server.join(entered, "whatever", token=ticket["token"])
    assert again["person"] == ticket["person"]
    looked = await server.call(f"classroom/api/look?class={entered['class']}", method="GET")
    assert looked == {"class": entered["class"], "title": "Linear algebra", "teachers": ["Teacher"], "open": False}


async def test_coming_back_with_a_token_is_the_same_person(server: Any) -> None:
    entered = await server.enter()
    ticket = await server.join(entered, "Ana")
    again = await server.join(entered, "Ana", token=ticket["token"])
    assert again["person"] == ticket["person"]
    fresh = await server.join(entered, "Bob", token="nonsense")
    assert fresh["person"] != ticket["person"]


async def test_logs_hold_no_secret(server: Any, caplog: Any) -> None:
    entered = await server.enter(code=True)
    ticket = await server.join(entered, "Ana")
    ana = await server.connect(ticket)
    await ana.decided(await ana.change(m.Patch(("class",), {"draw": "none"})))
    await server.call("classroom/api/join", {"code": "wrong words 99", "name": "Eve"}, status=403)
    await server.call("classroom/api/code", {}, status=403, X_Classroom_Token=ticket["token"])
    await server.call("classroom/api/code", "{", status=400, X_Classroom_Token=entered["token"])
    assert caplog.records
    for secret in (entered["token"], ticket["token"], entered["code"], *entered["fragments"].values(), "wrong words"):
        assert secret not in caplog.text
        assert secret.split(".")[-1] not in caplog.text


async def test_the_access_file_is_private_and_holds_no_token(server: Any) -> None:
    entered = await server.enter()
    ticket = await server.join(entered, "Ana")
    file = server.hub(entered).access.path
    assert file.stat().st_mode & 0o077 == 0
    text = file.read_text()
    for token in (entered["token"], ticket["token"]):
        assert token.split(".")[2] not in text
    assert entered["class"] in text
    store = server.hub(entered).store.path.read_bytes()
    assert entered["fragments"]["student"].split(".")[1].encode() not in store


async def test_two_windows_that_enter_at_once_make_one_class_and_one_teacher(server: Any) -> None:
    both = await asyncio.gather(server.enter("Same"), server.enter("Same"), server.enter("Same"))
    assert len({e["class"] for e in both}) == 1
    assert {e["person"] for e in both} == {"p1"}


async def test_1_5_people_are_numbered_as_they_enter_and_made_by_the_server(server: Any) -> None:
    entered = await server.enter()
    tickets = [await server.join(entered, name) for name in ("Ana", "Bo")]
    assert [entered["person"], *(t["person"] for t in tickets)] == ["p1", "p2", "p3"]
    hub = server.hub(entered)
    assert [hub.room.table.get(id).author for id in ("class", "p1", "p2", "p3")] == ["p1", "p1", "p2", "p3"]
    entries = await asyncio.wrap_future(hub.thread.submit(hub.store.entries, 0))
    assert {(entry.client, entry.number) for entry in entries} == {("", 0)}


async def test_many_join_at_once_under_one_name(server: Any) -> None:
    entered = await server.enter()
    secret = entered["fragments"]["student"].split(".")[1]
    answers = await asyncio.gather(
        *(
            server.fetch("classroom/api/join", "POST", {"class": entered["class"], "secret": secret, "name": "Ana"})
            for _ in range(8)
        )
    )
    assert sorted(a.code for a in answers) == [200] + [409] * 7


async def test_a_large_body_is_not_kept(server: Any) -> None:
    response = await server.fetch(
        "classroom/api/join", "POST", json.dumps({"name": "x" * 300_000}), Content_Type="application/json"
    )
    assert response.code == 413
    entered = await server.enter()
    teacher = await server.connect(entered)
    await teacher.decided(await teacher.change(note("n1")))
