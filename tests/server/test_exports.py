"""Exports over HTTP beyond pages of ink: pictures in them, selections, copies, zips, replays; what students have."""

from __future__ import annotations

import asyncio
import io
import json
import time
import zipfile
from typing import Any

from PIL import Image

from classroom.core import ink
from classroom.core import messages as m
from classroom.core.records import Ink, Item, Page, Picture
from classroom.render import Cancelled
from tests.server.peer import Server


def key_of(ticket: Any) -> dict[str, str]:
    return {"X_Classroom_Token": ticket["token"]}


def stroke(id: str, y: float, page: str = "page1", **fields: Any) -> m.Put:
    return m.Put(Ink(id=id, page=page, z="a" + id, width=40, points=ink.pack([[100, y], [1500, y]], 4), **fields))


async def file_of(server: Server, ticket: Any, **asked: Any) -> tuple[str, bytes]:
    """Name and content of an export, which must be made."""
    key = key_of(ticket)
    job = await server.call("classroom/api/export", asked, status=202, **key)
    path = f"classroom/api/export/{job['job']}"
    while job["state"] in ("waiting", "running"):
        await asyncio.sleep(0.01)
        job = await server.call(path, method="GET", **key)
    assert job["state"] == "done", job
    assert job["done"] == job["total"] > 0
    return job["name"], (await server.fetch(f"{path}?file", **key)).body


async def drawn(server: Server, ticket: Any, **asked: Any) -> Image.Image:
    _, data = await file_of(server, ticket, **{"format": "png", "scale": 0.5, **asked})
    return Image.open(io.BytesIO(data)).convert("RGB")


