"""SPEC 5: what is written is read back; what is not as it should be raises `BadFrame` or `BadRecord`, nothing else."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from classroom.core import messages as m
from classroom.core import records as r
from classroom.core import wire
from classroom.core.errors import BadFrame, BadRecord

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
sys.path.insert(0, str(VECTORS))
import make_wire  # noqa: E402

sys.path.remove(str(VECTORS))

# -- what a value may be

ids = st.from_regex(r"[A-Za-z0-9_-]{1,32}", fullmatch=True)
people = st.from_regex(r"(p[0-9]{1,9})?", fullmatch=True)
keys = st.from_regex(r"[0-9A-Za-z]{1,80}", fullmatch=True)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
times = st.integers(0, 2**53 - 1)
numbers = st.integers(0, 2**53 - 1)
coordinates = st.floats(-1e7, 1e7)
lengths = st.floats(0, 1e6)
colours = st.sampled_from(r.PALETTE) | st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)
widths = st.integers(1, 6400).map(lambda sixteenths: sixteenths / 16)
tools = st.sampled_from(wire.TOOLS)
quanta = st.integers(0, 12)
assets = st.just("") | st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
transforms = st.none() | st.tuples(*[coordinates] * 6)

runs = st.tuples(coordinates, lengths, st.sampled_from(["", "bi", "math"]), words)
text_lines = st.lists(st.tuples(coordinates, st.floats(1, 1_000), st.lists(runs, max_size=3).map(tuple)), max_size=3)
formulas = st.builds(
    r.Formula,
    source=words.filter(bool),
    display=st.booleans(),
    width=st.floats(0, 9),
    ascent=st.floats(-1, 9),
    descent=st.floats(-1, 9),
    path=st.just("M0 -5L1 1Z"),
)
laid = {"lines": text_lines.map(tuple), "formulas": st.lists(formulas, max_size=2).map(tuple)}
base: dict[str, Any] = {"id": ids, "author": people, "time": times}
drawable = {
    **base,
    "page": ids,
    "z": keys,
    "transform": transforms,
    "copy": people,
    "group": st.just("") | ids,
    "locked": st.booleans(),
}
RECORDS: dict[type[r.Record], dict[str, Any]] = {
    r.Class: {**base, "title": words, "draw": st.sampled_from(["none", "chosen", "all"]), "page": st.just("") | ids},
    r.Person: {**base, "name": words.filter(bool), "role": st.sampled_from(["teacher", "student"]), "hand": times},
    r.Page: {**base, "order": keys, "width": st.floats(100, 20_000), "gone": st.booleans(), "cleared": times},
    r.Ink: {
        **drawable,
        "tool": tools,
        "colour": colours,
        "width": widths,
        "quantum": quanta,
        "points": st.binary(min_size=1, max_size=200),
        "times": st.binary(max_size=50),
        "part": st.just("") | ids,
    },
    r.Shape: {
        **drawable,
        "kind": st.sampled_from(["line", "polygon"]),
        "x": coordinates,
        "y": coordinates,
        "w": coordinates,
        "h": coordinates,
        "corners": st.lists(st.tuples(coordinates, coordinates), max_size=4).map(tuple),
    },
    r.TextBox: {**drawable, "x": coordinates, "y": coordinates, "text": words, **laid},
    r.Note: {**drawable, "x": coordinates, "y": coordinates, "text": words, "colour": colours, **laid},
    r.Picture: {**drawable, "x": coordinates, "y": coordinates, "w": lengths, "h": lengths, "asset": assets},
    r.Item: {**base, "kind": st.sampled_from(["note", "code"]), "order": keys, "text": words, "solution": words},
    r.Response: {**base, "item": ids, "choice": st.lists(st.integers(-9, 9), max_size=5).map(tuple)},
    r.Cell: {**base, "order": keys, "source": words, "output": words, "count": st.integers(0, 10**9)},
    r.Message: {**base, "text": words.filter(bool), "to": st.sampled_from(["all", "staff"])},
}
records = st.one_of(*(st.builds(cls, **fields) for cls, fields in RECORDS.items()))
values = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | words | st.lists(coordinates, max_size=6)
ops = st.one_of(
    st.builds(m.Put, records),
    st.builds(m.Patch, st.lists(ids, min_size=1, max_size=5).map(tuple), st.dictionaries(words, values, max_size=4)),
    st.builds(m.Append, ids, st.sampled_from(["text", "source"]), numbers, words),
    st.builds(m.Remove, st.lists(ids, min_size=1, max_size=5).map(tuple)),
)
many = st.lists(ops, max_size=5).map(tuple)
marks = st.binary(min_size=8, max_size=8)
seen = st.builds(m.Seen, numbers, numbers, numbers, people, times, many)
binary = st.one_of(
    st.builds(m.Change, numbers, many),
    st.builds(m.LiveStart, numbers, ids, ids, people, tools, colours, widths, quanta, people),
    st.builds(m.LivePoints, numbers, numbers, st.binary(max_size=60)),
    st.builds(m.LiveEnd, numbers, st.booleans()),
    st.builds(m.Snapshot, numbers, marks, st.booleans(), st.binary(max_size=60)),
    st.builds(m.Changes, numbers, marks, st.lists(seen, max_size=3).map(tuple)),
    st.builds(m.Confirm, numbers, numbers),
)
figures = st.builds(
    m.DraftFigure,
    ids,
    ids,
    st.sampled_from(["line", "polygon"]),
    *[coordinates] * 4,
    people,
    colours,
    st.just("") | colours,
    widths,
    st.sampled_from(["solid", "dotted"]),
    st.lists(st.tuples(coordinates, coordinates), max_size=4).map(tuple),
    transforms,
)
spoken = st.one_of(
    st.builds(
        m.Hello,
        st.integers(0, 9),
        st.from_regex(r"[A-Za-z0-9_-]{16,64}", fullmatch=True),
        words,
        st.none() | st.builds(m.Last, numbers, marks.map(bytes.hex)),
        st.integers(1, 2**53 - 1),
    ),
    st.builds(m.Ping, numbers),
    st.builds(
        m.Presence,
        people,
        st.none() | st.just("off") | st.tuples(ids, coordinates, coordinates, st.just("pen")),
        st.none() | st.tuples(ids, coordinates, coordinates, coordinates),
        st.none() | ids,
        st.none() | st.booleans(),
        people,
        st.none() | st.just("off") | figures,
    ),
    st.builds(m.Refuse, numbers, words, st.dictionaries(words, values, max_size=3)),
    st.builds(m.Here, st.none() | st.lists(words).map(tuple), st.lists(words).map(tuple)),
    st.builds(m.Pong, numbers, times),
    st.just(m.Reset()),
    st.builds(m.Bye, words, words, st.booleans()),
)
messages = binary | spoken


def test_the_strategies_cover_every_record_and_kind() -> None:
    assert set(RECORDS) == set(r.TYPES.values())
    kinds = {wire.write(value)[0] for _, value in make_wire.MESSAGES}
    assert kinds == set(wire.KINDS)


# -- there and back


@given(messages)
def test_5_1_what_is_written_is_read(value: m.AnyMessage) -> None:
    [raw] = wire.split(wire.write(value))
    assert wire.read(raw) == value
    assert wire.read(raw, lenient=True) == value


@given(st.lists(messages, max_size=6))
def test_5_1_messages_lie_end_to_end(values: list[m.AnyMessage]) -> None:
    frame = b"".join(map(wire.write, values))
    assert [wire.read(raw) for raw in wire.split(frame)] == values


@given(numbers)
@example(0)
@example(127)
@example(128)
@example(2**53 - 1)
def test_5_1_varints(value: int) -> None:
    data = wire.varint(value)
    reader = wire.Reader(data)
    assert reader.varint() == value
    reader.done()
    assert len(data) == max(1, -(-value.bit_length() // 7))


def test_a_varint_is_not_negative() -> None:
    with pytest.raises(ValueError, match="unsigned"):
        wire.varint(-1)


# -- what is not as it should be


@given(st.lists(messages, min_size=1, max_size=3))
@settings(max_examples=60)
def test_5_2_a_frame_cut_anywhere_is_a_bad_frame_or_ends_between_messages(values: list[m.AnyMessage]) -> None:
    written = [wire.write(value) for value in values]
    frame = b"".join(written)
    whole = {sum(map(len, written[:n])): n for n in range(len(written) + 1)}
    for end in range(len(frame)):
        if end in whole:
            assert [wire.read(raw) for raw in wire.split(frame[:end])] == values[: whole[end]]
        else:
            with pytest.raises(BadFrame):
                list(wire.split(frame[:end]))


def _read(kind: int, body: bytes, lenient: bool) -> m.AnyMessage | None:
    try:
        return wire.read(wire.Raw(kind, body), lenient)
    except BadRecord:
        return None


@given(messages, st.booleans())
@settings(max_examples=60)
def test_5_2_a_body_cut_anywhere_is_a_bad_record_or_says_less(value: m.AnyMessage, lenient: bool) -> None:
    [raw] = wire.split(wire.write(value))
    for end in range(len(raw.body)):
        assert _read(raw.kind, raw.body[:end], lenient) != value


@given(messages, st.binary(min_size=1, max_size=4), st.booleans())
def test_5_2_rubbish_behind_a_body_is_never_overlooked(value: m.AnyMessage, rubbish: bytes, lenient: bool) -> None:
    [raw] = wire.split(wire.write(value))
    if isinstance(value, m.LivePoints | m.Snapshot):
        return  # their data goes to the end of the message
    if raw.kind in wire._STRUCTS and not rubbish.strip(b" \t\r\n"):
        return  # blanks behind JSON say nothing
    assert _read(raw.kind, raw.body + rubbish, lenient) != value


@given(st.binary(max_size=200))
def test_5_2_random_frames_raise_only_bad_frame(frame: bytes) -> None:
    try:
        raws = list(wire.split(frame))
    except BadFrame:
        return
    assert b"".join(wire.message(raw.kind, raw.body) for raw in raws)[:1] == frame[:1]


@given(st.sampled_from(sorted(wire.KINDS)), st.binary(max_size=200), st.booleans())
def test_5_2_random_bodies_raise_only_bad_record(kind: int, body: bytes, lenient: bool) -> None:
    _read(kind, body, lenient)


@given(messages, st.data(), st.booleans())
def test_5_2_a_flipped_byte_raises_only_bad_record(value: m.AnyMessage, data: st.DataObject, lenient: bool) -> None:
    [raw] = wire.split(wire.write(value))
    if not raw.body:
        return
    at = data.draw(st.integers(0, len(raw.body) - 1))
    flipped = raw.body[:at] + bytes((raw.body[at] ^ data.draw(st.integers(1, 255)),)) + raw.body[at + 1 :]
    _read(raw.kind, flipped, lenient)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from([wire.PUT, wire.PATCH, wire.APPEND, wire.REMOVE]), json_values, st.booleans())
def test_5_5_any_json_as_an_operation_raises_only_bad_record(code: int, value: Any, lenient: bool) -> None:
    try:
        wire.read_op(code, json.dumps(value).encode(), lenient)
    except BadRecord:
        pass


some_fields = st.dictionaries(st.sampled_from(["id", "text", "x", "z", "order", "new"]), json_values)


@given(st.sampled_from(sorted(r.TYPES)), some_fields, st.booleans())
def test_5_5_any_fields_of_a_known_type_raise_only_bad_record(name: str, fields: dict[str, Any], lenient: bool) -> None:
    try:
        wire.read_record(json.dumps({**fields, "type": name}).encode(), lenient)
    except BadRecord:
        pass


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("lenient", [False, True])
def test_5_2_nesting_without_end_is_a_bad_record(opening: str, lenient: bool) -> None:
    body = f'{{"type":"hologram","id":"x","deep":{opening * 100_000}'.encode()
    with pytest.raises(BadRecord):
        wire.read_op(wire.PUT, body, lenient)


@given(numbers, st.binary(max_size=30))
def test_5_2_an_unreadable_change_still_has_its_number(number: int, rubbish: bytes) -> None:
    assert wire.change_number(wire.varint(number) + rubbish) == number


def test_5_2_unknown_kinds_are_skipped() -> None:
    unknown = [kind for kind in range(256) if kind not in wire.KINDS]
    assert len(unknown) == 256 - len(wire.KINDS)
    for kind in unknown:
        assert wire.read(wire.Raw(kind, b"\xff")) is None


def test_a_client_keeps_types_and_drops_fields_that_it_does_not_know() -> None:
    future = {"type": "hologram", "id": "x", "author": "p1", "depth": [1, {"a": None}]}
    kept = wire.read_record(json.dumps(future).encode(), lenient=True)
    assert isinstance(kept, r.Unknown)
    assert (kept.id, kept.author, r.type_of(kept), kept.fields) == ("x", "p1", "hologram", future)
    newer = b'{"type":"message","id":"m","text":"hi","mood":"good"}'
    assert wire.read_record(newer, lenient=True) == r.Message(id="m", text="hi")
    with pytest.raises(BadRecord):
        wire.read_record(newer)


# -- the vectors that also judge the browser's reader


@pytest.mark.parametrize("name", ["wire-messages.json", "wire-malformed.json"])
def test_the_vectors_are_fresh(name: str) -> None:
    assert (VECTORS / name).read_text(encoding="utf-8") == make_wire.generate()[name]


def test_the_vectors_read_as_they_say() -> None:
    """SPEC 5.4, 5.6: styles and every optional part of a stroke are among them, byte by byte."""
    vectors = json.loads((VECTORS / "wire-messages.json").read_text(encoding="utf-8"))
    assert len(vectors) == len(make_wire.MESSAGES)
    for vector in vectors:
        [raw] = wire.split(bytes.fromhex(vector["hex"]))
        value = wire.read(raw)
        assert value is not None
        assert json.loads(json.dumps(make_wire.plain(value))) == vector["says"], vector["name"]
        again = wire.write(value)
        if vector["exact"]:
            assert again.hex() == vector["hex"], vector["name"]
        assert [wire.read(one) for one in wire.split(again)] == [value], vector["name"]


def test_the_malformed_vectors_come_out_as_they_say() -> None:
    vectors = json.loads((VECTORS / "wire-malformed.json").read_text(encoding="utf-8"))
    assert {vector["server"] for vector in vectors} == {"ok", "skipped", "bad-record", "bad-frame"}
    for vector in vectors:
        frame = bytes.fromhex(vector["hex"])
        assert make_wire.outcome(frame, False) == vector["server"], vector["name"]
        assert make_wire.outcome(frame, True) == vector["client"], vector["name"]
