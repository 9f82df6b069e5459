/**
 * Putting pictures on a page: seen at once where they were dropped, at half strength, while they are sent; records only
 * when the server has them.
 *
 * It promises that pictures dropped together are one change, one step of undo; that nothing is left of what was cancelled
 * or refused; and that leaving the page or the board does not lose what is on its way. Where bytes go and what people are
 * told is given to it; whether one may draw is asked of the session and decided by the server.
 */

import type { Sent } from "../client/assets";
import type { Session } from "../client/contract";
import { union } from "./extent";
import type { LoadAsset, Size } from "./images";
import type { Sprite } from "./layer";
import { layDown } from "./paste";
import type { Picture } from "./picture";
import { shrunk, Unreadable } from "./shrink";
import { type Box, type Point, toStage, type View } from "./viewport";

/** Why a picture was not placed. */
export type Trouble =
  | { readonly kind: "unreadable" | "forbidden" | "offline"; readonly name: string }
  | { readonly kind: "refused"; readonly name: string; readonly error: unknown };

/** Where the board's pictures come from and go to, and the words around them. */
export interface Media {
  load: LoadAsset;
  send(
    file: Blob,
    options: { signal: AbortSignal; progress: (done: number, total: number) => void },
  ): Promise<Sent>;
  /** The file chooser, or on phones the choice between library and camera. */
  choose?(): void;
  /** Something was not placed. */
  trouble(trouble: Trouble): void;
  /** These were. */
  placed?(ids: readonly string[]): void;
  words: { cancel: string; sending(count: number, percent: number): string };
}

/** What placing needs of the board. */
export interface Table {
  readonly session: Session;
  readonly picture: Picture;
  readonly page: string;
  readonly view: View;
  /** The middle of what is seen of the page, in board units. */
  readonly middle: Point;
  /** Whose private copy is drawn on; "" is everyone's. */
  readonly copy: string;
  ask(): void;
  select?(ids: readonly string[]): void;
}

/** Board units between pictures that were dropped together. */
const GAP = 24;
/** Of the page, at the most. */
const SHARE = 2 / 3;
const HALF = 0.5;

class Preview implements Sprite {
  alpha = HALF;
  constructor(
    readonly box: Box,
    private readonly bitmap: ImageBitmap,
  ) {}

  draw(context: CanvasRenderingContext2D): void {
    const { minX, minY, maxX, maxY } = this.box;
    context.drawImage(this.bitmap, minX, minY, maxX - minX, maxY - minY);
  }
}

interface Batch {
  readonly page: string;
  readonly copy: string;
  readonly box: Box;
  readonly chip: Chip;
  readonly previews: readonly Preview[];
}

export class Placing {
  readonly element = document.createElement("div");
  private readonly batches = new Set<Batch>();

  constructor(
    private readonly table: Table,
    private readonly media: Media,
  ) {
    this.element.className = "cr-board-arriving";
  }

  /** Places the files about `at` (board units). @returns the ids of what was placed, once it is */
  async place(files: readonly Blob[], at: Point = this.table.middle): Promise<string[]> {
    const { table, media } = this;
    const { session, page, copy } = table;
    const trouble = (kind: "unreadable" | "forbidden" | "offline", name: string) => {
      media.trouble({ kind, name });
      return [];
    };
    const first = nameOf(files[0]);
    if (!page || !session.mayDraw(page)) return trouble("forbidden", first);
    if (session.status !== "live") return trouble("offline", first);
    const read = await Promise.all(
      files.map((file) =>
        shrunk(file, session.limits.asset ?? Number.POSITIVE_INFINITY).catch((error: unknown) => {
          if (!(error instanceof Unreadable)) throw error;
          trouble("unreadable", nameOf(file));
          return null;
        }),
      ),
    );
    const ready = read.filter((one) => one !== null);
    const record = session.table.get(page);
    if (!ready.length || record?.type !== "page") return [];
    const boxes = laidOut(
      ready.map((one) => one.natural),
      record,
      at,
      record.endless,
    );
    const previews = ready.map((one, i) => new Preview(boxes[i]!, one.bitmap));
    const ending = new AbortController();
    const box = union(boxes)!;
    const chip = new Chip(media.words, ready.length, () => ending.abort());
    const batch: Batch = { page, copy, box, chip, previews };
    this.begin(batch);
    try {
      const sizes = ready.map((one) => one.blob.size);
      const all = sizes.reduce((sum, size) => sum + size, 0);
      const gone = sizes.map(() => 0);
      const assets: (string | null)[] = [];
      for (const [i, { blob, name }] of ready.entries()) {
        // One after the other: together they would only share the same line, and none would be seen soon.
        const sent = await media
          .send(blob, {
            signal: ending.signal,
            progress: (done, total) => {
              gone[i] = total ? (sizes[i]! * done) / total : 0;
              chip.show(gone.reduce((sum, bytes) => sum + bytes, 0) / all);
            },
          })
          .catch((error: unknown) => {
            if (ending.signal.aborted) return null;
            media.trouble({ kind: "refused", name, error });
            return null;
          });
        if (ending.signal.aborted) return [];
        assets.push(sent?.asset ?? null);
      }
      if (!session.mayDraw(page)) return trouble("forbidden", first);
      const kept = assets.flatMap((asset, i) => (asset ? [{ asset, box: boxes[i]! }] : []));
      if (!kept.length) return [];
      const ids = layDown(
        session,
        page,
        copy,
        kept.map(({ asset, box: { minX, minY, maxX, maxY } }) => ({
          type: "image" as const,
          asset,
          x: minX,
          y: minY,
          w: maxX - minX,
          h: maxY - minY,
        })),
      );
      this.settle(
        batch,
        assets.map((asset) => asset !== null),
        ids,
      );
      if (this.here(batch)) table.select?.(ids);
      media.placed?.(ids);
      return ids;
    } finally {
      this.end(batch);
    }
  }

