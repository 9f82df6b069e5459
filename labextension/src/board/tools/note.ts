/**
 * The note tool: a sticky note under the pointer, written on at once; a click on one that is there opens it.
 *
 * It promises that nothing is stored by the gesture itself, and that a new note lies on the page.
 */

import type { Note } from "../../core/schema";
import { withDefaults } from "../../core/schema";
import type { Inks } from "../colour";
import type { Sprite } from "../layer";
import { sheet } from "../text/draw";
import { NOTE_SIDE, NOTE_SIZES, TEXT_SIZES } from "../text/writing";
import type { Box } from "../viewport";
import type { Bench, Tool, Touch } from "./tool";

const SHADOW = 12;

class Ghost implements Sprite {
  box: Box = { minX: 0, minY: 0, maxX: 0, maxY: 0 };
  alpha = 0.7;
  private note: Note;

  constructor(colour: string, at: { x: number; y: number }) {
    this.note = withDefaults({ type: "note", id: "", page: "", z: "a", colour, ...at }) as Note;
    this.move(at);
  }

  move({ x, y }: { x: number; y: number }): Box {
    const old = this.box;
    this.note = { ...this.note, x, y };
    this.box = {
      minX: x - SHADOW,
      minY: y - SHADOW,
      maxX: x + NOTE_SIDE + SHADOW,
      maxY: y + NOTE_SIDE + SHADOW,
    };
    return {
      minX: Math.min(old.minX, this.box.minX),
      minY: Math.min(old.minY, this.box.minY),
      maxX: Math.max(old.maxX, this.box.maxX),
      maxY: Math.max(old.maxY, this.box.maxY),
    };
  }

  draw(context: CanvasRenderingContext2D, inks: Inks): void {
    sheet(context, inks, this.note);
  }
}

export class NoteTool implements Tool {
  readonly name = "note";
  readonly acts = true;
  private at: { bench: Bench; from: Touch; to: Touch; ghost: Ghost | null } | null = null;

  begin(bench: Bench, at: Touch): void {
    this.cancel();
    const over = bench.write.at(at.x, at.y, 0) !== null;
    const ghost = over ? null : new Ghost(bench.choice.noteColour, placed(bench, at));
    this.at = { bench, from: at, to: at, ghost };
    if (ghost) bench.show(ghost, false);
  }

  move(touches: readonly Touch[]): void {
    const last = touches[touches.length - 1];
    if (!this.at || !last) return;
    const { bench, ghost } = this.at;
    this.at.to = last;
    if (ghost) bench.now(ghost, ghost.move(placed(bench, last)));
  }

  end(): void {
    const { at } = this;
    this.at = null;
    if (!at) return;
    const { bench, from, to, ghost } = at;
    if (ghost) bench.hide(ghost);
    if (!ghost && bench.write.editAt(from.x, from.y, 0)) return;
    const { noteColour: colour, textSize } = bench.choice;
    const step = (TEXT_SIZES as readonly number[]).indexOf(textSize);
    const size = NOTE_SIZES[step < 0 ? 1 : step]!;
    bench.write.begin("note", { ...placed(bench, to), w: 0 }, { size, colour, align: "left" });
  }

  cancel(): void {
    const { at } = this;
    this.at = null;
    if (at?.ghost) at.bench.hide(at.ghost);
  }
}

/** The note's corner, its middle being under the pointer, as far as it lies on the page. */
function placed({ session, page }: Bench, { x, y }: Touch): { x: number; y: number } {
  const record = session.table.get(page);
  const half = NOTE_SIDE / 2;
  const within = (v: number, size: number) => Math.round(Math.max(0, Math.min(v - half, size - NOTE_SIDE)));
  if (record?.type !== "page" || record.endless) return { x: Math.round(x - half), y: Math.round(y - half) };
  return { x: within(x, record.width), y: within(y, record.height) };
}
