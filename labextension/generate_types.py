"""Writes `src/core/schema.ts` from the Python schema: `python labextension/generate_types.py [--check]`.

The schema is written once, as msgspec structs in `classroom/core`; the browser's types, defaults and tables
are made from it here. The result is formatted as the project's formatter would, and must never be edited by
hand: `tests/core/test_generated_types.py` fails when it is stale.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect as shape

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from classroom.core import errors, messages, records, wire  # noqa: E402

OUT = HERE / "src" / "core" / "schema.ts"
WIDTH = 110

FAREWELLS = errors.Farewell.__subclasses__()
ALIASES: list[tuple[str, Any, str]] = [
    ("Role", records.Role, ""),
    ("Transform", records.Transform, "a, b, c, d, e, f as in SVG: x' = a x + c y + e, y' = b x + d y + f."),
    ("Pattern", records.Pattern, ""),
    ("Run", records.Run, "Left end, advance, look, and what it says (of a formula its source)."),
    ("TextLine", records.TextLine, "Baseline from the box's top, size of the letters, runs."),
]
INNER: list[type[msgspec.Struct]] = [records.Formula]
"""What records are made of."""
STRUCTS: list[type[msgspec.Struct]] = [messages.Last, messages.Limits, messages.Seen, messages.DraftFigure]
"""What messages are made of, beside records and operations."""
OPS: list[type[msgspec.Struct]] = [messages.Put, messages.Patch, messages.Append, messages.Remove]


UNTAGGED: dict[Any, str] = {messages.Ops: "readonly Op[]", tuple[messages.Seen, ...]: "readonly Seen[]"}
"""Types that hold operations: a union that msgspec cannot describe, because it is told apart by code."""


class Field(NamedTuple):
    """One field of a struct: its name on the wire, its type, its default."""

    name: str
    type: shape.Type | str
    """A `str` is TypeScript already."""
    required: bool
    default: Any


def fields_of(cls: type[msgspec.Struct]) -> list[Field]:
    made = []
    for field in msgspec.structs.fields(cls):
        kind = UNTAGGED.get(field.type) or shape.type_info(field.type)
        factory = field.default_factory
        default = field.default if factory is msgspec.NODEFAULT else factory()
        made.append(Field(field.name, kind, field.required, default))
    return made


def bare(kind: shape.Type) -> shape.Type:
    """Without what is only said about it."""
    return bare(kind.type) if isinstance(kind, shape.Metadata) else kind


TRANSFORM = shape.type_info(records.Transform)
LINE = shape.type_info(records.TextLine)


def written(kind: shape.Type, named: bool = True) -> str:
    """A field's type in TypeScript; `named`: by the name it has there, if it has one."""
    kind = bare(kind)
    for name, alias, _ in ALIASES if named else ():
        if kind == shape.type_info(alias):
            return name
    match kind:
        case shape.StrType():
            return "string"
        case shape.IntType() | shape.FloatType():
            return "number"
        case shape.BoolType():
            return "boolean"
        case shape.BytesType():
            return "Uint8Array"
        case shape.NoneType():
            return "null"
        case shape.AnyType():
            return "unknown"
        case shape.LiteralType():
            return " | ".join(json.dumps(value) for value in kind.values)
        case shape.UnionType():
            return " | ".join(sorted((written(one) for one in kind.types), key=lambda one: one == "null"))
        case shape.TupleType():
            return "readonly [" + ", ".join(written(one) for one in kind.item_types) + "]"
        case shape.VarTupleType():
            inner = written(kind.item_type)
            return f"readonly ({inner})[]" if " " in inner else f"readonly {inner}[]"
        case shape.DictType():
            return "Record<string, unknown>"
        case shape.StructType():
            if kind.cls is records.Record:
                return "AnyRecord"
            return "Op" if kind.cls in OPS else str(kind.cls.__name__)
    raise TypeError(f"no TypeScript for {kind}")


def checked(kind: shape.Type | str) -> str:
    """How a reader checks a field: the JavaScript kind of its values, without their limits."""
    assert not isinstance(kind, str)
    kind = bare(kind)
    match kind:
        case shape.StrType() | shape.LiteralType():
            return "string"
        case shape.IntType() | shape.FloatType():
            return "number"
        case shape.BoolType():
            return "boolean"
        case shape.BytesType():
            return "bytes"
        case shape.TupleType():
            return "transform" if kind == TRANSFORM else "line" if kind == LINE else "pair"
        case shape.StructType():
            return str(kind.cls.__name__).lower()
        case shape.VarTupleType():
            return f"{checked(kind.item_type)}s"
        case shape.UnionType():
            rest = [one for one in kind.types if not isinstance(one, shape.NoneType)]
            assert len(rest) == 1, kind
            return f"{checked(rest[0])}?"
    raise TypeError(f"no check for {kind}")


