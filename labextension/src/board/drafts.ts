/**
 * Figures that others are making right now: dragged, laid out corner by corner, or held after they became straight.
 *
 * It follows `session.drafts` and promises that a figure glides to where it is said to be, that it goes only when its
 * record is in the picture, as that record has it, or fades when it will never come. Nothing depends on having received
 * any of it.
 */

import type { Session } from "../client/contract";
import type { DraftFigure } from "../core/schema";
import { liesOn } from "./copies";
import type { Layer } from "./layer";
import { Draft } from "./tools/draft";
import { figureOf } from "./tools/polygon";
import type { Point } from "./viewport";

/** How fast a figure closes in on what was said last: in this many ms, to a third of the way. */
const PULL = 60;
/** Board units that nobody sees. */
const NEAR = 0.25;
/** A figure of more corners jumps: it costs too much to be made anew with every frame. */
const MANY = 60;

interface Other {
  readonly id: string;
  readonly sprite: Draft;
  target: DraftFigure;
  /** The places that make the figure, as they are shown. */
  at: readonly Point[];
  moving: boolean;
}

export class Drafts {
  private readonly shown = new Map<string, Other>();

  constructor(
    private readonly session: Session,
    private readonly layer: Layer,
    private readonly gone: { settle(sprite: Draft, id: string): void; fade(sprite: Draft): void },
  ) {}

  /** Looks at everything anew: another page, or a reset. */
  reset(page: string, copy: string): void {
    for (const { sprite } of this.shown.values()) this.layer.remove(sprite);
    this.shown.clear();
    for (const person of this.session.drafts.keys()) this.update(person, page, copy);
  }

  /** What somebody makes is news. */
  update(person: string, page: string, copy: string): void {
    const said = this.session.drafts.get(person);
    const draft = said && said.page === page && liesOn(said, copy) ? said : undefined;
    const known = this.shown.get(person);
    if (known && known.id !== draft?.id) this.leave(person, known);
    if (!draft) return;
    if (!known || known.id !== draft.id) {
      const sprite = new Draft(draft);
      this.layer.add(sprite);
      this.shown.set(person, { id: draft.id, sprite, target: draft, at: places(draft), moving: false });
      return;
    }
    const to = places(draft);
    if (known.target.kind !== draft.kind || to.length > MANY) known.at = to;
    // A corner that was just set stays, and the next one comes out of it.
    else known.at = to.map((place, i) => known.at[i] ?? known.at[known.at.length - 1] ?? place);
    known.target = draft;
    known.moving = true;
  }

  /** Lets figures move and go; true while there is something to do. */
  step(elapsed: number): boolean {
    let busy = false;
    const share = 1 - Math.exp(-elapsed / PULL);
    for (const [person, one] of this.shown) {
      if (this.session.table.get(one.id)) {
        this.leave(person, one);
        busy = true;
      }
      if (!one.moving) continue;
      const to = places(one.target);
      one.at = to.map(({ x, y }, i) => {
        const from = one.at[i]!;
        return { x: from.x + (x - from.x) * share, y: from.y + (y - from.y) * share };
      });
      one.moving = to.some(({ x, y }, i) => Math.abs(x - one.at[i]!.x) + Math.abs(y - one.at[i]!.y) > NEAR);
      if (!one.moving) one.at = to;
      this.layer.touch(one.sprite.become(one.moving ? made(one.target, one.at) : one.target));
      busy = true;
    }
    return busy;
  }

  private leave(person: string, { id, sprite }: Other): void {
    this.shown.delete(person);
    const record = this.session.table.get(id);
    if (record?.type === "shape") {
      // As it is kept, lest two of it are seen while the picture takes it in.
      this.layer.touch(sprite.become(record));
      this.gone.settle(sprite, id);
    } else this.gone.fade(sprite);
  }
}

/** The places that make a figure: corners of a polygon, else the two ends of its box. */
function places({ kind, x, y, w, h, corners }: DraftFigure): Point[] {
  if (kind === "polygon") return corners.map(([u, v]) => ({ x: x + u * w, y: y + v * h }));
  return [
    { x, y },
    { x: x + w, y: y + h },
  ];
}

/** The figure that those places make. */
function made(draft: DraftFigure, at: readonly Point[]): DraftFigure {
  const [from, to] = at as readonly [Point, Point, ...Point[]];
  if (draft.kind !== "polygon") return { ...draft, x: from.x, y: from.y, w: to.x - from.x, h: to.y - from.y };
  return at.length < 3 ? draft : { ...draft, ...figureOf(at, draft) };
}
