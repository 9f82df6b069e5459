import { describe, expect, it } from "vitest";

import { KEYS } from "../board/keys";
import { CHORDS, KeysOff } from "./keys_off";

function store(text: string | null = null) {
  let kept = text;
  return {
    getItem: () => kept,
    setItem: (_: string, value: string) => {
      kept = value;
    },
  };
}

describe("keys that are switched off", () => {
  it("stop all chords of their line, and are found again", () => {
    const kept = store();
    const off = new KeysOff(kept);
    expect(off.stops("p")).toBe(false);
    off.set("tool.pen", true);
    off.set("keys.colour", true);
    expect([off.stops("p"), off.stops("8"), off.stops("h")]).toEqual([true, true, false]);
    const again = new KeysOff(kept);
    expect([again.has("tool.pen"), again.stops("1"), again.size]).toEqual([true, true, 2]);
    again.set("tool.pen", false);
    expect(new KeysOff(kept).stops("p")).toBe(false);
    again.clear();
    expect(new KeysOff(kept).size).toBe(0);
  });

  it("come from nothing odd, and work where nothing is kept", () => {
    for (const odd of ["{", "null", "3", '["toString", 4, null, "keys.this"]'])
      expect(new KeysOff(store(odd)).size).toBe(0);
    const off = new KeysOff(null);
    off.set("undo", true);
    expect(off.stops("mod+z")).toBe(true);
  });

  it("are every key of the board but Escape and what opens what is selected", () => {
    const all = new Set(Object.values(CHORDS).flat());
    const without = Object.keys(KEYS).filter((chord) => !all.has(chord));
    expect(without.sort()).toEqual(["Enter", "Escape"]);
  });
});
