/**
 * Pictures as the browser draws them: bitmaps decoded off the main thread, no larger than they are looked at.
 *
 * It promises that painting never waits (what is not there yet is a quiet grey, what cannot be shown says so), that
 * `arrived` tells of every picture that came later than it was asked for, and that the bitmaps it holds are bounded.
 * Where the bytes come from is given to it; it must never ask for the same picture twice at a time.
 */

import type { Inks } from "./colour";
import type { Box } from "./viewport";

/** Gives a picture's bytes by its SHA-256. */
export type LoadAsset = (asset: string) => Promise<Blob>;

/** Pixels of all bitmaps together, 4 bytes each: 160 MB, a quarter of that where memory is known to be small. */
const PIXELS = 40_000_000;
const SMALL_PIXELS = 10_000_000;
/** Of one bitmap: what a page that fills a large screen needs, and more when zoomed in on fewer pictures. */
const MOST = 16_000_000;
const LEAST = 250_000;
/** Decoded at a time: more would only wait for the same processors. */
const AT_ONCE = 2;
/** Milliseconds: what was painted this lately is being looked at. */
const FRESH = 1_000;
const BROKEN = "This picture cannot be shown";

export interface Size {
  readonly width: number;
  readonly height: number;
}

interface Entry {
  readonly asset: string;
  bitmap: ImageBitmap | null;
  /** Of the picture itself, once it is known. */
  natural: Size | null;
  /** Pixels across that somebody wants to see. */
  wanted: number;
  busy: boolean;
  broken: boolean;
  used: number;
  waiting: ((there: boolean) => void)[];
}

export class Images {
  /** Told of each picture that has come, or has come sharper, or turned out not to be one. */
  arrived: (asset: string) => void = () => {};
  private readonly entries = new Map<string, Entry>();
  private readonly queue: Entry[] = [];
  private running = 0;
  private held = 0;
  private most = MOST;
  private readonly bound: number;
  private closed = false;

  constructor(private readonly load: LoadAsset) {
    const { deviceMemory = 8 } = (globalThis.navigator ?? {}) as { deviceMemory?: number };
    this.bound = deviceMemory <= 2 ? SMALL_PIXELS : PIXELS;
  }

  /** Pixels held now. */
  get pixels(): number {
    return this.held;
  }

  /** Paints the picture into its box as far as it is here: filling it, or whole in its middle. */
  paint(
    context: CanvasRenderingContext2D,
    asset: string,
    box: Box,
    inks: Inks,
    fit: "fill" | "whole" = "fill",
  ): void {
    let [x, y, w, h] = [box.minX, box.minY, box.maxX - box.minX, box.maxY - box.minY];
    if (!(w > 0 && h > 0)) return;
    const entry = this.entry(asset);
    const { natural } = entry;
    if (natural && fit === "whole") {
      const scale = Math.min(w / natural.width, h / natural.height);
      x += (w - natural.width * scale) / 2;
      y += (h - natural.height * scale) / 2;
      w = natural.width * scale;
      h = natural.height * scale;
    }
    const { a, b, c, d } = context.getTransform();
    const across = Math.max(w * Math.sqrt(a * a + b * b), 1);
    // A picture that is stretched needs the pixels of its longer scale.
    const down = h * Math.sqrt(c * c + d * d);
    const shape = natural ? natural.width / natural.height : w / h;
    this.want(entry, Math.max(across, down * shape));
    if (entry.bitmap) {
      context.imageSmoothingEnabled = true;
      context.imageSmoothingQuality = "medium";
      context.drawImage(entry.bitmap, x, y, w, h);
      return;
    }
    context.fillStyle = inks.rule; // as the exporter has it
    context.fillRect(x, y, w, h);
    if (!entry.broken) return;
    context.fillStyle = inks.of({ tool: "pen", colour: "grey" });
    paintBroken(context, x, y, w, h);
  }

  /** Is there something to wait for? */
  awaits(asset: string): boolean {
    const entry = this.entries.get(asset);
    return !this.closed && !entry?.bitmap && !entry?.broken;
  }

  /** Resolves when the pictures are there, or are known never to be, at that many pixels across at the least. */
  async ready(assets: Iterable<string>, across: number): Promise<void> {
    await Promise.all(
      [...new Set(assets)].map((asset) => {
        const entry = this.entry(asset);
        this.want(entry, across);
        if (entry.bitmap || entry.broken || this.closed) return null;
        return new Promise<boolean>((done) => entry.waiting.push(done));
      }),
    );
  }

  /** The connection is back: what could not be had is asked for once more. */
  retry(): void {
    for (const entry of this.entries.values()) {
      if (!entry.broken) continue;
      entry.broken = false;
      this.arrived(entry.asset);
    }
  }

