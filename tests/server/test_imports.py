"""PDFs on their way in, over real HTTP: forty pages, and those that nobody should be harmed by."""

from __future__ import annotations

import asyncio
import io
import json
import signal
import tempfile
from pathlib import Path
from typing import Any

import pytest
from fpdf import FPDF
from fpdf.enums import EncryptionMethod
from PIL import Image

from classroom.core import messages as m
from classroom.core.records import Page
from classroom.server import pdf_pages
from tests.server.peer import BASE

PDF = "classroom/api/import/pdf"


def pdf(*sizes: tuple[float, float], password: str = "") -> bytes:
    """A PDF with a red number-sized square on pages of these sizes, in points."""
    made = FPDF(unit="pt")
    for number, size in enumerate(sizes, 1):
        made.add_page(format=size)
        made.set_fill_color(255, 0, 0)
        made.rect(0, 0, size[0] / 2, size[1] / 2, style="F")
        made.set_font("helvetica", size=24)
        made.text(size[0] * 0.6, size[1] * 0.8, f"Page {number}")
    if password:
        made.set_encryption("owner", password, EncryptionMethod.RC4)
    return bytes(made.output())


A4, SLIDE = (595.28, 841.89), (960.0, 540.0)


def key_of(ticket: Any) -> dict[str, str]:
    return {"X_Classroom_Token": ticket["token"]}


@pytest.fixture(autouse=True)
def _nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    folder = tmp_path / "incoming"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield
    assert list(folder.glob("classroom-*")) == []


async def imported(server: Any, ticket: Any, data: bytes) -> Any:
    """The job as it ended."""
    key = key_of(ticket)
    job = await server.call(PDF, data, status=202, **key, Content_Type="application/pdf")
    assert set(job) == {"job", "state", "done", "total", "code", "sentence", "pages"}
    while job["state"] in ("waiting", "running"):
        await asyncio.sleep(0.02)
        job = await server.call(f"classroom/api/import/{job['job']}", method="GET", **key)
        assert job["done"] == len(job["pages"])
    return job


async def test_a_pdf_of_40_pages_becomes_40_pages(server: Any) -> None:
    entered = await server.enter()
    teacher = await server.connect(entered)
    sizes = [A4 if number % 2 else SLIDE for number in range(40)]
    job = await imported(server, entered, pdf(*sizes))
    assert (job["state"], job["done"], job["total"]) == ("done", 40, 40)
    expected = [(1240, 1754) if number % 2 else (1600, 900) for number in range(40)]
    assert [(page["width"], page["height"]) for page in job["pages"]] == expected
    assert len({page["asset"] for page in job["pages"]}) == 40
    for page, side in ((job["pages"][0], 0), (job["pages"][39], 1)):
        data = (await server.fetch(f"classroom/api/assets/{page['asset']}", **key_of(entered))).body
        image = Image.open(io.BytesIO(data)).convert("RGB")
        assert image.size[side] >= 2 * (page["width"], page["height"])[side] * 0.99
        assert image.getpixel((10, 10)) == (255, 0, 0)
        assert image.getpixel((image.width - 10, image.height - 10)) == (255, 255, 255)
    puts = [
        m.Put(Page(id=f"pdf{n}", order=f"b{n:02}", width=page["width"], height=page["height"], asset=page["asset"]))
        for n, page in enumerate(job["pages"])
    ]
    assert not isinstance(await teacher.decided(await teacher.change(*puts)), m.Refuse)
    ana = await server.join(entered, "Ana")
    path = f"classroom/api/assets/{job['pages'][3]['asset']}"
    assert (await server.fetch(path, **key_of(ana))).code == 200


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (pdf(A4, password="secret"), "encrypted-pdf", "password"),
        (pdf(*[(72, 72)] * 201), "too-many-pages", "201 pages; up to 200 fit"),
        (b"%PDF-1.7\n" + bytes(5_000), "not-a-pdf", "read"),
        (pdf(A4)[:700], "not-a-pdf", "read"),
    ],
    ids=["encrypted", "too many", "broken", "truncated"],
)
async def test_what_cannot_be_imported_says_why(server: Any, data: bytes, code: str, words: str) -> None:
    entered = await server.enter()
    job = await imported(server, entered, data)
    assert (job["state"], job["code"], job["pages"]) == ("failed", code, [])
    assert words in job["sentence"]


async def test_huge_pages_become_pictures_of_a_fair_size(server: Any) -> None:
    entered = await server.enter()
    job = await imported(server, entered, pdf((14_400, 14_400), (14_400, 20), (3, 9_000)))
    assert job["state"] == "done", job
    assert [(page["width"], page["height"]) for page in job["pages"]] == [(1600, 1600), (1600, 100), (1240, 20_000)]
    for page in job["pages"]:
        data = (await server.fetch(f"classroom/api/assets/{page['asset']}", **key_of(entered))).body
        width, height = Image.open(io.BytesIO(data)).size
        assert width * height <= pdf_pages.PIXELS * 1.01
        assert max(width, height) <= 4_096


