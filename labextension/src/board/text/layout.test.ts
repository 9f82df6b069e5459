import { describe, expect, it } from "vitest";

import type { Formula } from "../../core/schema";
import { layNote, layText, type Measure } from "./layout";
import { blocksOf, mathOf } from "./markdown";

/** Half an em to a character, code 0.6: what is laid out with it can be reckoned by hand. */
const fixed: Measure = (words, look, size) => [...words].length * (look === "code" ? 0.6 : 0.5) * size;
const none = () => undefined;
const half: Formula = { source: "x", display: false, width: 2, ascent: 1.5, descent: 0.6, path: "" };

const laid = (text: string, w = 0, align: "left" | "centre" | "right" = "left") =>
  layText({ text, w, size: 20, align }, none, fixed);
const words = (text: string, w = 0) => laid(text, w).lines.map(([, , runs]) => runs.map((run) => run[3]));
const looks = (text: string) => blocksOf(text)[0]!.pieces.map(({ look, words }) => [look, words]);

describe("Markdown of the board", () => {
  it("knows bold, italic, both and code", () => {
    expect(looks("a **b** *c* _d_ ***e*** `f*`")).toEqual([
      ["", "a "],
      ["b", "b"],
      ["", " "],
      ["i", "c"],
      ["", " "],
      ["i", "d"],
      ["", " "],
      ["bi", "e"],
      ["", " "],
      ["code", "f*"],
    ]);
    expect(looks("**b *c* d**")).toEqual([
      ["b", "b "],
      ["bi", "c"],
      ["b", " d"],
    ]);
  });

  it("leaves alone what marks nothing", () => {
    for (const plain of [
      "2 * 3 * 4",
      "snake_case_name",
      "**",
      "a*",
      "*",
      "$5 and $6",
      "a ` b",
      "#no",
      "-1",
      "1.5",
    ])
      expect(looks(plain)).toEqual([["", plain]]);
    expect(looks("\\*a\\* \\$x\\$ \\_ \\\\ \\n")).toEqual([["", "*a* $x$ _ \\ \\n"]]);
  });

  it("takes nothing inside mathematics or code for a mark", () => {
    expect(looks("*a $b*c$ d*")).toEqual([
      ["i", "a "],
      ["math", "b*c"],
      ["i", " d"],
    ]);
    expect(mathOf("$x_1$ and `$y$`\n$$\\frac12$$ then $x_1$")).toEqual([
      { source: "x_1", display: false },
      { source: "\\frac12", display: true },
    ]);
  });

  it("knows headings, lists and fences", () => {
    const kinds = blocksOf("# A\n## B\n### C\n- d\n  * e\n12. f\n```py\n**g**\n\n```\nh").map(
      ({ scale, indent, hang, mark, pieces }) => [
        scale,
        indent,
        hang,
        mark,
        ...pieces.map((p) => p.look + p.words),
      ],
    );
    expect(kinds).toEqual([
      [1.6, 0, 0, "", "bA"],
      [1.3, 0, 0, "", "bB"],
      [1.15, 0, 0, "", "bC"],
      [1, 1.1, 0, "•", "d"],
      [1, 2.2, 1.1, "•", "e"],
      [1, 1.1, 0, "12.", "f"],
      [1, 0, 0, "", "code**g**"],
      [1, 0, 0, ""],
      [1, 0, 0, "", "h"],
    ]);
  });
});

