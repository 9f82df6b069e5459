/**
 * Who else is writing in which text: a name at its box, and a thin frame in the person's ink.
 *
 * It follows presence and promises to lock nothing. Names are hostile: they are only ever set as text.
 */

import type { Session } from "../../client/contract";
import { firstName, personColour } from "../../core/people";
import type { Presence } from "../../core/schema";
import type { Scene } from "../scene";
import type { View } from "../viewport";

export class Writers {
  readonly element = document.createElement("div");
  private readonly shown = new Map<string, { node: HTMLElement; label: HTMLElement; record: string }>();

  constructor(private readonly session: Session) {
    this.element.className = "cr-writers";
    this.element.setAttribute("aria-hidden", "true");
  }

  get empty(): boolean {
    return this.shown.size === 0;
  }

  /** Someone's presence is news; true: there is something to place. */
  update(person: string, presence: Presence | null): boolean {
    const record = presence ? presence.editing : "";
    if (record === null) return false; // absent: unchanged
    const known = this.shown.get(person);
    if (!record) {
      known?.node.remove();
      return this.shown.delete(person);
    }
    const one = known ?? this.make(person);
    one.record = record;
    this.shown.set(person, one);
    const who = this.session.table.get(person);
    one.label.textContent = who?.type === "person" ? `${firstName(who.name)} …` : "…";
    return true;
  }

  /** Places every frame; a text that nobody can see here has none. */
  move(view: View, scene: Scene): void {
    for (const { node, record } of this.shown.values()) {
      const box = scene.get(record);
      node.hidden = !box;
      if (!box) continue;
      const [x, y] = [box.minX * view.zoom + view.x, box.minY * view.zoom + view.y];
      node.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
      node.style.width = `${((box.maxX - box.minX) * view.zoom).toFixed(1)}px`;
      node.style.height = `${((box.maxY - box.minY) * view.zoom).toFixed(1)}px`;
      node.classList.toggle("below", y < 24);
    }
  }

  private make(person: string) {
    const node = document.createElement("div");
    node.className = "cr-writer";
    node.style.setProperty("--c", `var(--ink-${personColour(person)})`);
    const label = document.createElement("span");
    node.append(label);
    this.element.append(node);
    return { node, label, record: "" };
  }
}