def value(one: Any) -> str:
    """A default in TypeScript."""
    if isinstance(one, bytes):
        assert not one
        return "EMPTY"
    if isinstance(one, msgspec.Struct):
        one = msgspec.to_builtins(one)
    if isinstance(one, tuple | list):
        return "[" + ", ".join(map(value, one)) + "]"
    if isinstance(one, dict):
        return "{" + ", ".join(f"{key}: {value(inner)}" for key, inner in one.items()) + "}"
    return json.dumps(one, ensure_ascii=False)


def comment(text: str | None, indent: str = "") -> list[str]:
    """A docstring as a comment; what stands between back ticks stays as it is."""
    words = re.sub(r"\s+", " ", (text or "").strip()).replace("*/", "* /")
    return [f"{indent}/** {words} */"] if words else []


def union(head: str, members: Iterable[str]) -> list[str]:
    """`head = a | b | c;`, broken as the formatter breaks it."""
    members = list(members)
    line = f"{head} = {' | '.join(members)};"
    if len(line) <= WIDTH:
        return [line]
    return [f"{head} =", *(f"  | {one}" for one in members[:-1]), f"  | {members[-1]};"]


def interface(cls: type[msgspec.Struct], first: str, name: str | None = None) -> list[str]:
    lines = comment(cls.__doc__)
    lines.append(f"export interface {name or cls.__name__} {{")
    if first:
        lines.append(f"  {first};")
    for field in fields_of(cls):
        head = f"  {field.name}"
        kind = field.type if isinstance(field.type, str) else written(field.type)
        line = f"{head}: {kind};"
        if len(line) > WIDTH:
            raise ValueError(f"too long a line: {line}")
        lines.append(line)
    return [*lines, "}", ""]


def table(head: str, rows: Iterable[tuple[str, str]], tail: str = "};", indent: str = "") -> list[str]:
    """An object literal, one row a line; a string too long for its line stands on the next."""
    lines = [f"{indent}{head}"]
    for key, text in rows:
        name = key if re.fullmatch(r"[A-Za-z_]\w*", key) else json.dumps(key)
        line = f"{indent}  {name}: {text},"
        lines.extend([line] if len(line) <= WIDTH else [f"{indent}  {name}:", f"{indent}    {text},"])
    return [*lines, f"{indent}{tail}"]


def kind_class(name: str) -> type[msgspec.Struct]:
    """The struct of a message kind: `live-start` is `LiveStart`."""
    made = getattr(messages, "".join(part.capitalize() for part in name.split("-")))
    assert isinstance(made, type)
    return made


