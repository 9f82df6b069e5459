"""Pictures on their way in and out of a class over real HTTP: what is taken, what is refused and how, who gets what."""

from __future__ import annotations

import asyncio
import io
import json
import os
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from classroom.core import messages as m
from classroom.core.records import Page, Picture
from classroom.server import pictures
from tests.server.peer import BASE

NEW = "classroom/api/assets/new"


def encoded(image: Image.Image, format: str, **more: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **more)
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))


def png_that_says(width: int, height: int) -> bytes:
    head = struct.pack("!IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


def photo(width: int, height: int) -> Image.Image:
    """Smooth with some noise, as a camera sees: black at the left, white at the right."""
    ramp = np.linspace(0, 235, width, dtype=np.uint8)[None, :, None]
    noise = np.random.default_rng(1).integers(0, 20, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(ramp + noise)


async def opened(server: Any) -> tuple[Any, dict[str, str], Any, dict[str, str]]:
    """Class, the teacher's key, Ana, her key."""
    entered = await server.enter()
    ana = await server.join(entered, "Ana")
    return entered, {"X_Classroom_Token": entered["token"]}, ana, {"X_Classroom_Token": ana["token"]}


async def test_a_photo_of_20_megapixels_is_taken_and_scaled(server: Any) -> None:
    _, key, _, _ = await opened(server)
    exif = Image.Exif()
    exif[0x0112] = 6  # held upright
    exif[0x010E] = "where I live"
    data = encoded(photo(5184, 3888), "JPEG", quality=93, exif=exif)
    assert 1_000_000 < len(data) < 20_000_000
    sent = await server.fetch(NEW, "PUT", data, **key)
    assert sent.code == 201, sent.body
    told = json.loads(sent.body)
    assert (told["width"], told["height"], told["mime"]) == (3072, 4096, "image/jpeg")
    kept = await server.fetch(f"classroom/api/assets/{told['asset']}", **key)
    assert len(kept.body) == told["size"]
    assert kept.headers["Content-Type"] == "image/jpeg"
    assert b"where I live" not in kept.body
    image = Image.open(io.BytesIO(kept.body))
    assert image.size == (3072, 4096)
    top, bottom = image.getpixel((1500, 100)), image.getpixel((1500, 4000))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[0] < 40 < 200 < bottom[0], "what was left is on top"


REFUSED = {
    "bomb": (png_that_says(60_000, 60_000), 413, "too-many-pixels", "pixels"),
    "a little bomb": (png_that_says(8_000, 8_000), 413, "too-many-pixels", "64 million pixels; up to 50 million fit"),
    "2 GB in the head": (png_that_says(2**31 - 1, 2**31 - 1), 413, "too-many-pixels", "pixels"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "not-a-picture", "SVG"),
    "svg with a script": (
        b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        415,
        "not-a-picture",
        "SVG",
    ),
    "truncated png": (encoded(photo(400, 300), "PNG")[:20_000], 415, "not-a-picture", "damaged"),
    "truncated jpeg": (encoded(photo(400, 300), "JPEG")[:5_000], 415, "not-a-picture", "damaged"),
    "text": (b"Dear Sir or Madam,", 415, "not-a-picture", "not a picture"),
    "html": (b"<html><img src=x onerror=alert(1)></html>", 415, "not-a-picture", "not a picture"),
    "pdf": (b"%PDF-1.7\n", 415, "not-a-picture", "not a picture"),
    "nothing": (b"", 415, "not-a-picture", "not a picture"),
    "tiff": (encoded(photo(40, 30), "TIFF"), 415, "not-a-picture", "not a picture"),
}


async def test_what_is_refused_says_why(server: Any) -> None:
    _, key, _, _ = await opened(server)
    for name, (data, status, code, words) in REFUSED.items():
        answer = await server.fetch(NEW, "PUT", data, **key)
        told = json.loads(answer.body)
        assert (name, answer.code, told["code"]) == (name, status, code)
        assert words in told["sentence"], name
        assert told["sentence"].endswith(".")
    assert (await server.fetch(NEW, "PUT", encoded(photo(40, 30), "PNG"), **key)).code == 201, "the door still works"


async def test_a_picture_of_more_bytes_than_fit(server: Any) -> None:
    _, key, _, _ = await opened(server)
    answer = await server.fetch(NEW, "PUT", os.urandom(20_000_001), **key)
    told = json.loads(answer.body)
    assert (answer.code, told["code"], told["parameters"]) == (
        413,
        "too-large",
        {"limit": 20_000_000, "size": 20_000_001},
    )
    assert told["sentence"] == "This picture is 20 MB; up to 20 MB fits. Make it smaller and drop it again."


@pytest.mark.parametrize("claim", ["2000000000", "99999999999999999999999", "-5", "many"])
async def test_a_claim_of_2_GB_is_answered_before_it_is_sent(server: Any, claim: str) -> None:
    _, key, _, _ = await opened(server)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    token = key["X_Classroom_Token"]
    head = (
        f"PUT {BASE}{NEW} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Classroom-Token: {token}\r\nContent-Length: {claim}\r\n\r\n"
    )
    writer.write(head.encode() + b"\x89PNG")
    answer = await reader.read()
    writer.close()
    if claim == "2000000000":
        assert answer.startswith(b"HTTP/1.1 413")
        assert b"This picture is 2.0 GB; up to 20 MB fits." in answer
    else:
        assert b"201" not in answer[:20]
    assert (await server.fetch(NEW, "PUT", encoded(photo(40, 30), "PNG"), **key)).code == 201


def test_of_an_animation_the_first_frame_is_kept() -> None:
    frames = [Image.new("RGB", (20, 10), colour) for colour in ("red", "blue", "green")]
    for format in ("GIF", "WEBP", "PNG"):
        data = encoded(frames[0], format, save_all=True, append_images=frames[1:], duration=100)
        made = pictures.clean(data)
        image = Image.open(io.BytesIO(made.data))
        assert getattr(image, "n_frames", 1) == 1
        red = image.convert("RGB").getpixel((5, 5))
        assert isinstance(red, tuple)
        assert red[0] > 240 > 15 > red[2]


def test_colours_of_another_space_are_those_of_a_screen() -> None:
    """A profile whose red and green are swapped: whoever reads it sees the other colour."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack("!I", data[128:132])[0]
    for at in range(132, 132 + 12 * count, 12):
        data[at : at + 4] = {b"rXYZ": b"gXYZ", b"gXYZ": b"rXYZ"}.get(bytes(data[at : at + 4]), bytes(data[at : at + 4]))
    made = pictures.clean(encoded(Image.new("RGB", (20, 20), (255, 0, 0)), "PNG", icc_profile=bytes(data)))
    image = Image.open(io.BytesIO(made.data))
    assert "icc_profile" not in image.info
    green = image.getpixel((5, 5))
    assert isinstance(green, tuple)
    assert green[1] > 240 > 30 > green[0]
    hostile = encoded(Image.new("RGB", (20, 20), (255, 0, 0)), "PNG", icc_profile=b"no profile" * 100)
    assert Image.open(io.BytesIO(pictures.clean(hostile).data)).getpixel((5, 5)) == (255, 0, 0)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK"])
def test_every_mode_is_shown_as_it_looks(mode: str) -> None:
    if mode == "I;16":
        image = Image.fromarray(np.full((30, 40), 40_000, dtype=np.uint16))
        expected = 156
    else:
        image, expected = Image.new("L", (40, 30), 255).convert(mode), 255
    made = pictures.clean(encoded(image, "JPEG" if mode == "CMYK" else "PNG"))
    shown = Image.open(io.BytesIO(made.data)).convert("RGB").getpixel((5, 5))
    assert isinstance(shown, tuple)
    assert all(abs(value - expected) <= 1 for value in shown)


def test_a_photo_saved_as_png_is_kept_as_a_photo_and_a_drawing_is_not() -> None:
    assert pictures.clean(encoded(photo(2000, 1500), "PNG")).mime == "image/jpeg"
    lines = Image.new("RGB", (2000, 1500), "white")
    assert pictures.clean(encoded(lines, "PNG")).mime == "image/png"
    seen_through = photo(2000, 1500).convert("RGBA")
    seen_through.putalpha(128)
    assert pictures.clean(encoded(seen_through, "PNG")).mime == "image/png"


def shown(id: str, asset: str, **more: Any) -> m.Put:
    return m.Put(
        Picture(**{"id": id, "page": "page1", "z": "a1", "x": 0, "y": 0, "w": 40, "h": 30, "asset": asset, **more})
    )


async def sent(server: Any, key: Any, seed: int = 1) -> str:
    answer = await server.fetch(NEW, "PUT", encoded(Image.new("RGB", (40, 30), (seed, 2, 3)), "PNG"), **key)
    assert answer.code == 201
    return str(json.loads(answer.body)["asset"])


async def test_a_record_names_only_what_is_there(server: Any) -> None:
    entered, key, _, _ = await opened(server)
    teacher = await server.connect(entered)
    for op in (
        shown("i1", "0" * 64),
        m.Put(Page(id="page9", order="a9", asset="0" * 64)),
        m.Patch(("page1",), {"asset": "0" * 64}),
    ):
        refused = await teacher.decided(await teacher.change(op))
        assert (refused.code, refused.parameters) == ("no-asset", {"asset": "0" * 64})
    asset = await sent(server, key)
    accepted = await teacher.decided(await teacher.change(shown("i1", asset), m.Patch(("page1",), {"asset": asset})))
    assert not isinstance(accepted, m.Refuse)
    assert not isinstance(await teacher.decided(await teacher.change(m.Patch(("page1",), {"asset": ""}))), m.Refuse)


async def test_nobody_gets_at_a_hidden_picture_by_its_name(server: Any) -> None:
    """A student who knows the SHA-256 of a picture on a page for staff can neither fetch it nor put it on the board."""
    entered, key, ana, hers = await opened(server)
    teacher, student = await server.connect(entered), await server.connect(ana)
    await teacher.decided(await teacher.change(m.Patch(("class",), {"draw": "all"})))
    asset = await sent(server, key)
    path = f"classroom/api/assets/{asset}"
    await teacher.decided(
        await teacher.change(m.Put(Page(id="page2", order="a2", audience="staff")), shown("i1", asset, page="page2"))
    )
    refused = await student.decided(await student.change(shown("i2", asset)))
    assert (type(refused), refused.code) == (m.Refuse, "no-asset")
    assert (await server.fetch(path, **hers)).code == 404
    own = await sent(server, hers, seed=9)
    assert not isinstance(await student.decided(await student.change(shown("i3", own))), m.Refuse)
    refused = await student.decided(await student.change(m.Patch(("i3",), {"asset": asset})))
    assert refused.code == "no-asset"

    # Shown, it may be copied; hidden again, it is gone at once, and only the copy shows it.
    await teacher.decided(await teacher.change(m.Patch(("page2",), {"audience": "all"})))
    assert (await server.fetch(path, **hers)).code == 200
    await teacher.decided(await teacher.change(m.Patch(("page2",), {"audience": "staff"})))
    assert (await server.fetch(path, **hers)).code == 404
    await teacher.decided(await teacher.change(m.Remove(("i1",))))
    copied = await student.decided(await student.change(shown("i4", asset)))
    assert not isinstance(copied, m.Refuse), "what one was given one may put down again"
    assert (await server.fetch(path, **hers)).code == 200


async def test_an_upload_is_its_sender_s_before_any_record_names_it(server: Any) -> None:
    _, key, _, hers = await opened(server)
    asset = await sent(server, hers)
    assert (await server.fetch(f"classroom/api/assets/{asset}", **hers)).code == 200
    assert (await server.fetch(f"classroom/api/assets/{asset}", **key)).code == 404


async def test_a_quota_outlives_the_server_and_counts_a_picture_once(server: Any) -> None:
    entered, _, ana, hers = await opened(server)
    asset = await sent(server, hers)
    assert await sent(server, hers) == asset
    hub = server.hub(entered)
    used = hub.assets.used(ana["person"])
    assert used > 0
    assert used == len((await hub.assets.get(asset)).data)
    again = type(hub.assets)(hub.thread, hub.store, hub.room)
    await again.load()
    assert again.used(ana["person"]) == used
    assert again.may_name(ana["person"], asset)
    assert (await again.get(asset)).mime == "image/png"


async def test_a_class_that_asks_at_once_is_one_reading(server: Any) -> None:
    entered, key, _, hers = await opened(server)
    teacher = await server.connect(entered)
    asset = await sent(server, key)
    await teacher.decided(await teacher.change(shown("i1", asset)))
    hub = server.hub(entered)
    reads = []
    original = hub.store.asset
    hub.store.asset = lambda sha: reads.append(sha) or original(sha)
    answers = await asyncio.gather(*(server.fetch(f"classroom/api/assets/{asset}", **hers) for _ in range(30)))
    assert {answer.code for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert reads == [asset]
