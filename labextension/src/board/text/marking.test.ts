import { describe, expect, it } from "vitest";

import { entered, type Marking, marked } from "./marking";

/** The selection stands between bars. */
const typed = (shown: string) => {
  const start = shown.indexOf("|");
  const end = shown.lastIndexOf("|") - (shown.lastIndexOf("|") > start ? 1 : 0);
  return { text: shown.replaceAll("|", ""), start, end };
};
const shown = ({ text, start, end }: { text: string; start: number; end: number }) =>
  start === end
    ? `${text.slice(0, start)}|${text.slice(start)}`
    : `${text.slice(0, start)}|${text.slice(start, end)}|${text.slice(end)}`;
const does = (before: string, marking: Marking) => shown(marked(typed(before), marking));

describe("marking", () => {
  it.each([
    ["a |b| c", "bold", "a **|b|** c"],
    ["a **|b|** c", "bold", "a |b| c"],
    ["a |**b**| c", "bold", "a |b| c"],
    ["a |b| c", "italic", "a *|b|* c"],
    ["a **|b|** c", "italic", "a ***|b|*** c"],
    ["a | b | c", "bold", "a  **|b|**  c"],
    ["a |", "formula", "a $|$"],
    ["|x|", "code", "`|x|`"],
    ["one\nt|w|o\nthree", "list", "one\n- t|w|o\nthree"],
    ["|one\ntwo|", "list", "- |one\n- two|"],
    ["- |one\n- two|", "list", "|one\ntwo|"],
  ] as const)("%s, %s", (before, marking, after) => {
    expect(does(before, marking)).toBe(after);
  });

  it("comes and goes", () => {
    for (const marking of ["bold", "italic", "code", "formula"] as const)
      expect(does(does("say |this| now", marking), marking)).toBe("say |this| now");
  });
});

describe("Enter", () => {
  it.each([
    ["- a|", "- a\n- |"],
    ["  * a|b", "  * a\n  * |b"],
    ["9. a|", "9. a\n10. |"],
    ["x\n- |", "x\n|"],
  ])("%j", (before, after) => {
    expect(shown(entered(typed(before))!)).toBe(after);
  });

  it("is a plain one elsewhere", () => {
    for (const plain of ["a|", "|- a", "-|", "- |a| b"]) expect(entered(typed(plain))).toBeNull();
  });
});
