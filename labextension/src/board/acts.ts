/**
 * What can be done with what is selected, as panels and keys ask for it.
 *
 * It promises that a drag which is going on is finished first, that each act is one step of undo (quick nudges together are
 * one), and that those who do not see it are told. Each act returns false where there is nothing to do it to. What may be
 * done is a courtesy here: the server decides.
 */

import { describeThings } from "./describe";
import { type Arrange, arranged, draggedAll, patches, restyled, type Style } from "./edits";
import { extent, union } from "./extent";
import { layDown } from "./paste";
import type { Selecting, SelectingDesk } from "./selecting";
import { lying, reading, topmost } from "./selection";
import { moving } from "./transform";
import * as vp from "./viewport";

/** What the acts need of the board. */
export interface ActsDesk extends SelectingDesk {
  /** Finishes what a hand is doing. */
  settle(): void;
  /** Opens the words of a thing for writing. */
  edit(id: string): boolean;
}

/** Board units by which a copy lies beside what it is a copy of. */
const BESIDE = 20;
/** Nudges that follow each other within this (ms) are one step of undo. */
const QUICK = 800;
/** How near (CSS pixels) to a line is on it. */
const NEAR = 8;

export class Acts {
  private nudged = { at: 0, run: 0 };

  constructor(
    private readonly board: ActsDesk,
    private readonly selecting: Selecting,
  ) {}

  // -- what is selected ---------------------------------------------------------------------------------------------

  /** The topmost thing at a place of the stage that may be changed; "" where none is. */
  at(place: vp.Point): string {
    const { picture, camera } = this.board;
    const { view } = camera;
    return topmost(picture.scene, vp.toBoard(view, place), NEAR / view.zoom, this.selecting.may)?.id ?? "";
  }

  /** Everything that is not locked. */
  all(): void {
    if (!this.board.mayDraw()) return;
    const { selecting } = this;
    const { scene } = this.board.picture;
    selecting.model.inside = "";
    selecting.take(
      [...scene.all()].filter((thing) => !thing.hidden && !thing.record.locked && selecting.may(thing)),
    );
    const { size } = selecting;
    selecting.say(size ? `${size === 1 ? "1 thing" : `${size} things`} selected` : "Nothing to select");
  }

  /** To the next thing (1) or the one before (-1), in reading order; false past the last. */
  walk(by: number): boolean {
    this.board.settle();
    const { selecting } = this;
    const units = reading(this.board.picture.scene, selecting.may);
    const at = units.findIndex((unit) => unit.some(({ id }) => selecting.model.has(id)));
    const next = at < 0 ? (by > 0 ? 0 : units.length - 1) : at + by;
    const unit = units[next];
    if (!unit) {
      selecting.clear();
      return false;
    }
    selecting.model.inside = "";
    selecting.take(unit);
    selecting.reveal();
    selecting.say(`${describeThings(this.board.session, unit)}, ${next + 1} of ${units.length}`);
    return true;
  }

  /** Opens the words of what is selected for writing. */
  open(): boolean {
    const [one, more] = this.selecting.things;
    return one !== undefined && more === undefined && !one.record.locked && this.board.edit(one.id);
  }

  // -- what is done with it -----------------------------------------------------------------------------------------

  remove(): boolean {
    const { selecting } = this;
    if (!this.ready()) return false;
    const { things } = selecting;
    selecting.say(`${describeThings(this.board.session, things)} removed`);
    return selecting.change([{ op: "remove", ids: things.map(({ id }) => id) }]);
  }

  /** Copies beside it, which are selected then. */
  duplicate(): boolean {
    const { session, page } = this.board;
    const { selecting } = this;
    if (!this.ready()) return false;
    const { records } = selecting;
    const box = union(records.map(extent));
    if (!box) return false;
    const where = { x: (box.minX + box.maxX) / 2 + BESIDE, y: (box.minY + box.maxY) / 2 + BESIDE };
    const ids = layDown(session, page, records[0]?.copy ?? "", records, where);
    selecting.model.inside = "";
    selecting.select(ids);
    selecting.say(`${describeThings(session, selecting.things)} duplicated`);
    return ids.length > 0;
  }

  /** Board units. */
  nudge(dx: number, dy: number): boolean {
    const { selecting, nudged } = this;
    if (!this.ready()) return false;
    const now = performance.now();
    if (now - nudged.at > QUICK) nudged.run++;
    nudged.at = now;
    const ids = selecting.model.ids.sort().join().slice(0, 200);
    return selecting.change(draggedAll(selecting.records, moving(dx, dy)), `nudge ${nudged.run} ${ids}`);
  }

  group(): boolean {
    if (!this.ready() || !this.selecting.picked?.groupable) return false;
    return this.regroup(this.board.session.newId());
  }

  ungroup(): boolean {
    return this.ready() && this.regroup("");
  }

  private regroup(group: string): boolean {
    const { selecting } = this;
    selecting.model.inside = "";
    return selecting.change(patches(selecting.records.map((record) => [record, { group }] as const)));
  }

  arrange(how: Arrange): boolean {
    if (!this.ready()) return false;
    const all = [...this.board.picture.scene.all()].filter((thing) => !thing.hidden).sort(lying);
    return this.selecting.change(arranged(all, new Set(this.selecting.model.ids), how));
  }

  /** For staff: what is locked is nobody's to move until it is unlocked. */
  lock(on: boolean): boolean {
    const { session } = this.board;
    const { selecting } = this;
    this.board.settle();
    if (selecting.size === 0 || !session.staff) return false;
    const done = selecting.change(
      patches(selecting.records.map((record) => [record, { locked: on }] as const)),
    );
    if (done) selecting.say(`${describeThings(session, selecting.things)} ${on ? "locked" : "unlocked"}`);
    return done;
  }

  restyle(style: Style): boolean {
    const { selecting } = this;
    return this.ready() && selecting.change(restyled(selecting.records, style, selecting.measure));
  }

  /** Nothing is on the move, and something that can be changed is selected. */
  private ready(): boolean {
    this.board.settle();
    return this.selecting.movable;
  }
}