describe("lines", () => {
  it("stand 1.35 apart, the first baseline one size below the top", () => {
    const { lines, height, width } = laid("ab\n\ncd e");
    expect(lines).toEqual([
      [20, 20, [[0, 20, "", "ab"]]],
      [47, 20, []],
      [74, 20, [[0, 40, "", "cd e"]]],
    ]);
    expect([width, height]).toEqual([40, 81]);
  });

  it("break between words where they are wider than the box, and inside a word that alone is", () => {
    expect(words("one two three", 80)).toEqual([["one two"], ["three"]]);
    expect(words("one two three", 1000)).toEqual([["one two three"]]);
    expect(words("abcdefghij", 40)).toEqual([["abcd"], ["efgh"], ["ij"]]);
    // What people take for one letter stays together: a flag, a letter with its accent, a family.
    expect(words("👩‍👩‍👧éx🇳🇬", 15).flat()).toEqual(["👩‍👩‍👧", "é", "x", "🇳🇬"]);
    expect(words("a", 1)).toEqual([["a"]]);
  });

  it("stand at the left, in the middle, at the right", () => {
    const starts = (align: "left" | "centre" | "right", w: number) =>
      laid("abcd\nab", w, align).lines.map(([, , runs]) => runs[0]![0]);
    expect(starts("left", 100)).toEqual([0, 0]);
    expect(starts("centre", 100)).toEqual([30, 40]);
    expect(starts("right", 0)).toEqual([0, 20]);
  });

  it("hang a list's marks before its words", () => {
    expect(laid("- abcd efgh", 80).lines.map(([, , runs]) => runs)).toEqual([
      [
        [0, 10, "", "•"],
        [22, 40, "", "abcd"],
      ],
      [[22, 40, "", "efgh"]],
    ]);
  });

  it("are higher where a formula is, and show its source where there is none yet", () => {
    const { lines, height } = layText({ text: "a $x$\nb", w: 0, size: 20, align: "left" }, () => half, fixed);
    expect(lines).toEqual([
      [
        30,
        20,
        [
          [0, 20, "", "a "],
          [20, 40, "math", "x"],
        ],
      ],
      [62, 20, [[0, 10, "", "b"]]],
    ]);
    expect(height).toBe(69);
    expect(laid("a $x$").lines[0]![2][1]).toEqual([20, 12, "code", "x"]);
  });

  it("go from right to left where their first letter does", () => {
    const [line] = laid("שלום **abc** עולם", 400).lines;
    // "שלום " is 5, "abc" 3, " עולם" 5 characters of 10: 130 in all, ending at 400.
    expect(line![2]).toEqual([
      [270, 50, "", " עולם"],
      [320, 30, "b", "abc"],
      [350, 50, "", "שלום "],
    ]);
    const [mixed] = laid("see אב **גד** 12 now").lines;
    expect(mixed![2].map((run) => run[3])).toEqual(["see ", "12 ", "גד", "אב ", " now"]);
  });
});

describe("a note", () => {
  it("keeps its words inside its margin, smaller where they do not fit, then it grows", () => {
    const note = (text: string) => layNote({ text, w: 240, h: 240, size: 28 }, none, fixed);
    expect(note("Hi")).toEqual({ lines: [[44, 28, [[16, 28, "", "Hi"]]]], h: 240 });
    const smaller = note("word ".repeat(30));
    expect(smaller.h).toBe(240);
    expect(smaller.lines[0]![1]).toBeLessThan(28);
    const long = note("word ".repeat(400));
    expect(long.lines[0]![1]).toBe(12);
    expect(long.h).toBeGreaterThan(240);
    for (const { lines, h } of [smaller, long])
      for (const [baseline, size, runs] of lines) {
        expect(baseline + 0.35 * size).toBeLessThanOrEqual(h - 15.9);
        for (const [x, advance] of runs) expect(x + advance).toBeLessThanOrEqual(224.1);
      }
  });
});

it("loses no letter of any source", () => {
  const letters = (text: string) => [...text.replace(/\s/g, "")].sort().join("");
  let seed = 7;
  const random = (n: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * n);
  };
  const parts = ["a", "bc", " ", "  ", "ש", "ל1", "é", "中文", ".", ", ", "x y"];
  for (let round = 0; round < 300; round++) {
    const text = Array.from({ length: 1 + random(20) }, () => parts[random(parts.length)]).join("");
    const { lines } = laid(`${text}z`, [0, 25, 90][random(3)]);
    expect(letters(lines.flatMap(([, , runs]) => runs.map((run) => run[3])).join(""))).toBe(
      letters(`${text}z`),
    );
  }
});
