"""Ink: how the points of a stroke are packed into bytes. The twin is `core/ink.ts`. How they are drawn: `outline.py`.

It promises that Python and TypeScript give the same bytes (`tests/vectors/` judges both), and that malformed bytes
raise `BadInk` before anything is allocated from a number they hold.
It must never import numpy before a function needs it: a kernel and the server's door (`check`) do without.

Packed points
-------------
A point is x, y (board units, y down) and pressure 0..1. Packed, x and y are integers in units of 2**-quantum board
units and pressure is an integer 0..255 in units of 1/256 (so 1.0 is kept as 255/256, and 0.5 exactly).

    varint n · u8 flags · [u8 pressure, if flags = 2] · n varints x · n varints y · [n varints pressure, if flags = 1]

flags 0 says that pressure is 0.5 throughout (a mouse). Planes hold zigzag differences, x and y from 0, pressure from
128. Varints are little-endian base 128, at most 5 bytes, never longer than needed. Live batches (`pack_delta`) are
x, y, pressure differences interleaved, from the point before the batch. Times are differences in milliseconds, without
zigzag.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate, compress, count, islice
from typing import TYPE_CHECKING

from classroom.core.errors import BadInk
from classroom.core.outline import Outlines, Tool, bounds, outline, outlines

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

Point = tuple[int, int, int]
"""A point in packed units."""

MAX_POINTS = 2000
"""Points of one record or batch: a longer stroke goes on in a record of its own, so none outgrows a frame."""
MAX_QUANTUM = 12
MAX_COORDINATE = 2**22
"""Board units, either sign: more than 2,500 default pages; with the finest quantum still exact in every step."""
MAX_TIME = 2**31 - 1
"""Milliseconds a stroke may last."""
START: Point = (0, 0, 128)
"""Where differences begin, in packed units."""

__all__ = [
    "MAX_COORDINATE", "MAX_POINTS", "MAX_QUANTUM", "MAX_TIME", "BadInk", "Outlines", "Point", "Tool", "bounds", "check",
    "check_times", "outline", "outlines", "pack", "pack_delta", "pack_times", "unpack", "unpack_all", "unpack_delta",
    "unpack_times",
]  # fmt: skip

_LITERAL = bytes(range(128))
_CONTINUED = bytes(range(128, 256))
_IS_LAST = bytes(b < 128 for b in range(256))
_SIGNED = [(b >> 1) ^ -(b & 1) for b in range(256)]
_BAD_VARINT = re.compile(rb"[\x80-\xff]\x00|[\x80-\xff]{5}")
_LONG_VARINT = re.compile(rb"[\x80-\xff]{2}")


# -- packing --------------------------------------------------------------------------------------------------


def _varints(values: list[int]) -> bytes:
    out = bytearray()
    for value in values:
        while value > 127:
            out.append(value & 127 | 128)
            value >>= 7
        out.append(value)
    return bytes(out)


def _quantised(points: ArrayLike, quantum: int) -> Ints:
    """Points as integers (n, 3) in packed units. Raises `BadInk`."""
    import numpy as np

    if not 0 <= quantum <= MAX_QUANTUM:
        raise BadInk(f"quantum {quantum} is not within 0..{MAX_QUANTUM}")
    array = np.asarray(points, dtype=np.float64)
    if array.size == 0:
        return np.empty((0, 3), dtype=np.int64)
    if array.ndim != 2 or array.shape[1] not in (2, 3):
        raise BadInk("points are rows of x, y and, optionally, pressure")
    if len(array) > MAX_POINTS:
        raise BadInk(f"a stroke has at most {MAX_POINTS} points: split it")
    if not (np.abs(array) <= MAX_COORDINATE).all():
        raise BadInk(f"a coordinate is not within ±{MAX_COORDINATE} board units")
    whole = np.full((len(array), 3), START[2], dtype=np.int64)
    whole[:, :2] = np.floor(array[:, :2] * float(2**quantum) + 0.5)
    if array.shape[1] == 3:
        whole[:, 2] = np.clip(np.floor(array[:, 2] * 256.0 + 0.5), 0, 255)
    return whole


def _zigzag(deltas: Ints) -> list[int]:
    zigzag = (deltas << 1) ^ (deltas >> 63)
    if zigzag.size and int(zigzag.max()) >= 2**35:
        raise BadInk("two points lie too far apart for this quantum")
    return zigzag.tolist()  # type: ignore[no-any-return]


def pack(points: ArrayLike, quantum: int) -> bytes:
    """Points (n, 2) or (n, 3), 1 <= n <= 2000, packed: board units, and pressure 0..1 (else 0.5). Raises `BadInk`."""
    import numpy as np

    whole = _quantised(points, quantum)
    n = len(whole)
    if n == 0:
        raise BadInk("a stroke has at least one point")
    pressure = whole[:, 2]
    planes = [np.diff(whole[:, 0], prepend=0), np.diff(whole[:, 1], prepend=0)]
    if (pressure != pressure[0]).any():
        head = b"\1"
        planes.append(np.diff(pressure, prepend=START[2]))
    elif pressure[0] != START[2]:
        head = bytes((2, int(pressure[0])))
    else:
        head = b"\0"
    return _varints([n]) + head + _varints(_zigzag(np.concatenate(planes)))


def _head(data: bytes) -> tuple[int, int, int, int]:
    """n, varints that follow, the constant pressure (-1: a plane of its own), offset of the planes. Raises `BadInk`."""
    if len(data) < 3:
        raise BadInk("the points end early")
    n, at = data[0], 1
    if n > 127:
        n, at = n & 127 | data[1] << 7, 2
        if data[1] == 0 or n > MAX_POINTS:
            raise BadInk(f"a stroke has at most {MAX_POINTS} points")
    if n == 0:
        raise BadInk("a stroke has at least one point")
    flags = data[at]
    if flags == 0:
        return n, 2 * n, START[2], at + 1
    if flags == 1:
        return n, 3 * n, -1, at + 1
    if flags == 2 and len(data) > at + 1:
        return n, 2 * n, data[at + 1], at + 2
    raise BadInk("unknown flags before the points")


def _framed(body: bytes, expected: int, what: str) -> None:
    """Exactly `expected` varints, none too long. Raises `BadInk`."""
    if len(body.translate(None, _CONTINUED)) != expected or (expected and body[-1] > 127):
        raise BadInk(f"the {what} do not have the length they announce")
    if len(body) != expected and _BAD_VARINT.search(body):
        raise BadInk(f"a number among the {what} is written too long")


def _numbers(body: bytes) -> list[int]:
    """The varints of a well-framed body, as they stand."""
    out: list[int] = []
    value = shift = 0
    for byte in body:
        value |= (byte & 127) << shift
        if byte > 127:
            shift += 7
        else:
            out.append(value)
            value = shift = 0
    return out


def _signed(body: bytes) -> list[int]:
    """The zigzag varints of a well-framed body."""
    if not body.translate(None, _LITERAL):
        return [_SIGNED[b] for b in body]
    return [(z >> 1) ^ -(z & 1) for z in _numbers(body)]


def _after(body: bytes, varints: int) -> int:
    """Offset behind the first `varints` (at least one) of a well-framed body."""
    return next(islice(compress(count(1), body.translate(_IS_LAST)), varints - 1, None))


def check(data: bytes, quantum: int | None = None) -> int:
    """How many points `data` holds, without numpy. Raises `BadInk` just where `unpack` does; only the range of the
    coordinates is left out when no `quantum` is given, since it depends on it."""
    if quantum is not None and not 0 <= quantum <= MAX_QUANTUM:
        raise BadInk(f"quantum {quantum} is not within 0..{MAX_QUANTUM}")
    n, expected, constant, at = _head(data)
    body = data[at:]
    _framed(body, expected, "points")
    if constant < 0:
        split = _after(body, 2 * n)
        pressures = list(accumulate(_signed(body[split:]), initial=START[2]))
        if min(pressures) < 0 or max(pressures) > 255:
            raise BadInk("a pressure is not within 0..255")
        body = body[:split]
    if quantum is not None:
        limit = MAX_COORDINATE << quantum
        # Two-byte differences are below 2**13 either way, so most strokes are within range by their count alone.
        if n << 13 > limit or _LONG_VARINT.search(body):
            split = _after(body, n)
            for plane in (body[:split], body[split:]):
                values = list(accumulate(_signed(plane)))
                if max(values) > limit or min(values) < -limit:
                    raise BadInk(f"a coordinate is not within ±{MAX_COORDINATE} board units")
    return n


def unpack(data: bytes, quantum: int) -> Floats:
    """The points (n, 3): x, y in board units and pressure 0..1. Raises `BadInk`."""
    return unpack_all([data], [quantum])[0]


def unpack_all(datas: Sequence[bytes], quanta: Sequence[int]) -> tuple[Floats, Ints]:
    """Many strokes at once: their points (N, 3) end to end, and where each begins (and, as one more, the last ends).
    Raises `BadInk` when any of them is bad."""
    import numpy as np

    bodies, counts, expected, constants = [], [], [], []
    for data, quantum in zip(datas, quanta, strict=True):
        if not 0 <= quantum <= MAX_QUANTUM:
            raise BadInk(f"quantum {quantum} is not within 0..{MAX_QUANTUM}")
        n, varints, constant, at = _head(data)
        body = data[at:]
        _framed(body, varints, "points")
        bodies.append(body)
        counts.append(n)
        expected.append(varints)
        constants.append(constant)
    if not bodies:
        return np.empty((0, 3)), np.zeros(1, dtype=np.int64)
    deltas = _read_signed(b"".join(bodies))
    n_each = np.array(counts)
    plane_start = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(expected, out=plane_start[1:])
    start = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(n_each, out=start[1:])

    # One running sum over everything; what had run up before a plane is then taken away from it. Integers: exact.
    running = np.zeros(len(deltas) + 1, dtype=np.int64)
    np.cumsum(deltas, out=running[1:])
    first = np.repeat(plane_start[:-1] - start[:-1], n_each) + np.arange(start[-1])
    per_point = np.repeat(n_each, n_each)
    x = running[first + 1] - np.repeat(running[plane_start[:-1]], n_each)
    y = running[first + 1 + per_point] - np.repeat(running[plane_start[:-1] + n_each], n_each)
    constant_each = np.repeat(np.array(constants), n_each)
    planar = constant_each < 0
    if planar.any():
        before = np.repeat(running[np.minimum(plane_start[:-1] + 2 * n_each, plane_start[1:])], n_each)
        own = running[np.minimum(first + 1 + 2 * per_point, len(deltas))] - before + START[2]
        pressure = np.where(planar, own, constant_each)
        if pressure.min() < 0 or pressure.max() > 255:
            raise BadInk("a pressure is not within 0..255")
    else:
        pressure = constant_each
    quantum_each = np.repeat(np.array(quanta, dtype=np.int64), n_each)
    if (np.maximum(np.abs(x), np.abs(y)) > (MAX_COORDINATE << quantum_each)).any():
        raise BadInk(f"a coordinate is not within ±{MAX_COORDINATE} board units")
    unit = 1.0 / (1 << quantum_each)
    points = np.empty((len(x), 3))
    points[:, 0] = x * unit
    points[:, 1] = y * unit
    points[:, 2] = pressure * (1.0 / 256.0)
    return points, start


def _read_signed(body: bytes) -> Ints:
    """The zigzag varints of a well-framed body, as an array."""
    import numpy as np

    raw = np.frombuffer(body, dtype=np.uint8).astype(np.int64)
    if len(body.translate(None, _CONTINUED)) == len(body):
        value = raw
    else:
        end = np.flatnonzero(raw < 128)
        begin = np.empty_like(end)
        begin[0] = 0
        begin[1:] = end[:-1] + 1
        value = raw[begin] & 127
        more = np.flatnonzero(end > begin)
        for j in range(1, 5):
            value[more] |= (raw[begin[more] + j] & 127) << (7 * j)
            more = more[end[more] > begin[more] + j]
    signed: Ints = (value >> 1) ^ -(value & 1)
    return signed


def pack_times(ms: Sequence[float]) -> bytes:
    """Milliseconds since the stroke began, one per point, packed; a clock that steps back is held. Raises `BadInk`."""
    if len(ms) > MAX_POINTS:
        raise BadInk(f"a stroke has at most {MAX_POINTS} points: split it")
    deltas, last = [], 0
    for value in ms:
        if not 0 <= value <= MAX_TIME:
            raise BadInk(f"a time is not within 0..{MAX_TIME} ms")
        now = max(last, int(value + 0.5))
        deltas.append(now - last)
        last = now
    return _varints(deltas)


def check_times(data: bytes, n: int) -> None:
    """Raises `BadInk` where `unpack_times` does, without numpy."""
    _framed(data, n, "times")
    if sum(_numbers(data)) > MAX_TIME:
        raise BadInk(f"a time is not within 0..{MAX_TIME} ms")


def unpack_times(data: bytes, n: int) -> Ints:
    """The times (n,) of `n` points, in milliseconds since the stroke began, never falling. Raises `BadInk`."""
    import numpy as np

    check_times(data, n)
    return np.cumsum(np.array(_numbers(data), dtype=np.int64))


def pack_delta(prev: Point | None, points: ArrayLike, quantum: int) -> tuple[bytes, Point]:
    """A live batch: points that follow `prev` (None: none yet), and the `prev` of the next batch. Raises `BadInk`."""
    import numpy as np

    whole = _quantised(points, quantum)
    if len(whole) == 0:
        return b"", prev or START
    deltas = np.diff(whole, axis=0, prepend=np.array([prev or START]))
    x, y, pressure = whole[-1].tolist()
    return _varints(_zigzag(deltas.ravel())), (x, y, pressure)


def unpack_delta(prev: Point | None, data: bytes, quantum: int) -> tuple[Floats, Point]:
    """The points (n, 3) of a live batch, n >= 0, and the `prev` of the next batch. Raises `BadInk`."""
    import numpy as np

    if not 0 <= quantum <= MAX_QUANTUM:
        raise BadInk(f"quantum {quantum} is not within 0..{MAX_QUANTUM}")
    if not data:
        return np.empty((0, 3)), prev or START
    n, odd = divmod(len(data.translate(None, _CONTINUED)), 3)
    if odd or n > MAX_POINTS:
        raise BadInk("a batch holds whole points, 2000 at most")
    _framed(data, 3 * n, "points")
    whole = np.cumsum(_read_signed(data).reshape(n, 3), axis=0) + np.array(prev or START)
    if np.abs(whole[:, :2]).max() > MAX_COORDINATE << quantum:
        raise BadInk(f"a coordinate is not within ±{MAX_COORDINATE} board units")
    if whole[:, 2].min() < 0 or whole[:, 2].max() > 255:
        raise BadInk("a pressure is not within 0..255")
    x, y, pressure = whole[-1].tolist()
    return whole * np.array([1.0 / 2**quantum, 1.0 / 2**quantum, 1.0 / 256.0]), (x, y, pressure)