  /** Another page is shown, or the same anew. */
  shown(): void {
    for (const batch of this.batches)
      if (this.here(batch)) for (const preview of batch.previews) this.table.picture.show(preview, false);
    this.follow();
  }

  /** The view moved: what is laid over the page goes along. */
  follow(): void {
    const { view } = this.table;
    for (const batch of this.batches) {
      const { box, chip } = batch;
      const { x, y } = toStage(view, { x: (box.minX + box.maxX) / 2, y: (box.minY + box.maxY) / 2 });
      chip.move(x, y, this.here(batch));
    }
  }

  /** Is what it lies on shown? */
  private here({ page, copy }: Batch): boolean {
    return page === this.table.page && copy === this.table.copy;
  }

  private begin(batch: Batch): void {
    this.batches.add(batch);
    this.element.append(batch.chip.element);
    this.shown();
  }

  /** The previews stay until the page shows the pictures. */
  private settle(batch: Batch, sent: readonly boolean[], ids: readonly string[]): void {
    if (!this.here(batch)) return;
    let next = 0;
    batch.previews.forEach((preview, i) => {
      if (sent[i]) this.table.picture.settle(preview, [ids[next++]!]);
    });
  }

  private end(batch: Batch): void {
    this.batches.delete(batch);
    batch.chip.element.remove();
    const { picture } = this.table;
    for (const preview of batch.previews) if (!picture.settles(preview)) picture.hide(preview);
    this.table.ask();
  }
}

function nameOf(file: Blob | undefined): string {
  return file instanceof File ? file.name : "";
}

/**
 * Boxes of pictures beside each other, their middle at `at`: no picture larger than its pixels, all together at most two
 * thirds of the page, and on it.
 */
export function laidOut(sizes: readonly Size[], page: Size, at: Point, endless = false): Box[] {
  const [most, high] = [page.width * SHARE, page.height * SHARE];
  const fits = sizes.map(({ width, height }) => {
    const scale = Math.min(1, most / width, high / height);
    return { width: width * scale, height: height * scale };
  });
  const gaps = GAP * (fits.length - 1);
  const wide = fits.reduce((sum, { width }) => sum + width, 0);
  const scale = Math.min(1, Math.max(most - gaps, most / 2) / wide);
  const total = wide * scale + gaps;
  const tall = Math.max(...fits.map(({ height }) => height)) * scale;
  const inside = (middle: number, length: number, room: number) =>
    endless ? middle : Math.min(Math.max(middle, length / 2), Math.max(room - length / 2, length / 2));
  let x = inside(at.x, total, page.width) - total / 2;
  const y = inside(at.y, tall, page.height);
  const round = (v: number) => Math.round(v * 64) / 64;
  return fits.map(({ width, height }) => {
    const box = {
      minX: round(x),
      minY: round(y - (height * scale) / 2),
      maxX: round(x + width * scale),
      maxY: round(y + (height * scale) / 2),
    };
    x += width * scale + GAP;
    return box;
  });
}

/** How far the sending is, and the way out of it. */
class Chip {
  readonly element = document.createElement("div");
  private readonly word = document.createElement("span");
  private readonly bar = document.createElement("i");

  constructor(
    private readonly words: Media["words"],
    private readonly count: number,
    cancel: () => void,
  ) {
    this.element.className = "cr-board-chip";
    this.element.setAttribute("role", "progressbar");
    this.element.setAttribute("aria-valuemin", "0");
    this.element.setAttribute("aria-valuemax", "100");
    const row = document.createElement("div");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = words.cancel;
    button.addEventListener("click", cancel);
    row.append(this.word, button);
    const track = document.createElement("b");
    track.append(this.bar);
    this.element.append(row, track);
    this.show(0);
  }

  show(share: number): void {
    const percent = Math.min(100, Math.round(100 * share));
    this.word.textContent = this.words.sending(this.count, percent);
    this.bar.style.width = `${percent}%`;
    this.element.setAttribute("aria-valuenow", String(percent));
    this.element.setAttribute("aria-label", this.word.textContent);
  }

  move(x: number, y: number, shown: boolean): void {
    this.element.hidden = !shown;
    this.element.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px) translate(-50%, -50%)`;
  }
}
