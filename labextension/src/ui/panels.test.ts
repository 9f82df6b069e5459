// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { DoorError } from "../client/door";
import type { Person } from "../core/schema";
import { withDefaults } from "../core/schema";
import { readFragment } from "../surfaces/join";
import { reach, readToken } from "../surfaces/widget";
import { trouble } from "./arrival";
import { cutAddresses } from "./chat";
import { joinLink } from "./invite";
import { Notices } from "./notices";
import { byName, hands } from "./people";
import { shownWidth, widthStep } from "./rail";
import { Cell, Layers } from "./room";

function person(id: string, fields: Partial<Person> = {}): Person {
  return withDefaults({ type: "person", id, name: id, ...fields });
}

describe("people", () => {
  it("puts hands in the order in which they were raised", () => {
    const people = [
      person("p3", { hand: 5 }),
      person("p1"),
      person("p2", { hand: 5 }),
      person("p4", { hand: 2 }),
    ];
    expect(hands(people).map(({ id }) => id)).toEqual(["p4", "p2", "p3"]);
  });

  it("lists staff first, then names", () => {
    const people = [
      person("p1", { name: "Zoë" }),
      person("p2", { name: "ana" }),
      person("p3", { name: "Ngozi", role: "teacher" }),
      person("p4", { name: "Émile" }),
      person("p5", { name: "Ben", role: "observer" }),
    ];
    expect(people.sort(byName).map(({ name }) => name)).toEqual(["Ngozi", "ana", "Émile", "Zoë", "Ben"]);
  });
});

describe("what the kernel tells", () => {
  it("is a token and, for a teacher, what the invitation is made of", () => {
    expect(readToken({ type: "token", token: "a", ws: "ws://b" })).toEqual({
      token: "a",
      ws: "ws://b",
      entry: null,
    });
    const told = { type: "token", token: "a", fragments: { student: "abc.d" }, code: "maple river 27" };
    expect(readToken(told)).toEqual({
      token: "a",
      ws: "",
      entry: { fragments: { student: "abc.d" }, code: "maple river 27" },
    });
    expect(readToken({ ...told, fragments: { student: 1 }, code: 2 })?.entry).toBeNull();
    for (const odd of [null, "token", {}, { type: "token" }, { type: "other", token: "a" }])
      expect(readToken(odd)).toBeNull();
  });
});

describe("widths", () => {
  it("are shown true to each other", () => {
    const pens = [2.5, 5, 8, 14].map((width) => shownWidth([2.5, 5, 8, 14], width));
    expect(pens).toEqual([1.5, 3, 4.8, 8.4]);
    expect(shownWidth([14, 20, 28, 44], 44)).toBe(16);
  });
});

describe("the link", () => {
  it("is read from the fragment, whole or without its secret", () => {
    expect(readFragment("#abcdefghij.Secret-secret_1")).toEqual({
      class: "abcdefghij",
      secret: "Secret-secret_1",
    });
    expect(readFragment("#abcdefghij")).toEqual({ class: "abcdefghij", secret: "" });
    for (const odd of [
      "",
      "#",
      "#abc",
      "#ABCDEFGHIJ.x",
      "#abcdefghij.",
      "#abcdefghij.a b",
      "#%E0%A4%A",
      "#abcdefghij.<b>12345678",
    ]) {
      expect(readFragment(odd), odd).toBeNull();
    }
  });

  it("is made from the address that the browser knows", () => {
    expect(joinLink("https://hub.example/user/x/", "abcdefghij.s3cret")).toBe(
      "https://hub.example/user/x/classroom/#abcdefghij.s3cret",
    );
  });

  it("leads from a kernel's address to the one that works from outside", () => {
    const page = "https://hub.example/user/ana/";
    expect(reach("http://127.0.0.1:8888/user/ana/", page)).toBe(page);
    expect(reach("ws://localhost:8888/user/ana/classroom/ws", page)).toBe(`${page}classroom/ws`);
    expect(reach("http://127.0.0.1:8888/user/ben/", page)).toBe("http://127.0.0.1:8888/user/ben/");
    expect(reach("https://teacher.example/", page)).toBe("https://teacher.example/");
    expect(reach("http://127.0.0.1:9999/", "http://localhost:8888/")).toBe("http://127.0.0.1:9999/");
    expect(reach("", page)).toBe(page);
  });
});