def generate() -> str:
    """The whole file."""
    lines = [
        "/**",
        " * Everything there is in a class, and everything that is said, as types. Made by generate_types.py",
        " * from records.py, messages.py, errors.py, wire.py in classroom/core: change those, run it again.",
        " */",
        "",
        "const EMPTY = new Uint8Array(0);",
        "",
        f"export const PROTOCOL = {messages.PROTOCOL};",
        f"export const SUBPROTOCOL = {json.dumps(messages.SUBPROTOCOL)};",
        f"export const TOKEN_HEADER = {json.dumps(messages.TOKEN_HEADER)};",
    ]
    lines += comment("The board's inks, in the order of their number keys and of their numbers on the wire.")
    lines += ["export const PALETTE = [", *(f'  "{name}",' for name in records.PALETTE), "] as const;"]
    inline = "export const PALETTE = [" + ", ".join(f'"{name}"' for name in records.PALETTE) + "] as const;"
    if len(inline) <= WIDTH:
        lines[-len(records.PALETTE) - 2 :] = [inline]
    lines.append(f"export const TOOLS = [{', '.join(json.dumps(tool) for tool in wire.TOOLS)}] as const;")
    lines.append("")
    for name, alias, words in ALIASES:
        text = written(shape.type_info(alias), named=False)
        lines += [*comment(words), f"export type {name} = {text};", ""]
    for cls in INNER:
        lines += interface(cls, "")

    lines += ["// -- records", ""]
    for tag, cls in records.TYPES.items():
        lines += interface(cls, f'type: "{tag}"')
    lines += union("export type AnyRecord", (cls.__name__ for cls in records.TYPES.values()))
    lines += ['export type RecordType = AnyRecord["type"];']
    lines += ["export type RecordOf<T extends RecordType> = Extract<AnyRecord, { type: T }>;"]
    drawable = [tag for tag in records.TYPES if tag in records.DRAWABLE]
    lines += [f"export type Drawable = RecordOf<{' | '.join(json.dumps(tag) for tag in drawable)}>;"]
    lines += [f"export const DRAWABLE: ReadonlySet<string> = new Set({json.dumps(drawable)});", ""]
    lines += comment("Fields without a default: whoever makes a record must give them.")
    lines.append("export interface RequiredFields {")
    for tag, cls in records.TYPES.items():
        names = [json.dumps(f.name) for f in fields_of(cls) if f.required]
        lines.append(f"  {tag}: {' | '.join(names)};")
    lines += ["}", ""]
    lines += comment("A record as it is made: what has a default may be left out.")
    lines += [
        "export type Draft<T extends RecordType> = { type: T } & Pick<",
        "  RecordOf<T>,",
        "  Extract<RequiredFields[T], keyof RecordOf<T>>",
        "> &",
        "  Partial<RecordOf<T>>;",
        "",
    ]
    lines += comment("Defaults of each record type; the wire leaves them out.")
    lines.append("export const DEFAULTS: { readonly [T in RecordType]: Readonly<Partial<RecordOf<T>>> } = {")
    for tag, cls in records.TYPES.items():
        rows = [(f.name, value(f.default)) for f in fields_of(cls) if not f.required]
        lines += table(f"{tag}: {{", rows, "},", "  ")
    lines += ["};", ""]
    lines += comment(
        "What a reader checks of each field: the kind of its values; `s` a list, `?` or null, `!` required."
    )
    kind = "{ readonly [T in RecordType]: { readonly [field: string]: string } }"
    lines.append(f"export const FIELDS: {kind} = {{")
    for tag, cls in records.TYPES.items():
        rows = [(f.name, json.dumps(checked(f.type) + "!" * f.required)) for f in fields_of(cls)]
        lines += table(f"{tag}: {{", rows, "},", "  ")
    lines += ["};", ""]
    lines += comment("The record with every default filled in. One of an unknown type comes back as it is.")
    lines += [
        "export function withDefaults<T extends RecordType>(draft: Draft<T>): RecordOf<T> {",
        "  return { ...DEFAULTS[draft.type], ...draft } as unknown as RecordOf<T>;",
        "}",
        "",
    ]

    lines += ["// -- operations", ""]
    for cls in OPS:
        lines += interface(cls, f'op: "{cls.__name__.lower()}"')
    lines += [*union("export type Op", (cls.__name__ for cls in OPS)), ""]
    codes = [(name.lower(), str(getattr(wire, name))) for name in ("PUT", "PATCH", "APPEND", "REMOVE", "INK")]
    lines += [*table("export const CODES = {", codes, "} as const;"), ""]

    lines += ["// -- messages", ""]
    for cls in STRUCTS:
        lines += interface(cls, "")
    for name in wire.KINDS.values():
        cls = kind_class(name)
        lines += interface(cls, "" if cls is messages.Presence else f'kind: "{name}"')
    lines += comment("Presence as it stands among the other messages.")
    lines += ["export interface PresenceMessage extends Presence {", '  kind: "presence";', "}", ""]
    structs = [kind_class(one).__name__ for one in wire.KINDS.values()]
    lines += union("export type AnyMessage", ("PresenceMessage" if n == "Presence" else n for n in structs))
    lines += ['export type Kind = AnyMessage["kind"];']
    numbers = [(name, str(number)) for number, name in wire.KINDS.items()]
    lines += table("export const KINDS: Readonly<Record<Kind, number>> = {", numbers)
    lines += [f"export const MARK = {wire.MARK};", ""]
    for name, cls in (("PRESENCE", messages.Presence), ("LIMITS", messages.Limits)):
        rows = [(f.name, value(f.default)) for f in fields_of(cls)]
        lines += [*table(f"export const {name}: {cls.__name__} = {{", rows), ""]

    lines += ["// -- what is said to people", ""]
    lines += comment("Every refusal code with its English sentence.")
    rows = [(code, json.dumps(text, ensure_ascii=False)) for code, text in errors.REFUSALS.items()]
    lines += [*table("export const REFUSALS: Readonly<Record<string, string>> = {", rows), ""]
    lines += comment("Why a server ends a connection: close code, whether to try again, sentence.")
    kind = "{ close: number; again: boolean; sentence: string }"
    lines.append(f"export const FAREWELLS: Readonly<Record<string, {kind}>> = {{")
    for farewell in sorted(FAREWELLS, key=lambda one: one.close):
        rows = [
            ("close", str(farewell.close)),
            ("again", json.dumps(farewell.again)),
            ("sentence", json.dumps(farewell.sentence, ensure_ascii=False)),
        ]
        name = farewell.code if re.fullmatch(r"\w+", farewell.code) else json.dumps(farewell.code)
        lines += table(f"{name}: {{", rows, "},", "  ")
    lines += ["};", ""]
    return "\n".join(lines)


def main() -> int:
    text = generate()
    if "--check" in sys.argv[1:]:
        if not OUT.exists() or OUT.read_text(encoding="utf-8") != text:
            print(f"{OUT} is stale: run python {Path(__file__).name}", file=sys.stderr)
            return 1
        return 0
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