  close(): void {
    this.closed = true;
    for (const entry of this.entries.values()) {
      entry.bitmap?.close();
      for (const done of entry.waiting) done(false);
    }
    this.entries.clear();
    this.queue.length = 0;
    this.held = 0;
  }

  private entry(asset: string): Entry {
    let entry = this.entries.get(asset);
    if (!entry) {
      entry = {
        asset,
        bitmap: null,
        natural: null,
        wanted: 0,
        busy: false,
        broken: false,
        used: 0,
        waiting: [],
      };
      this.entries.set(asset, entry);
    }
    return entry;
  }

  private want(entry: Entry, across: number): void {
    entry.used = performance.now();
    entry.wanted = Math.max(across, 1);
    if (entry.busy || entry.broken || this.closed) return;
    if (entry.bitmap && (entry.bitmap.width >= entry.wanted || entry.bitmap.width >= this.level(entry)))
      return;
    entry.busy = true;
    this.queue.push(entry);
    this.next();
  }

  /** How many pixels across are decoded: the picture's own halved as often as it stays enough. */
  private level({ natural, wanted }: Entry): number {
    if (!natural) return wanted;
    let { width } = natural;
    let pixels = natural.width * natural.height;
    while (width > 1 && (width / 2 >= wanted || pixels > this.most)) {
      width /= 2;
      pixels /= 4;
    }
    return Math.max(1, Math.round(width));
  }

  private next(): void {
    while (this.running < AT_ONCE) {
      const entry = this.queue.pop(); // the latest asked for is what is looked at now
      if (!entry) return;
      this.running++;
      void this.decode(entry).finally(() => {
        this.running--;
        this.next();
      });
    }
  }

  private async decode(entry: Entry): Promise<void> {
    try {
      const blob = await this.load(entry.asset);
      entry.natural ??= await sizeOf(blob);
      const width = this.level(entry);
      const small = width < entry.natural.width;
      const bitmap = await createImageBitmap(
        blob,
        small ? { resizeWidth: width, resizeQuality: "high" } : {},
      );
      if (this.closed) return bitmap.close();
      this.take(entry, bitmap);
    } catch {
      entry.broken = !this.closed;
    }
    entry.busy = false;
    for (const done of entry.waiting.splice(0)) done(!entry.broken);
    if (!this.closed) this.arrived(entry.asset);
  }

  private take(entry: Entry, bitmap: ImageBitmap): void {
    if (entry.bitmap) this.drop(entry);
    entry.bitmap = bitmap;
    this.held += bitmap.width * bitmap.height;
    entry.used = performance.now();
    if (this.held <= this.bound) return;
    const old = [...this.entries.values()].filter((one) => one.bitmap && one !== entry);
    for (const one of old.sort((p, q) => p.used - q.used)) {
      if (this.held <= this.bound) return;
      // Those that are being looked at do not fit together: from now on each is kept smaller, so that they will.
      if (entry.used - one.used < FRESH) this.most = Math.max(LEAST, this.most / 2);
      this.drop(one);
    }
  }

  private drop(entry: Entry): void {
    if (!entry.bitmap) return;
    this.held -= entry.bitmap.width * entry.bitmap.height;
    entry.bitmap.close();
    entry.bitmap = null;
  }
}

function paintBroken(context: CanvasRenderingContext2D, x: number, y: number, w: number, h: number): void {
  const size = Math.min(28, w / 14, h / 3);
  context.save();
  context.font = `${size}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(BROKEN, x + w / 2, y + h / 2, w * 0.9);
  context.restore();
}

/** Width and height without decoding, of what the server keeps (PNG and JPEG); of anything else by decoding it. */
export async function sizeOf(blob: Blob): Promise<Size> {
  const head = new DataView(await blob.slice(0, 65_536).arrayBuffer());
  const size = pngSize(head) ?? jpegSize(head);
  if (size) return size;
  const whole = await createImageBitmap(blob);
  const { width, height } = whole;
  whole.close();
  return { width, height };
}

function pngSize(data: DataView): Size | null {
  if (data.byteLength < 24 || data.getUint32(0) !== 0x89504e47 || data.getUint32(12) !== 0x49484452)
    return null;
  return sized(data.getUint32(16), data.getUint32(20));
}

/** From the frame header; null where there is none in the data, or where the picture may have to be turned. */
function jpegSize(data: DataView): Size | null {
  if (data.byteLength < 4 || data.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; at + 9 < data.byteLength; ) {
    const marker = data.getUint16(at);
    if (marker < 0xff01 || marker === 0xffe1) return null; // out of step, or Exif
    const frame = marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker);
    if (frame) return sized(data.getUint16(at + 7), data.getUint16(at + 5));
    at += 2 + data.getUint16(at + 2);
  }
  return null;
}

const sized = (width: number, height: number): Size | null =>
  width > 0 && height > 0 ? { width, height } : null;