describe("trouble at the door", () => {
  const at = (code: string, parameters = {}, byCode = false) =>
    trouble(new DoorError(code, "as sent", parameters), "Ana", byCode);

  it("stands beside the field that can mend it", () => {
    expect(at("name-taken").field).toBe("name");
    expect(at("bad-code", {}, true).field).toBe("code");
    expect(at("too-many-tries", { seconds: 30 }).text).toBe(
      "Too many tries. Wait 30 seconds, then try again.",
    );
    expect(at("bad-link").field).toBe("");
  });

  it("is the server's sentence where there is no better one", () => {
    expect(at("brand-new").text).toBe("as sent");
    expect(trouble(new TypeError("inside"), "Ana", false).text).not.toContain("inside");
  });
});

describe("chat lines", () => {
  it("makes links of addresses only, and keeps every character", () => {
    const cases: [string, string[]][] = [
      ["see https://a.example/x?y=1.", ["see ", "https://a.example/x?y=1", "."]],
      ["(https://a.example/b)", ["(", "https://a.example/b", ")"]],
      ["javascript:alert(1)", ["javascript:alert(1)"]],
      ["<b>https://a.example</b>", ["<b>", "https://a.example", "</b>"]],
      ["", [""]],
    ];
    for (const [text, parts] of cases) {
      expect(cutAddresses(text)).toEqual(parts);
      expect(cutAddresses(text).join("")).toBe(text);
    }
  });
});

describe("notices", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("go by themselves, and stay while someone points at them", () => {
    const notices = new Notices();
    notices.show({ text: "a" });
    notices.hold(true);
    vi.advanceTimersByTime(60_000);
    expect(notices.current?.text).toBe("a");
    notices.hold(false);
    vi.advanceTimersByTime(60_000);
    expect(notices.current).toBeNull();
  });

  it("never take an offer of undo away for a plain word", () => {
    const notices = new Notices();
    const run = vi.fn();
    notices.show({ text: "deleted", action: { label: "Undo", run } });
    notices.show({ text: "copied" });
    expect(notices.current?.text).toBe("deleted");
    notices.dismiss();
    expect(notices.current?.text).toBe("copied");
  });

  it("are withdrawn when they are no longer so", () => {
    const notices = new Notices();
    notices.show({ text: "you may draw" });
    notices.withdraw("something else");
    expect(notices.current?.text).toBe("you may draw");
    notices.withdraw("you may draw");
    expect(notices.current).toBeNull();
  });
});

describe("layers", () => {
  it("close from the top", () => {
    const layers = new Layers();
    const closed: string[] = [];
    const off = layers.add(() => closed.push("below"));
    const above = layers.add(() => closed.push("above"));
    expect(layers.closeTop()).toBe(true);
    above();
    layers.closeTop();
    off();
    expect(closed).toEqual(["above", "below"]);
    expect(layers.closeTop()).toBe(false);
  });
});

describe("a cell", () => {
  it("tells only of change, and nobody who has left", () => {
    const cell = new Cell(1);
    const heard = vi.fn();
    const off = cell.watch(heard);
    cell.set(1);
    expect(heard).not.toHaveBeenCalled();
    cell.set(2);
    expect(heard).toHaveBeenCalledTimes(1);
    off();
    cell.set(3);
    expect(heard).toHaveBeenCalledTimes(1);
  });
});

it("a width between two steps is shown as the nearer", () => {
  expect([0, 1.5, 2, 3, 100].map((width) => widthStep([1.5, 3, 5.5, 10], width))).toEqual([0, 0, 0, 1, 3]);
});
