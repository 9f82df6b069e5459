/** The layout in TypeScript: the vectors that the Python twin reads too, and what must hold of every text. */

import { describe, expect, it } from "vitest";

import cases from "../../../../tests/vectors/text-layout.json";
import type { Formula, TextBox } from "../../core/schema";
import { layNote, layText, type Measure } from "./layout";
import { clustersOf, rightToLeft } from "./letters";
import { mathOf } from "./markup";

/** As `make_text.py` has it. */
const measure: Measure = (words, look, size) => {
  const count = [...words].filter((c) => !/\p{M}|\u200c|\u200d|\u200f/u.test(c)).length;
  return count * size * ((look === "code" ? 0.6 : 0.5) + (look.includes("b") ? 0.0625 : 0));
};
const known = (source: string, display: boolean) =>
  (cases.formulas as Formula[]).find((one) => one.source === source && one.display === display);
const which = (formulas: readonly Formula[]) => formulas.map(({ source, display }) => [source, display]);

describe("the vectors", () => {
  it.each(cases.sources)("formulas of $name", ({ text, formulas }) => {
    expect(mathOf(text).map(({ source, display }) => [source, display])).toEqual(formulas);
  });

  it.each(cases.texts)("$name, $given.w wide", ({ given, laid }) => {
    const { formulas, ...rest } = layText(given as TextBox, known, measure);
    expect({ ...rest, formulas: which(formulas) }).toEqual(laid);
  });

  it.each(cases.notes)("a note: $name, $given.w x $given.h", ({ given, laid }) => {
    const { formulas, ...rest } = layNote(given, known, measure);
    expect({ ...rest, formulas: which(formulas) }).toEqual(laid);
  });
});

it("loses no letter of any source, and keeps lines inside their box", () => {
  const letters = (text: string) => [...text.replace(/[\s\u200f]/g, "")].sort().join("");
  let seed = 7;
  const random = (n: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * n);
  };
  const parts = ["a", "bc", " ", "  ", "ש", "ל1", "é", "中文", ".", ", ", "x y", "12", "(", "👩‍👩‍👧"];
  let lines = 0;
  for (let round = 0; round < 300; round++) {
    const text = `${Array.from({ length: 1 + random(20) }, () => parts[random(parts.length)]).join("")}z`;
    const w = [0, 25, 90][random(3)]!;
    const laid = layText({ text, w, size: 20, align: "left" }, known, measure);
    const runs = laid.lines.flatMap(([, , some]) => some);
    expect(letters(runs.map((run) => run[3]).join(""))).toBe(letters(text));
    for (const [, , some] of laid.lines) {
      const [last] = some.slice(-1);
      const alone =
        clustersOf(
          some
            .map((run) => run[3])
            .join("")
            .replace(/\u200f/g, ""),
        ).length === 1;
      if (w > 0 && !alone) expect(last![0] + last![1]).toBeLessThanOrEqual(w + 0.02);
      lines++;
    }
  }
  expect(lines).toBeGreaterThan(600);
});

it("tells from a run alone which way it is read", () => {
  const ways = ["abc", "שלום", "12", "\u200f12)", " אב", "(x)", "", "مرحبا", "नम"].map(rightToLeft);
  expect(ways).toEqual([false, true, false, true, true, false, false, true, false]);
});
