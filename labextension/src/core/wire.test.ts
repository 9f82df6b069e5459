import { describe, expect, it } from "vitest";

import malformed from "../../../tests/vectors/wire-malformed.json";
import good from "../../../tests/vectors/wire-messages.json";
import { type AnyMessage, KINDS, type Op, withDefaults } from "./schema";
import { Reader, read, readOps, split, WireError, Writer, write, writeOps } from "./wire";

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

const hex = (data: Uint8Array): string =>
  Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** What a vector says, `{"hex": …}` as bytes. */
function revived(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revived);
  if (typeof value !== "object" || value === null) return value;
  if ("hex" in value && typeof value.hex === "string") return bytes(value.hex);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, revived(one)]));
}

/** Of all messages of a frame, the worst that reading comes to. */
function outcome(frame: Uint8Array): string {
  let worst = "ok";
  try {
    for (const raw of split(frame)) {
      try {
        if (read(raw) === null) worst = "skipped";
      } catch (error) {
        if (!(error instanceof WireError) || error.code !== "bad-record") throw error;
        worst = error.code;
      }
    }
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
  return worst;
}

describe("the wire (SPEC 5)", () => {
  it("has a vector of every kind", () => {
    const kinds = new Set(good.map(({ says }) => says.kind));
    expect(kinds).toEqual(new Set(Object.keys(KINDS)));
  });

  it.each(good)("reads and writes: $name", ({ exact, hex: written, says }) => {
    const [raw, ...more] = split(bytes(written));
    expect(more).toEqual([]);
    const message = read(raw!)!;
    expect(message).toEqual(revived(says));
    const again = write(message);
    if (exact) expect(hex(again)).toBe(written);
    expect(read(split(again)[0]!)).toEqual(message);
  });

  it.each(malformed)("comes to $client: $name", ({ hex: frame, client }) => {
    expect(outcome(bytes(frame))).toBe(client);
  });

  it("cut at any byte is a WireError or ends between messages", () => {
    let cuts = 0;
    for (const { hex: written } of good) {
      const frame = bytes(written);
      for (let end = 1; end < frame.length; end++, cuts++)
        expect(() => split(frame.subarray(0, end))).toThrow(WireError);
    }
    expect(cuts).toBeGreaterThan(1_000);
  });

  it("a body cut at any byte throws nothing but a WireError, and is never the whole", () => {
    for (const { hex: written } of good) {
      const [raw] = split(bytes(written));
      const whole = read(raw!);
      for (let end = 0; end < raw!.body.length; end++) {
        let part: AnyMessage | null = null;
        try {
          part = read({ kind: raw!.kind, body: raw!.body.subarray(0, end) });
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
        expect(part).not.toEqual(whole);
      }
    }
  });

  it("a flipped byte throws nothing but a WireError", () => {
    let thrown = 0;
    for (const { hex: written } of good) {
      const [raw] = split(bytes(written));
      for (let at = 0; at < raw!.body.length; at++) {
        const body = raw!.body.slice();
        body[at]! ^= 1 << (at % 8);
        try {
          read({ kind: raw!.kind, body });
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
          thrown++;
        }
      }
    }
    expect(thrown).toBeGreaterThan(100);
  });

  it.each([0, 1, 127, 128, 2 ** 31, 2 ** 32 + 5, Number.MAX_SAFE_INTEGER])("counts to %i", (value) => {
    const reader = new Reader(new Writer().varint(value).done());
    expect(reader.varint()).toBe(value);
    reader.done();
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 53])("does not write %d as a varint", (value) => {
    expect(() => new Writer().varint(value)).toThrow(RangeError);
  });

  it("never sends half an emoji, which the server would refuse", () => {
    const text = "ok 🧮".slice(0, -1);
    const op: Op = { op: "put", record: withDefaults({ type: "message", id: "m", text }) };
    const [back] = readOps(writeOps([op]));
    expect(back).toMatchObject({ record: { text: "ok \ufffd" } });
  });

  it("does not share bytes with the frame that it read", () => {
    const { hex: written } = good.find(({ name }) => name === "changes of ink")!;
    const frame = bytes(written);
    const before = read(split(frame)[0]!);
    frame.fill(0);
    expect(before).toEqual(read(split(bytes(written))[0]!));
  });
});
