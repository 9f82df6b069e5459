/**
 * Pictures over HTTP: sent before a record names them, fetched once for a window, both with the personal token in a header.
 *
 * It promises that the same picture is never asked for twice at a time, that what it keeps is bounded, and that every
 * failure is a `DoorError`. It must never look into a picture, nor put a secret into an address.
 */

import { type Door, DoorError } from "./door";

/** A picture as the class keeps it. */
export interface Sent {
  asset: string; // SHA-256
  mime: string;
  size: number; // bytes
  width: number; // pixels, upright
  height: number;
}

export interface SendOptions {
  signal?: AbortSignal;
  /** Bytes on their way so far, and of how many. */
  progress?: (done: number, total: number) => void;
}

/** Bytes of pictures kept, as they were sent: decoded again when the board has forgotten what they look like. */
const KEPT = 64_000_000;
/** Fetched at a time: the first are seen soon, and drawing has the line too. */
const AT_ONCE = 4;
/** Milliseconds before a picture that could not be fetched is tried again, doubled each time. */
const AGAIN = 1_500;
const TRIES = 6;

export class Assets {
  private readonly kept = new Map<string, Blob>();
  private bytes = 0;
  private readonly coming = new Map<string, Promise<Blob>>();
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly door: Door,
    private readonly wait: (ms: number) => Promise<void> = (ms) =>
      new Promise((done) => setTimeout(done, ms)),
  ) {}

  /** The picture's bytes. While the server cannot be reached it goes on trying. @throws DoorError */
  get(asset: string): Promise<Blob> {
    const kept = this.kept.get(asset);
    if (kept) {
      this.kept.delete(asset);
      this.kept.set(asset, kept); // at the end: what was used longest ago goes first
      return Promise.resolve(kept);
    }
    let coming = this.coming.get(asset);
    if (!coming) {
      coming = this.fetch(asset).finally(() => this.coming.delete(asset));
      this.coming.set(asset, coming);
    }
    return coming;
  }

  /** Sends a picture. @throws DoorError, or the signal's reason */
  async send(file: Blob, options: SendOptions = {}): Promise<Sent> {
    for (let turn = 0; ; turn++) {
      try {
        const sent = await this.door.upload<Sent>("PUT", "assets/new", file, options);
        this.keep(sent.asset, file);
        return sent;
      } catch (error) {
        // Two at a time is each person's share: another window of theirs is sending.
        if (!(error instanceof DoorError) || error.code !== "busy" || turn >= TRIES) throw error;
        await this.wait(AGAIN);
        options.signal?.throwIfAborted();
      }
    }
  }

  private async fetch(asset: string): Promise<Blob> {
    if (this.running >= AT_ONCE) await new Promise<void>((go) => this.waiting.push(go));
    this.running++;
    try {
      for (let turn = 0; ; turn++) {
        try {
          const blob = await this.door.asset(asset);
          this.keep(asset, blob);
          return blob;
        } catch (error) {
          const passing = error instanceof DoorError && (error.status === 0 || error.status >= 429);
          // Someone else's picture may be told of a moment before the server knows that it may be seen here.
          const early = error instanceof DoorError && error.status === 404 && turn === 0;
          if (!(passing && turn < TRIES) && !early) throw error;
          await this.wait(AGAIN * 2 ** turn);
        }
      }
    } finally {
      this.running--;
      this.waiting.shift()?.();
    }
  }

  private keep(asset: string, blob: Blob): void {
    this.bytes += blob.size - (this.kept.get(asset)?.size ?? 0);
    this.kept.delete(asset);
    this.kept.set(asset, blob);
    for (const [old, { size }] of this.kept) {
      if (this.bytes <= KEPT || old === asset) break;
      this.kept.delete(old);
      this.bytes -= size;
    }
  }
}
