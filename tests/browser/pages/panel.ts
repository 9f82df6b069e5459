/**
 * A page with a whole panel on a session in memory: `#teacher`, `#student` or `#board`, and `theme=dark`. `window.session`
 * is for whoever drives it; nothing answers over HTTP.
 */

import "../../../labextension/style/tokens.css";
import "../../../labextension/style/classroom.css";

import type { Door } from "../../../labextension/src/client/door";
import { pack } from "../../../labextension/src/core/ink";
import type { AnyRecord, Role } from "../../../labextension/src/core/schema";
import { mountBoard, mountStudent, mountTeacher } from "../../../labextension/src/ui/mount";
import { MemorySession, make } from "./memory_session";

const wanted = new URLSearchParams(location.hash.slice(1));
document.documentElement.dataset.theme = wanted.get("theme") ?? "light";
document.documentElement.style.colorScheme = wanted.get("theme") ?? "light";
const role: Role = wanted.has("student") ? "student" : "teacher";
const session = new MemorySession({ person: role === "student" ? "p2" : "p1", role, tag: 1 });

function wave(id: string, page: string, y: number, colour: string): AnyRecord {
  const points: number[] = [];
  for (let i = 0; i < 80; i++) points.push(200 + 12 * i, y + 60 * Math.sin(i / 6), 0.5);
  return make({ type: "ink", id, page, z: "a1", colour, author: "p1", width: 8, points: pack(points, 4) });
}

session.load([
  make({ type: "class", id: "class", title: "Linear algebra, week 3", page: "page1", draw: "all" }),
  make({ type: "person", id: "p1", name: "Ngozi", role: "teacher" }),
  make({ type: "person", id: "p2", name: "Tomás", role: "student" }),
  make({ type: "page", id: "page1", order: "a1", title: "Vectors", pattern: "grid" }),
  make({ type: "page", id: "page2", order: "a2", pattern: "ruled" }),
  make({ type: "page", id: "page3", order: "a3", title: "Worksheet", width: 1240, height: 1754 }),
  make({ type: "page", id: "page4", order: "a4", endless: true, pattern: "dots" }),
  wave("one", "page1", 300, "blue"),
  wave("two", "page2", 500, "red"),
  wave("three", "page3", 1200, "green"),
  wave("four", "page4", -4000, "magenta"),
]);

const door = new Proxy({ base: "http://localhost/" } as unknown as Door, {
  get: (target, key) => (key in target ? target[key as keyof Door] : () => new Promise(() => {})),
});
const node = document.getElementById("host")!;
const host = { session, door, mathStyles: { href: "" } };
if (role === "student") mountStudent(node, host);
else if (wanted.has("board")) mountBoard(node, { ...host, named: () => {} });
else mountTeacher(node, { ...host, height: "100vh" });
Object.assign(window, { session, make, pack });
