"""What the disk can do to a class: it is full, the file is held by another process, it is no class at all."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from classroom.core import messages as m
from classroom.core import table
from classroom.core.errors import DiskFull, StoreError
from tests.server.peer import TOKEN, note


@pytest.mark.parametrize(
    ("error", "code"), [(DiskFull(), "disk-full"), (StoreError("odd"), "not-saved"), (OSError("io"), "not-saved")]
)
async def test_a_tick_that_cannot_be_written_is_refused_and_the_class_goes_on(
    server: Any, error: Exception, code: str
) -> None:
    entered = await server.enter()
    teacher = await server.connect(entered)
    ana = await server.connect(await server.join(entered, "Ana"))
    await teacher.decided(await teacher.change(note("n1")))
    await ana.sync(teacher.upto)

    def full(point: str) -> None:
        if point == "commit":
            raise error

    server.extension.fault = full
    refuse = await teacher.decided(await teacher.change(note("n2")))
    assert isinstance(refuse, m.Refuse)
    assert refuse.code == code
    body = {"class": entered["class"], "secret": entered["fragments"]["student"].split(".")[1], "name": "Bob"}
    refused = await server.call("classroom/api/join", body, status=507 if code == "disk-full" else 503)
    assert refused["code"] == code
    await ana.say(m.Ping(1))
    await ana.until(m.Pong)
    server.extension.fault = None
    await teacher.say(m.Change(refuse.number, (note("n2"),)))
    assert isinstance(await teacher.decided(refuse.number), m.Changes)
    await ana.sync(teacher.upto)
    assert ana.table.get("n2") is not None
    assert (await server.call("classroom/api/join", body))["person"]
    await teacher.sync(server.hub(entered).room.seq)
    assert table.equal(teacher.table, server.hub(entered).room.table)


async def test_a_disk_that_is_really_full(server: Any, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "classroom-test", str(disk)]
    if shutil.which("mount") is None:
        pytest.skip("there is no mount here")
    if not sys.platform.startswith("linux") or subprocess.run(mount, capture_output=True, check=False).returncode:  # noqa: ASYNC221
        pytest.skip("a small disk can be mounted by root only")
    school = server.extension.school
    try:
        school.folder = type(school.folder)(disk)
        entered = await server.enter("Small disk")
        teacher = await server.connect(entered)
        refused = None
        for i in range(400):
            decided = await teacher.decided(await teacher.change(note(f"n{i}", "x" * 3_900)))
            if isinstance(decided, m.Refuse):
                refused = decided
                break
        assert refused is not None
        assert refused.code == "disk-full"
        await teacher.say(m.Ping(1))
        await teacher.until(m.Pong)
        assert f"n{i - 1}" in {r.id for r in server.hub(entered).room.table}
        await school.close()
        school._closed = False
        again = await server.connect(entered)
        assert again.table.get(f"n{i - 1}") is not None
        assert again.table.get(f"n{i}") is None
        again.close()
        await school.close()
    finally:
        subprocess.run(["umount", "-l", str(disk)], capture_output=True, check=False)  # noqa: ASYNC221


async def test_a_class_that_another_process_holds(server: Any) -> None:
    entered = await server.enter("Held")
    ticket = await server.join(entered, "Ana")
    school = server.extension.school
    other = await server.enter("Another")
    path = server.hub(entered).store.path
    await school.close()
    school._closed = False
    script = (
        "import sys, time\nfrom classroom.store.sqlite import SqliteStore\n"
        f"s = SqliteStore({str(path)!r})\ns.open()\nprint('held', flush=True)\nsys.stdin.read()\ns.close()\n"
    )
    holder = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        script,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=str(Path(__file__).parents[2]),
    )
    try:
        assert await holder.stdout.readline() == b"held\n"
        refused = await server.call(
            "classroom/api/enter", {"title": "Held"}, status=409, Authorization=f"token {TOKEN}"
        )
        assert refused["code"] == "in-use"
        assert "another Jupyter" in refused["sentence"]
        refused = await server.call("classroom/api/look?class=" + entered["class"], method="GET", status=409)
        assert refused["code"] == "in-use"
        window = await server.connect(ticket, settle=False)
        bye, _ = await window.bye()
        assert bye.again
        teacher = await server.connect(other)
        await teacher.decided(await teacher.change(note("n1")))
    finally:
        holder.stdin.close()
        await holder.wait()
        holder._transport.close()
    assert (await server.enter("Held"))["class"] == entered["class"]


async def test_a_file_that_is_not_a_class(server: Any) -> None:
    other = await server.enter("Fine")
    folder = server.extension.school.folder.path
    impostor = folder / "notes-abcdefghij.classroom"
    impostor.write_bytes(b"dear diary " * 1000)
    refused = await server.call(
        "classroom/api/enter", {"class": "abcdefghij"}, status=409, Authorization=f"token {TOKEN}"
    )
    assert refused["code"] == "not-a-class"
    assert impostor.read_bytes() == b"dear diary " * 1000
    assert [p.name for p in folder.glob("notes-*")] == [impostor.name]
    listed = await server.call("classroom/api/classes", method="GET", Authorization=f"token {TOKEN}")
    assert {c["title"] for c in listed["classes"]} >= {"Fine"}
    teacher = await server.connect(other)
    await teacher.decided(await teacher.change(note("n1")))


async def test_a_class_that_is_not_there(server: Any) -> None:
    refused = await server.call(
        "classroom/api/enter", {"class": "zzzzzzzzzz"}, status=404, Authorization=f"token {TOKEN}"
    )
    assert refused["code"] == "no-class"
