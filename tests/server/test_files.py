"""Pictures in and out, and exports: who may, what is kept, how it ends."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import json
import struct
import threading
import zipfile
import zlib
from typing import Any

import pypdfium2
import pytest
from PIL import Image
from tornado.tcpclient import TCPClient

from classroom.core import messages as m
from classroom.core import wire
from classroom.core.records import Page, Person, Picture
from classroom.server import pictures
from classroom.server.exports import Exports
from tests.server.peer import BASE, note


def png(width: int = 40, height: int = 30, **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(out, "PNG", **more)
    return out.getvalue()


def bomb() -> bytes:
    """A PNG that says it has 60,000 x 60,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))

    head = struct.pack("!IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


def test_what_is_kept_is_made_anew() -> None:
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    exif[0x0112] = 6  # turned
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "JPEG", exif=exif)
    made = pictures.clean(out.getvalue() + b"<script>")
    assert (made.mime, made.width, made.height) == ("image/jpeg", 30, 40)
    assert b"where I live" not in made.data
    assert b"script" not in made.data
    assert pictures.clean(png()).mime == "image/png"


@pytest.mark.parametrize(
    "data", [b"", b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>", png()[:40], bomb(), b"%PDF-1.7", bytes(1000)]
)
def test_what_is_no_picture(data: bytes) -> None:
    with pytest.raises(pictures.NotAPicture):
        pictures.clean(data)


async def test_an_asset_is_there_for_who_sees_a_record_that_names_it(server: Any) -> None:
    entered = await server.enter()
    teacher = await server.connect(entered)
    ana = await server.join(entered, "Ana")
    keys = {"t": {"X_Classroom_Token": entered["token"]}, "a": {"X_Classroom_Token": ana["token"]}}
    data = png()
    sent = await server.fetch(f"classroom/api/assets/{hashlib.sha256(data).hexdigest()}", "PUT", data, **keys["t"])
    assert sent.code == 201
    made = json.loads(sent.body)
    path = f"classroom/api/assets/{made['asset']}"
    unknown = await server.fetch("classroom/api/assets/" + "0" * 64, **keys["a"])
    hidden = await server.fetch(path, **keys["a"])
    assert (hidden.code, hidden.body) == (unknown.code, unknown.body)
    picture = Picture(id="pic", page="page2", z="a1", x=0, y=0, w=40, h=30, asset=made["asset"])
    await teacher.decided(await teacher.change(m.Put(Page(id="page2", order="a2", audience="staff")), m.Put(picture)))
    assert (await server.fetch(path, **keys["a"])).code == 404
    assert (await server.fetch(path, **keys["t"])).code == 200
    await teacher.decided(await teacher.change(m.Patch(("page2",), {"audience": "all"})))
    seen = await server.fetch(path, **keys["a"])
    assert seen.code == 200
    assert hashlib.sha256(seen.body).hexdigest() == made["asset"]
    assert Image.open(io.BytesIO(seen.body)).size == (40, 30)
    assert seen.headers["X-Content-Type-Options"] == "nosniff"
    assert seen.headers["Content-Disposition"].startswith("attachment")
    assert seen.headers["Content-Security-Policy"].startswith("sandbox")
    assert seen.headers["Access-Control-Allow-Origin"] == "*"
    assert (await server.fetch(path)).code == 401


async def test_uploads_that_are_not_taken(server: Any) -> None:
    entered = await server.enter()
    key = {"X_Classroom_Token": entered["token"]}
    assert (await server.fetch("classroom/api/assets/new", "PUT", b"<svg/>", **key)).code == 415
    assert (await server.fetch("classroom/api/assets/new", "PUT", bomb(), **key)).code == 413
    assert (await server.fetch("classroom/api/assets/" + "0" * 64, "PUT", png(), **key)).code == 400
    large = await server.fetch("classroom/api/assets/new", "PUT", bytes(server.extension.limits.asset + 1), **key)
    assert large.code == 413
    stranger = await server.fetch("classroom/api/assets/new", "PUT", b"x" * 1000, X_Classroom_Token="a.b.c")
    assert stranger.code == 401
    teacher = await server.connect(entered)
    await teacher.decided(await teacher.change(note("n1")))


async def finished(server: Any, job: Any, key: Any) -> Any:
    while True:
        state = await server.call(f"classroom/api/export/{job['job']}", method="GET", **key)
        if state["state"] not in ("waiting", "running"):
            return state
        await asyncio.sleep(0.01)


async def test_an_export_draws_what_the_caller_sees(server: Any) -> None:
    pytest.importorskip("classroom.render")
    entered = await server.enter()
    teacher = await server.connect(entered)
    await teacher.decided(await teacher.change(note("n1")))
    key = {"X_Classroom_Token": entered["token"]}
    job = await server.call("classroom/api/export", {"format": "png", "scale": 0.5}, status=202, **key)
    state = await finished(server, job, key)
    assert state["state"] == "done", state
    file = await server.fetch(f"classroom/api/export/{job['job']}?file", **key)
    assert Image.open(io.BytesIO(file.body)).size == (800, 450)
    assert file.headers["Content-Disposition"].startswith("attachment")
    whole = await server.call("classroom/api/export", {"format": "pdf"}, status=202, **key)
    assert (await finished(server, whole, key))["name"] == "board.pdf"
    file = await server.fetch(f"classroom/api/export/{whole['job']}?file", **key)
    assert file.headers["Content-Type"] == "application/pdf"
    assert [page.get_size() for page in pypdfium2.PdfDocument(file.body)] == [(960, 540)]
    ana = {"X_Classroom_Token": (await server.join(entered, "Ana"))["token"]}
    await server.call(f"classroom/api/export/{job['job']}", method="GET", status=404, **ana)
    for bad in ({"format": "exe"}, {"scale": 1000}, {"scale": "x"}, {"pages": ["../"]}, {"pages": [1]}):
        await server.call("classroom/api/export", bad, status=400, **key)


async def test_the_log_is_for_staff_and_tells_what_is_on_the_board(server: Any) -> None:
    entered = await server.enter()
    teacher = await server.connect(entered)
    for number in range(205):
        await teacher.decided(await teacher.change(note(f"n{number}")))
    key = {"X_Classroom_Token": entered["token"]}
    first = await server.call("classroom/api/log", method="GET", **key)
    assert first["more"] is True
    rest = await server.call(f"classroom/api/log?after={first['after']}", method="GET", **key)
    assert rest["more"] is False
    told = [*first["entries"], *rest["entries"]]
    assert [seq for seq, _, _ in told] == sorted({seq for seq, _, _ in told})
    records = [
        op.record
        for _, _, ops in told
        for op in wire.read_ops(base64.b64decode(ops), lenient=True)
        if isinstance(op, m.Put)
    ]
    assert {record.id for record in records} >= {f"n{number}" for number in range(205)}
    assert not [record for record in records if isinstance(record, Person)]
    student = {"X_Classroom_Token": (await server.join(entered, "Ana"))["token"]}
    await server.call("classroom/api/log", method="GET", status=403, **student)
    await server.call("classroom/api/log", method="GET", status=401, X_Classroom_Token="a.b.c")
    for bad in ("-1", "x", "9" * 30, "%00"):
        await server.call(f"classroom/api/log?after={bad}", method="GET", status=400, **key)


async def test_a_finished_export_says_what_it_lacks(server: Any) -> None:
    def draw(table: Any, format: str, *, missing: Any, **options: Any) -> list[tuple[str, bytes]]:
        missing(("学", "校"))
        return [("board.png", b"x")]

    entered = await server.enter()
    key = {"X_Classroom_Token": entered["token"]}
    server.extension.exports = Exports(draw)
    job = await server.call("classroom/api/export", {"format": "png"}, status=202, **key)
    assert job["missing"] == ""
    assert (await finished(server, job, key))["missing"] == "学 校"


async def test_exports_are_bounded_and_can_be_given_up(server: Any) -> None:
    going, seen = threading.Event(), []

    def draw(table: Any, format: str, *, progress: Any, cancelled: Any, **options: Any) -> list[tuple[str, bytes]]:
        seen.append({record.id for record in table})
        progress(1, 2)
        while not going.wait(0.01):
            if cancelled():
                return []
        return [("a.png", b"one"), ("b.png", b"two")]

    server.extension.exports = Exports(draw)
    entered = await server.enter()
    teacher = await server.connect(entered)
    await teacher.decided(await teacher.change(m.Put(Page(id="hidden", order="a2", audience="staff"))))
    key = {"X_Classroom_Token": entered["token"]}
    ana = {"X_Classroom_Token": (await server.join(entered, "Ana"))["token"]}
    jobs = [await server.call("classroom/api/export", {}, status=202, **key) for _ in range(2)]
    third = await server.call("classroom/api/export", {}, status=202, **ana)
    assert (await server.call("classroom/api/export", {}, status=429, **key))["code"] == "busy"
    await server.when(lambda: len(seen) >= 2)  # the teacher's first, and Ana's
    state = await server.call(f"classroom/api/export/{jobs[0]['job']}", method="GET", **key)
    assert (state["state"], state["done"], state["total"]) == ("running", 1, 2)
    assert (await server.fetch(f"classroom/api/export/{jobs[0]['job']}", "DELETE", **ana)).code == 404
    assert (await server.fetch(f"classroom/api/export/{jobs[0]['job']}", "DELETE", **key)).code == 204
    await server.call(f"classroom/api/export/{jobs[0]['job']}", method="GET", status=404, **key)
    going.set()
    assert (await finished(server, jobs[1], key))["name"] == "board.zip"
    file = await server.fetch(f"classroom/api/export/{jobs[1]['job']}?file", **key)
    assert zipfile.ZipFile(io.BytesIO(file.body)).namelist() == ["a.png", "b.png"]
    assert (await finished(server, third, ana))["state"] == "done"
    assert sorted("hidden" in ids for ids in seen) == [False, True, True]


async def test_exports_of_students_do_not_hold_up_those_of_staff(server: Any) -> None:
    going = threading.Event()

    def draw(table: Any, format: str, *, progress: Any, cancelled: Any, **options: Any) -> list[tuple[str, bytes]]:
        if len(table) < 4:  # a table of a teacher's own class; students' are stuck
            return [("a.png", b"one")]
        while not going.wait(0.01) and not cancelled():
            pass
        return [("a.png", b"two")]

    server.extension.exports = Exports(draw)
    entered, own = await server.enter(), await server.enter("Another class")
    people = [await server.join(entered, f"s{i}") for i in range(12)]
    codes = []
    for person in people * 3:
        key = {"X_Classroom_Token": person["token"]}
        codes.append((await server.fetch("classroom/api/export", "POST", {}, **key)).code)
    assert codes.count(202) == 17
    key = {"X_Classroom_Token": own["token"]}
    job = await server.call("classroom/api/export", {}, status=202, **key)
    assert (await finished(server, job, key))["state"] == "done"
    going.set()


async def test_one_person_sends_two_pictures_at_a_time(server: Any) -> None:
    entered = await server.enter()
    ana = await server.join(entered, "Ana")
    hub, streams = server.hub(entered), []
    for _ in range(2):
        stream = await TCPClient().connect("127.0.0.1", server.port)
        head = f"PUT {BASE}classroom/api/assets/new HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n"
        await stream.write(f"{head}X-Classroom-Token: {ana['token']}\r\n\r\nhalf".encode())
        streams.append(stream)
    await server.when(lambda: hub.uploading[ana["person"]] == 2)
    key = {"X_Classroom_Token": ana["token"]}
    assert (await server.fetch("classroom/api/assets/new", "PUT", png(), **key)).code == 429
    teacher = {"X_Classroom_Token": entered["token"]}
    assert (await server.fetch("classroom/api/assets/new", "PUT", png(), **teacher)).code == 201
    for stream in streams:
        stream.close()
    await server.when(lambda: hub.uploading[ana["person"]] == 0)
    assert (await server.fetch("classroom/api/assets/new", "PUT", png(), **key)).code == 201
    assert (await server.fetch("classroom/api/assets/new", "PUT", b"no picture", **key)).code == 415
    assert hub.uploading[ana["person"]] == 0