def inked(image: Image.Image, *ys: int) -> list[bool]:
    return [image.getpixel((400, y // 2)) != (255, 255, 255) for y in ys]


async def classroom(server: Server) -> tuple[Any, Any, Any, Any]:
    """Entered, a connected teacher, Ana and Bo; everyone may draw."""
    entered = await server.enter()
    teacher = await server.connect(entered)
    ana, bo = [await server.join(entered, name) for name in ("Ana", "Bo")]
    await teacher.decided(await teacher.change(m.Patch(("class",), {"draw": "all"})))
    return entered, teacher, ana, bo


async def test_pictures_come_from_the_class(server: Any) -> None:
    entered, teacher, ana, _ = await classroom(server)
    out = io.BytesIO()
    Image.new("RGB", (40, 30), (0, 200, 0)).save(out, "PNG")
    asset = json.loads((await server.fetch("classroom/api/assets/new", "PUT", out.getvalue(), **key_of(entered))).body)
    named = Picture(id="i", page="page1", z="a1", x=400, y=200, w=800, h=600, asset=asset["asset"])
    await teacher.decided(await teacher.change(m.Put(named)))
    for who in (entered, ana):
        image = await drawn(server, who)
        assert image.getpixel((400, 250)) == (0, 200, 0)
        assert image.getpixel((100, 250)) == (255, 255, 255)
    _, data = await file_of(server, ana, format="pdf")
    assert b"/XObject" in data


async def test_of_private_copies_everyone_has_their_own(server: Any) -> None:
    entered, teacher, ana, bo = await classroom(server)
    await teacher.decided(await teacher.change(m.Patch(("page1",), {"audience": "each"}), stroke("w", 100)))
    for ticket, y in ((ana, 300), (bo, 500)):
        peer = await server.connect(ticket)
        accepted = await peer.decided(await peer.change(stroke(f"s{y}", y, copy=ticket["person"])))
        assert not isinstance(accepted, m.Refuse)
    ys = (100, 300, 500)
    assert inked(await drawn(server, entered), *ys) == [True, False, False]
    assert inked(await drawn(server, entered, copy=""), *ys) == [True, False, False]
    assert inked(await drawn(server, entered, copy=bo["person"]), *ys) == [True, False, True]
    assert inked(await drawn(server, ana), *ys) == [True, True, False]
    assert inked(await drawn(server, ana, copy=""), *ys) == [True, False, False]
    await server.call("classroom/api/export", {"copy": bo["person"]}, status=403, **key_of(ana))
    failed = await server.call("classroom/api/export", {"ids": ["s500"]}, status=202, **key_of(ana))
    while failed["state"] in ("waiting", "running"):
        failed = await server.call(f"classroom/api/export/{failed['job']}", method="GET", **key_of(ana))
    assert (failed["state"], failed["code"]) == ("failed", "cannot-export")
    assert "not there" in failed["sentence"]


async def test_a_selection_is_one_picture_of_it(server: Any) -> None:
    entered, teacher, ana, _ = await classroom(server)
    await teacher.decided(await teacher.change(stroke("a", 100), stroke("b", 700)))
    for who in (entered, ana):
        image = await drawn(server, who, ids=["b"], scale=1)
        assert image.size == (1400 + 40 + 40, 40 + 40)


async def test_a_zip_has_a_picture_of_each_page(server: Any) -> None:
    entered, teacher, _, _ = await classroom(server)
    await teacher.decided(await teacher.change(m.Put(Page(id="page2", order="a2", width=1240, height=1754))))
    name, data = await file_of(server, entered, format="zip", scale=0.1)
    assert name == "board.zip"
    archive = zipfile.ZipFile(io.BytesIO(data))
    sizes = [Image.open(io.BytesIO(archive.read(inner))).size for inner in archive.namelist()]
    assert sizes == [(160, 90), (124, 175)]


async def test_replays_are_for_staff(server: Any) -> None:
    entered, teacher, ana, _ = await classroom(server)
    for number in range(5):
        await teacher.decided(await teacher.change(stroke(f"s{number}", 100 + 150 * number)))
    for asked, format, name in (
        ({"format": "gif"}, "GIF", "lesson.gif"),
        ({"format": "apng"}, "PNG", "lesson.png"),
        ({"format": "webp", "replay": True}, "WEBP", "lesson.webp"),
    ):
        told, data = await file_of(server, entered, width=200, speed=0.2, **asked)
        image = Image.open(io.BytesIO(data))
        assert (told, image.format, image.size) == (name, format, (200, 112))
        assert getattr(image, "n_frames", 1) > 2
        await server.call("classroom/api/export", asked, status=403, **key_of(ana))
    await server.call("classroom/api/export", {"format": "pdf", "replay": True}, status=400, **key_of(entered))
    name, data = await file_of(server, entered, format="webp", scale=0.1)
    assert (name, getattr(Image.open(io.BytesIO(data)), "n_frames", 1)) == ("board.webp", 1)


async def test_a_replay_tells_how_far_it_is_and_can_be_given_up(server: Any) -> None:
    entered, teacher, _, _ = await classroom(server)
    for number in range(12):
        await teacher.decided(await teacher.change(stroke(f"s{number}", 50 + 70 * number)))
    key = key_of(entered)
    asked = {"format": "gif", "width": 1200, "speed": 0.1, "pause": 60}
    job = await server.call("classroom/api/export", asked, status=202, **key)
    path = f"classroom/api/export/{job['job']}"
    known = server.extension.exports._jobs[job["job"]]
    await server.when(lambda: 2 <= known.done < known.total)
    told = await server.call(path, method="GET", **key)
    assert told["state"] == "running"
    assert (await server.fetch(path, "DELETE", **key)).code == 204
    await asyncio.wait_for(known.task, 15)
    assert known.code == "cancelled"
    await server.call(path, method="GET", status=404, **key)


async def test_the_lesson_as_a_document(server: Any) -> None:
    entered, teacher, ana, _ = await classroom(server)
    item = Item(id="i1", kind="exercise", order="a", text="How many?", solution="SEVEN")
    await teacher.decided(
        await teacher.change(m.Put(item), m.Patch(("page1",), {"audience": "each"}), stroke("w", 100))
    )
    student = await server.connect(ana)
    await student.decided(await student.change(stroke("s", 300, copy=ana["person"])))
    documents = []
    for who in (entered, ana):
        name, data = await file_of(server, who, format="md", scale=0.1)
        assert name == "lesson.zip"
        archive = zipfile.ZipFile(io.BytesIO(data))
        assert archive.namelist() == ["lesson.md", "lesson-pictures/page-1.png"]
        assert (
            archive.read("lesson.md").decode().endswith("How many?\n\n![Board, page 1](lesson-pictures/page-1.png)\n")
        )
        name, data = await file_of(server, who, format="ipynb", scale=0.1)
        assert name == "lesson.ipynb"
        documents.append((archive.read("lesson-pictures/page-1.png"), data))
    assert documents[0] == documents[1], "everyone's is the same, without private copies"
    assert b"SEVEN" not in documents[0][1]


async def test_what_is_given_up_in_line_holds_nothing(server: Any) -> None:
    entered, _, ana, _ = await classroom(server)
    hub = server.hub(entered)
    exports = server.extension.exports
    async with exports._turns[False]:  # somebody else's is running
        for _ in range(20):
            job = await server.call("classroom/api/export", {}, status=202, **key_of(ana))
            held = exports.get((hub.class_id, ana["person"]), job["job"])
            await server.call(f"classroom/api/export/{job['job']}", method="DELETE", status=204, **key_of(ana))
            await server.when(held.task.done)


async def test_a_student_is_not_drawn_for_without_end(server: Any, monkeypatch: Any) -> None:
    _, _, ana, bo = await classroom(server)
    monkeypatch.setattr("classroom.server.exports.SECONDS", 0.2)
    exports = server.extension.exports

    def without_end(table: Any, format: str, **options: Any) -> Any:
        while not options["cancelled"]():
            time.sleep(0.005)
        raise Cancelled

    drawing = exports._draw
    exports._draw = without_end
    job = await server.call("classroom/api/export", {}, status=202, **key_of(ana))
    while job["state"] != "failed":
        job = await server.call(f"classroom/api/export/{job['job']}", method="GET", **key_of(ana))
    assert job["code"] == "too-long"
    exports._draw = drawing
    assert await file_of(server, bo)