async def test_other_files_and_other_people_are_refused_at_the_door(server: Any) -> None:
    entered = await server.enter()
    ana = await server.join(entered, "Ana")
    told = await server.call(PDF, b"\x89PNG\r\n\x1a\n" + bytes(100), status=415, **key_of(entered))
    assert told["code"] == "not-a-pdf"
    assert told["sentence"] == "That file is not a PDF. Choose a PDF, or drop a picture on the board."
    await server.call(PDF, b"", status=415, **key_of(entered))
    await server.call(PDF, pdf(A4), status=403, **key_of(ana))
    await server.call(PDF, pdf(A4), status=401)
    job = await imported(server, entered, pdf(A4))
    for key in (key_of(ana), key_of(await server.enter("Another class"))):
        assert (await server.fetch(f"classroom/api/import/{job['job']}", **key)).code in (403, 404)
        assert (await server.fetch(f"classroom/api/import/{job['job']}", "DELETE", **key)).code in (403, 404)


async def test_a_claim_past_100_MB_is_answered_before_it_is_sent(server: Any) -> None:
    entered = await server.enter()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    head = f"POST {BASE}{PDF} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Classroom-Token: {entered['token']}\r\n"
    writer.write(f"{head}Content-Length: 2000000000\r\n\r\n%PDF-".encode())
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"This PDF is 2.0 GB; up to 100 MB fits." in answer


async def test_whoever_hangs_up_while_sending_leaves_nothing(server: Any) -> None:
    entered = await server.enter()
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    head = f"POST {BASE}{PDF} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Classroom-Token: {entered['token']}\r\n"
    writer.write(f"{head}Content-Length: 50000\r\n\r\n%PDF-".encode() + bytes(1000))
    folder = Path(tempfile.gettempdir())
    await server.when(lambda: any(file.stat().st_size > 1000 for file in folder.glob("classroom-*")))
    writer.close()
    await server.when(lambda: not list(folder.glob("classroom-*")))


CHILDREN = {
    "hangs": "import time; time.sleep(1000)",
    "hangs in a line": "import sys, time; print('{\"tot', end=''); sys.stdout.flush(); time.sleep(1000)",
    "crashes": "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
    "says nothing": "pass",
    "says nonsense": "print('[' * 900)",
    "says a page without end": "import json; print(json.dumps({'total': 1})); "
    "print(json.dumps({'w': 4000, 'h': 10**9, 'stride': 12000, 'mode': 'RGB', 'width': 1, 'height': 1}))",
    "says half a page": "import json; print(json.dumps({'total': 1})); "
    "print(json.dumps({'w': 40, 'h': 40, 'stride': 120, 'mode': 'RGB', 'width': 1, 'height': 1}))",
    "says no size": "import json; print(json.dumps({'total': 1})); "
    "print(json.dumps({'w': 1, 'h': 1, 'stride': 3, 'mode': 'RGB', 'width': float('nan'), 'height': 1}) + '\\nabc')",
    "says too many": "import json; print(json.dumps({'total': 10**12}))",
}


@pytest.mark.parametrize("does", CHILDREN)
async def test_a_process_that_does_ill_harms_nobody(server: Any, does: str, monkeypatch: pytest.MonkeyPatch) -> None:
    entered = await server.enter()
    monkeypatch.setattr(pdf_pages, "PAGE_SECONDS", 0.5)
    monkeypatch.setattr(pdf_pages, "COMMAND", ("-c", CHILDREN[does]))
    job = await imported(server, entered, pdf(A4))
    assert job["state"] == "failed"
    assert job["code"] in ("pdf-too-hard", "not-a-pdf")
    assert job["sentence"].endswith(".")
    assert ("too long" in job["sentence"]) == does.startswith("hangs")


async def test_an_import_can_be_given_up_and_its_process_ends(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    entered = await server.enter()
    started: list[Any] = []
    popen = pdf_pages.subprocess.Popen
    monkeypatch.setattr(pdf_pages.subprocess, "Popen", lambda *a, **k: started.append(popen(*a, **k)) or started[-1])
    monkeypatch.setattr(pdf_pages, "COMMAND", ("-c", CHILDREN["hangs"]))
    key = key_of(entered)
    job = await server.call(PDF, pdf(A4), status=202, **key)
    busy = await server.call(PDF, pdf(A4), status=429, **key)
    assert busy["code"] == "busy"
    await server.when(lambda: started)
    task = server.extension.imports._jobs[job["job"]].task
    assert (await server.fetch(f"classroom/api/import/{job['job']}", "DELETE", **key)).code == 204
    await server.call(f"classroom/api/import/{job['job']}", method="GET", status=404, **key)
    await asyncio.wait_for(task, 10)
    assert started[0].returncode == -signal.SIGKILL
    monkeypatch.setattr(pdf_pages, "COMMAND", pdf_pages.PROCESS)
    assert (await imported(server, entered, pdf(A4)))["state"] == "done"


def test_the_process_is_told_nothing_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLASSROOM_CONNECTION", "/secret")
    monkeypatch.setenv("JUPYTER_TOKEN", "secret")
    assert "secret" not in json.dumps(pdf_pages._environment())
