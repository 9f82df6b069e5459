// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";

import { chord, editing, KEYS } from "./keys";

function press(
  key: string,
  code: string,
  more: Partial<KeyboardEventInit> & { altGr?: boolean } = {},
): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { key, code, ...more });
  Object.defineProperty(event, "getModifierState", {
    value: (name: string) => name === "AltGraph" && !!more.altGr,
  });
  return event;
}

describe("a chord", () => {
  it("is the character, with the modifiers that it does not say itself", () => {
    expect(chord(press("p", "KeyP"))).toBe("p");
    expect(chord(press("P", "KeyP", { shiftKey: true }))).toBe("shift+p");
    expect(chord(press("Z", "KeyZ", { shiftKey: true, metaKey: true }))).toBe("mod+shift+z");
    expect(chord(press("+", "BracketRight", { shiftKey: true }))).toBe("+");
    expect(chord(press("!", "Digit1", { shiftKey: true }))).toBe("shift+1");
    expect(chord(press("ArrowLeft", "ArrowLeft"))).toBe("ArrowLeft");
  });

  it("fits keyboards where digits need Shift and brackets AltGr", () => {
    expect(chord(press("1", "Digit1", { shiftKey: true }))).toBe("1");
    expect(chord(press("[", "Digit8", { ctrlKey: true, altKey: true, altGr: true }))).toBe("[");
  });

  it("of the browser's own is not the board's", () => {
    for (const event of [
      press("p", "KeyP", { ctrlKey: true }),
      press("0", "Digit0", { metaKey: true }),
      press("ArrowLeft", "ArrowLeft", { altKey: true }),
    ]) {
      expect(KEYS[chord(event)]).toBeUndefined();
    }
  });
});

it("knows when somebody is writing", () => {
  document.body.innerHTML = `<input id="a"><input type="checkbox" id="b"><div contenteditable="true"><b id="c">x</b></div><button id="d"></button>`;
  const at = (id: string) => editing(document.getElementById(id));
  expect([at("a"), at("b"), at("c"), at("d"), editing(null)]).toEqual([true, false, true, false, false]);
});
