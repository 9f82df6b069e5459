"""Pasting drawings of other programs: who may, what comes back, what is stored, what is refused."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from typing import Any

import msgspec
from PIL import Image

from classroom.core import messages as m
from classroom.core import records as r
from tests.foreign.test_excalidraw import FEATURES, element

OBJECTS = "classroom/api/objects"


def drawing(*elements: Any, files: Any = None) -> bytes:
    return json.dumps({"type": "excalidraw/clipboard", "elements": elements, "files": files or {}}).encode()


async def test_a_drawing_comes_back_as_records_without_a_place(server: Any) -> None:
    teacher = await server.enter()
    student = await server.join(teacher, "Ana")
    for token in (teacher["token"], student["token"]):
        answer = await server.fetch(OBJECTS, "POST", drawing(*FEATURES), **{"X-Classroom-Token": token})
        assert answer.code == 200
        given = json.loads(answer.body)
        assert len(given["objects"]) == len(FEATURES)
        for n, one in enumerate(given["objects"]):
            assert not {"page", "z", "author", "time", "copy"} & set(one)
            if one["type"] == "ink":
                one["points"] = base64.b64decode(one["points"])
            record: Any = msgspec.convert({**one, "id": f"r{n}", "page": "P", "z": "a1"}, r.TYPES[one["type"]])
            if isinstance(record, r.TextBox):
                assert record.lines
                assert record.h > 0


async def test_pictures_inside_are_stored_and_may_be_named(server: Any) -> None:
    teacher = await server.enter()
    student = await server.join(teacher, "Ana")
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "blue").save(out, "PNG")
    good = "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
    files = {"a": {"dataURL": good}, "b": {"dataURL": "data:image/png;base64,AAAA"}}
    body = drawing(element("image", fileId="a"), element("image", id="b", fileId="b"), files=files)
    answer = await server.fetch(OBJECTS, "POST", body, **{"X-Classroom-Token": student["token"]})
    given = json.loads(answer.body)
    (one,) = given["objects"]
    assert given["left_out"] == ["Pictures that could not be read: 1."]
    path = f"classroom/api/assets/{one['asset']}"
    assert (await server.fetch(path, **{"X-Classroom-Token": student["token"]})).code == 200
    other = await server.join(teacher, "Bo")
    assert (await server.fetch(path, **{"X-Classroom-Token": other["token"]})).code == 404


async def test_rubbish_size_and_strangers_are_refused_with_a_sentence(server: Any) -> None:
    teacher = await server.enter()
    token = {"X-Classroom-Token": teacher["token"]}
    for body in (b"", b"hello", b"[" * 200_000, b'{"type":"excalidraw","elements":[]}'):
        answer = await server.fetch(OBJECTS, "POST", body, **token)
        assert answer.code == 415
        assert json.loads(answer.body)["sentence"].endswith(".")
    answer = await server.fetch(OBJECTS, "POST", b" " * 5_000_001, **token)
    assert answer.code == 413
    assert "up to 5 MB fits" in json.loads(answer.body)["sentence"]
    assert (await server.fetch(OBJECTS, "POST", drawing(*FEATURES))).code == 401
    # An observer reads only.
    watcher = await server.join(teacher, "Wes")
    peer = await server.connect(teacher)
    await peer.decided(await peer.change(m.Patch((watcher["person"],), {"role": "observer"})))
    answer = await server.fetch(OBJECTS, "POST", drawing(*FEATURES), **{"X-Classroom-Token": watcher["token"]})
    assert answer.code == 403


async def test_one_person_has_two_drawings_read_at_a_time_even_when_they_hang_up(server: Any) -> None:
    teacher = await server.enter()
    ana, bo = [await server.join(teacher, name) for name in ("Ana", "Bo")]
    hub = server.hub(teacher)
    async with server.extension.decoding, server.extension.decoding:  # others' pictures are being decoded
        asked = [
            asyncio.ensure_future(server.fetch(OBJECTS, "POST", drawing(), **{"X-Classroom-Token": ana["token"]}))
            for _ in range(5)
        ]
        done, waiting = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        while len(done) < 3:
            more, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            done |= more
        assert [(await one).code for one in done] == [429] * 3
        # Who hangs up once all is sent has it read all the same, so it counts until then.
        head = f"POST /user/ann/{OBJECTS} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Classroom-Token: {bo['token']}\r\n"
        for number in (1, 2):
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(f"{head}Content-Length: {len(drawing())}\r\n\r\n".encode() + drawing())
            await writer.drain()
            await server.when(lambda number=number: len(server.extension.decoding._waiters) == 2 + number)
            writer.close()
            await writer.wait_closed()
        await asyncio.sleep(0.05)
        again = await server.fetch(OBJECTS, "POST", drawing(), **{"X-Classroom-Token": bo["token"]})
        assert again.code == 429
    assert [(await one).code for one in waiting] == [415, 415]
    await server.when(lambda: not any(hub.reading.values()))
