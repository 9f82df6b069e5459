import { expect, test } from "vitest";

import { lower } from "./lower.mjs";

test("a value becomes a pair of switched variables", () => {
  expect(lower("a{color:light-dark(#fff, rgb(1 2 3 / .5))}")).toBe(
    "a{color:var(--cr-on-light,#fff) var(--cr-on-dark,rgb(1 2 3 / .5))}",
  );
});

test("values nest and repeat", () => {
  expect(lower("a{--x:var(--y,light-dark(f(1,2),light-dark(b,c)));--z:light-dark(d,e)}")).toBe(
    "a{--x:var(--y,var(--cr-on-light,f(1,2)) var(--cr-on-dark,var(--cr-on-light,b) var(--cr-on-dark,c)));" +
      "--z:var(--cr-on-light,d) var(--cr-on-dark,e)}",
  );
});

test("every rule that sets the scheme sets the switches", () => {
  const css = lower(":root{color-scheme:light dark}[t=dark]{color-scheme:dark}[t=light]{color-scheme:light}");
  expect(css).toBe(
    ":root{color-scheme:light dark;--cr-on-light:initial;--cr-on-dark: }" +
      "@media (prefers-color-scheme:dark){:root{--cr-on-light: ;--cr-on-dark:initial}}" +
      "[t=dark]{color-scheme:dark;--cr-on-light: ;--cr-on-dark:initial}" +
      "[t=light]{color-scheme:light;--cr-on-light:initial;--cr-on-dark: }",
  );
});

test("the media feature of nearly the same name is left alone", () => {
  const css = "@media (prefers-color-scheme:dark){a{color:red}}";
  expect(lower(css)).toBe(css);
});

test("half a function is an error", () => {
  expect(() => lower("a{color:light-dark(#fff)}")).toThrow(/two values/);
});
