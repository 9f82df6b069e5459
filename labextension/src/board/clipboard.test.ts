import { describe, expect, it } from "vitest";

import { pack } from "../core/ink";
import { type Drawable, withDefaults } from "../core/schema";
import { clipOf, isForeign, looseOf, readClip, wordsOf } from "./clipboard";

const lying = { page: "P", z: "a1", author: "p3", time: 5, copy: "p9" };
const points = pack([0, 0, 0.5, 9.5, 4, 0.25], 4);
const THINGS: Drawable[] = [
  withDefaults({ type: "ink", id: "i", ...lying, points, colour: "red", width: 4, locked: true, group: "g" }),
  withDefaults({
    type: "shape",
    id: "s",
    ...lying,
    kind: "polygon",
    x: 1,
    y: 2,
    w: 3,
    h: 4,
    corners: [[0.5, 0]],
  }),
  withDefaults({
    type: "text",
    id: "t",
    ...lying,
    x: 1,
    y: 90,
    text: "below",
    lines: [[32, 32, [[0, 50, "b", "below"]]]],
  }),
  withDefaults({ type: "note", id: "n", ...lying, x: 1, y: 2, text: "above" }),
  withDefaults({ type: "image", id: "p", ...lying, x: 1, y: 2, w: 3, h: 4, asset: "a".repeat(64) }),
];

describe("the clipboard's text", () => {
  it("brings things over as they are, without place, author and lock", () => {
    const clip = readClip(clipOf("classroom1", THINGS))!;
    expect(clip.from).toBe("classroom1");
    expect(clip.objects).toHaveLength(THINGS.length);
    for (const [n, one] of clip.objects.entries()) {
      const { page: _p, z: _z, author: _a, time: _t, copy: _c, locked: _l, ...rest } = THINGS[n]!;
      const back = withDefaults({ page: "P", z: "a1", id: "", ...one } as never) as unknown as Drawable;
      const { page: _p2, z: _z2, author, time, copy, locked, ...same } = back;
      expect([author, time, copy, locked]).toEqual(["", 0, "", false]);
      expect(same).toEqual(rest);
    }
  });

  it("carries pictures by their asset", () => {
    const pictures = { ["a".repeat(64)]: "data:image/png;base64,AA" };
    expect(readClip(clipOf("c", THINGS, pictures))!.pictures).toEqual(pictures);
    const odd = JSON.stringify({
      kind: "classroom/objects",
      objects: [],
      pictures: { x: "data:image/png,", ["b".repeat(64)]: "https://example.org/x.png" },
    });
    expect(readClip(odd)!.pictures).toEqual({});
  });

  it("gives nothing for what is none, and passes over what is broken", () => {
    for (const odd of [
      "",
      "hello",
      "[]",
      "null",
      "{}",
      '{"kind":"classroom/objects"}',
      '{"kind":"x","objects":[]}',
    ])
      expect(readClip(odd)).toBeNull();
    const good = { type: "shape", kind: "line", x: 0, y: 0, w: 1, h: 1 };
    const bad = [
      null,
      3,
      [],
      { type: "person", name: "x" },
      { type: "toString" },
      { ...good, x: "0" },
      { ...good, corners: [[1]] },
      { ...good, transform: [1, 2] },
      { type: "ink", points: "!!" },
      { type: "ink", points: "AAAA", colour: "no colour" },
      { type: "ink", points: "AAAA", width: -1 },
      { type: "ink" },
      { type: "text", x: 1, y: 1, lines: [[1, 1, [[1, 1, "b"]]]] },
    ];
    expect(looseOf([...bad, good])).toEqual([good]);
  });

  it("reads as words for others, top to bottom", () => {
    expect(wordsOf(THINGS)).toBe("above\n\nbelow");
  });

  it("knows what is another program's", () => {
    const clip = '{"type":"excalidraw/clipboard","elements":[]}';
    expect(isForeign(clip, "")).toBe(clip);
    expect(isForeign(' {\n "type" : "excalidraw", "version": 2}', "")).not.toBeNull();
    expect(isForeign('{"tldrawFileFormatVersion":1}', "")).not.toBeNull();
    const html = "<meta><div data-tldraw>x</div>";
    expect(isForeign("words", html)).toBe(html);
    for (const text of ["", "hello", '{"type":"other"}', "see excalidraw/clipboard"])
      expect(isForeign(text, "<p>a</p>")).toBeNull();
  });
});
