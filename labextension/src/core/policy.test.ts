import { expect, it } from "vitest";

import vectors from "../../../tests/vectors/may-draw.json";
import { mayDraw } from "./policy";
import type { Class, Page, Person, Role } from "./schema";

type Case = [Role, Page["audience"], boolean, boolean, Class["draw"], Person["draw"], boolean];
const cases = vectors as Case[];

it("4.3 who may draw is what the server says", () => {
  expect(cases.length).toBe(432);
  const wrong = cases.filter(
    ([role, audience, locked, gone, draw, own, may]) =>
      mayDraw({ draw }, { audience, locked, gone }, role, own) !== may,
  );
  expect(wrong).toEqual([]);
});

it("4.3 before the class and its people are known, only staff draw", () => {
  const page = { audience: "all", locked: false, gone: false } as const;
  expect(mayDraw(undefined, page, undefined, "")).toBe(false);
  expect(mayDraw(undefined, page, "student", "yes")).toBe(false);
  expect(mayDraw(undefined, page, "teacher", "")).toBe(true);
});
