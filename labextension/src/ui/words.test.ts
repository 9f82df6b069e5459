import { describe, expect, it } from "vitest";

import { REFUSALS } from "../core/schema";
import {
  ago,
  callTeacher,
  elapsed,
  farewell,
  fill,
  initials,
  lasts,
  nth,
  refusal,
  t,
  unsaved,
} from "./words";

describe("words", () => {
  it("fills parameters and chooses one or many", () => {
    expect(t("enter.taken", { name: "Ana Lima" })).toBe("Someone here is called Ana Lima. Add an initial?");
    expect(t("here", { count: 1 })).toBe("1 here");
    expect(t("enter.tries", { count: 1 })).toBe("Too many tries. Wait 1 second, then try again.");
    expect(t("enter.tries", { count: 30 })).toBe("Too many tries. Wait 30 seconds, then try again.");
  });

  it("leaves no placeholder where a parameter is missing", () => {
    expect(fill("a {b} c", {})).toBe("a  c");
    expect(refusal("name-taken", {})).not.toContain("{");
  });

  it("has a sentence for every refusal, and for one that it does not know", () => {
    for (const code of Object.keys(REFUSALS)) expect(refusal(code, { name: "x" }).length).toBeGreaterThan(10);
    expect(refusal("not-invented-yet", {})).toBe(t("refused.other"));
    expect(refusal("__proto__", {})).toBe(t("refused.other"));
    expect(farewell("constructor", "why")).toBe("why");
  });

  it("says how long a lesson has been going on", () => {
    expect([0, -5, 61_000, 1_930_999, 3_600_000, 3_730_000].map(elapsed)).toEqual(
      "0:00 0:00 1:01 32:10 1:00:00 1:02:10".split(" "),
    );
  });

  it("calls a teacher by the first name, once there is one", () => {
    expect(["Ngozi Okafor", "Teacher", "Teacher 2", undefined].map(callTeacher)).toEqual([
      "Ngozi",
      t("follow.teacher"),
      t("follow.teacher"),
      t("follow.teacher"),
    ]);
  });

  it("says what lasts as a fact and what it means", () => {
    expect(unsaved("disk-full")).toEqual([
      "The disk is full.",
      "Nothing drawn so far is lost, but new strokes cannot be saved.",
    ]);
    expect(unsaved("read-only")).toEqual(["This class is read-only.", ""]);
    expect(unsaved("not-saved")[1]).toContain("new strokes");
    expect(["disk-full", "read-only", "draw-locked", "too-large"].map(lasts)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it("counts places as people do", () => {
    expect([1, 2, 3, 4, 11, 12, 13, 21, 22, 103, 112].map(nth)).toEqual(
      "1st 2nd 3rd 4th 11th 12th 13th 21st 22nd 103rd 112th".split(" "),
    );
  });

  it("shortens names without cutting a character in two", () => {
    expect(initials("Ana Lima")).toBe("AL");
    expect(initials("  Ngozi   de  Okafor ")).toBe("NO");
    expect(initials("Bo")).toBe("BO");
    expect(initials("👩‍🏫 x")).toBe("👩X");
    expect(initials("")).toBe("?");
  });

  it("tells how long ago in few words, also when clocks differ", () => {
    expect(ago(1000, 0)).toBe("now");
    expect(ago(0, 59_999)).toBe("now");
    expect(ago(0, 120_000)).toBe("2 min");
    expect(ago(0, 3 * 3_600_000)).toBe("3 h");
  });
});
