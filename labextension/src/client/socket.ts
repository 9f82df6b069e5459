/**
 * One window's connection to its class: connects, says hello, notices silence, and comes back by itself.
 *
 * It promises that `welcome` comes before any other message of a connection, that a dead connection is noticed within
 * 35 s (SPEC 5.13) and tried again after 0.3 to 8 s, or at once when the network or the person returns. It knows
 * nothing of records; it never gives up except when the server says so.
 */

import { type AnyMessage, FAREWELLS, type Hello, type Pong, SUBPROTOCOL } from "../core/schema";
import { read, split, WireError, write } from "../core/wire";
import type { Farewell } from "./contract";
import type { Surroundings, Wire } from "./surroundings";

const PING = 10_000;
const DEAD = 35_000;
/** Opening and being welcomed may take this long, the answer to a ping on waking that long. */
const OPENING = 15_000;
const WAKING = 5_000;
const FIRST_RETRY = 300;
const LAST_RETRY = 8_000;

export interface SocketEvents {
  /** A connection is open: what to say first. A rejection counts as a failed attempt. */
  hello(): Promise<Hello>;
  message(message: AnyMessage): void;
  /** The connection is lost; another is on its way. `garbled`: it said what could not be read. */
  down(garbled: boolean): void;
  /** The server ended it for good. True: try again all the same. */
  farewell(farewell: Farewell): boolean;
}

export class Socket {
  private wire: Wire | null = null;
  private welcomed = false;
  private attempt = 0;
  private tries = 0;
  private heard = 0; // when anything last came
  private closed = false;
  private waiting = false; // for the next attempt
  private cancelTimer: () => void = () => {};
  private readonly endWake: () => void;
  private offset: number;
  private roundTrip = Number.POSITIVE_INFINITY;

  constructor(
    private readonly url: string,
    private readonly around: Surroundings,
    private readonly events: SocketEvents,
  ) {
    this.offset = around.wall() - around.clock();
    this.endWake = around.onWake(() => this.wake());
  }

  /** May anything but the hello be sent? */
  get ready(): boolean {
    return this.wire !== null && this.welcomed;
  }

  /** Bytes that wait to leave this machine. */
  get buffered(): number {
    return this.wire?.buffered ?? 0;
  }

  /** The server's clock, in milliseconds since 1970. */
  now(): number {
    return Math.round(this.around.clock() + this.offset);
  }

  /** Begins, or begins again. */
  connect(): void {
    if (this.closed) return;
    this.drop();
    const attempt = ++this.attempt;
    this.heard = this.around.clock();
    this.timer(OPENING, () => this.lost());
    this.events.hello().then(
      (hello) => {
        if (attempt === this.attempt && !this.closed) this.open(hello, attempt);
      },
      () => {
        if (attempt === this.attempt) this.lost();
      },
    );
  }

  /** Sends messages in as few frames as `largest` bytes allow. Nothing is sent while not `ready`. */
  send(messages: readonly AnyMessage[], largest: number): void {
    this.sendWritten(messages.map(write), largest);
  }

  sendWritten(messages: readonly Uint8Array[], largest: number): void {
    if (!this.wire || !this.welcomed) return;
    let frame: Uint8Array[] = [];
    let size = 0;
    for (const message of messages) {
      if (size && size + message.length > largest) {
        this.wire.send(joined(frame, size));
        [frame, size] = [[], 0];
      }
      frame.push(message);
      size += message.length;
    }
    if (size) this.wire.send(joined(frame, size));
  }

  close(): void {
    this.closed = true;
    this.endWake();
    this.drop();
  }

  private open(hello: Hello, attempt: number): void {
    const current = () => attempt === this.attempt && !this.closed;
    let wire: Wire;
    try {
      wire = this.around.connect(this.url, SUBPROTOCOL, {
        open: () => {
          if (current()) wire.send(write(hello));
        },
        frame: (data) => {
          if (current()) this.receive(data, current);
        },
        close: (code) => {
          if (current()) this.ended(code);
        },
      });
    } catch {
      this.lost(); // the browser refuses the address; it may have changed by the next try
      return;
    }
    this.wire = wire;
  }

  private receive(data: Uint8Array, current: () => boolean): void {
    this.heard = this.around.clock();
    try {
      for (const raw of split(data)) {
        const message = read(raw);
        if (message) this.take(message);
        if (!current()) return;
      }
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.lost(true); // what was said is not known, so the table may be wrong: begin anew
    }
  }

  private take(message: AnyMessage): void {
    if (message.kind === "bye") {
      this.bye({ code: message.code, reason: message.reason }, message.again);
      return;
    }
    if (message.kind === "pong") {
      this.tries = 0; // it has got through all that came before
      this.measure(message);
      return;
    }
    if (message.kind === "welcome") {
      this.welcomed = true;
      if (this.roundTrip === Number.POSITIVE_INFINITY) this.offset = message.now - this.around.clock();
      this.events.message(message);
      this.ping();
    } else if (this.welcomed) this.events.message(message);
  }

  private bye(farewell: Farewell, again: boolean): void {
    if (again) this.lost();
    else this.finish(farewell);
  }

  private finish(farewell: Farewell): void {
    if (this.events.farewell(farewell)) this.lost();
    else this.close();
  }

  /** A close without a bye, or after one that was lost. */
  private ended(code: number): void {
    const known = Object.entries(FAREWELLS).find(([, one]) => one.close === code);
    if (known && !known[1].again) this.finish({ code: known[0], reason: known[1].sentence });
    else this.lost();
  }

  private lost(garbled = false): void {
    if (this.closed) return;
    this.drop();
    this.waiting = true;
    const longest = Math.min(LAST_RETRY, FIRST_RETRY * 2 ** this.tries++);
    this.timer(longest * (0.5 + 0.5 * this.around.random()), () => this.connect());
    this.events.down(garbled);
  }

  /** Ends the present connection without a word. */
  private drop(): void {
    this.attempt++;
    this.waiting = false;
    this.cancelTimer();
    const wire = this.wire;
    this.wire = null;
    this.welcomed = false;
    wire?.close();
  }

  private wake(): void {
    if (this.closed) return;
    if (this.waiting) {
      this.tries = 0;
      this.connect();
    }
    if (!this.ready) return;
    const asked = this.around.clock();
    this.ping();
    this.timer(WAKING, () => {
      if (this.heard < asked) this.lost();
      else this.ping();
    });
  }

  private ping(): void {
    this.send([{ kind: "ping", at: Math.max(0, Math.round(this.around.clock())) }], 1024);
    this.timer(PING, () => {
      if (this.around.clock() - this.heard > DEAD) this.lost();
      else this.ping();
    });
  }

  /** The server's clock stood at `now` about half a round trip ago; a quicker answer says it more exactly. */
  private measure(pong: Pong): void {
    const trip = Math.max(0, this.around.clock() - pong.at);
    if (trip > this.roundTrip * 1.5) {
      this.roundTrip *= 1.2; // an old measurement is worth less and less
      return;
    }
    this.roundTrip = Math.max(1, trip);
    this.offset = pong.now + trip / 2 - this.around.clock();
  }

  private timer(milliseconds: number, call: () => void): void {
    this.cancelTimer();
    this.cancelTimer = this.around.after(milliseconds, call);
  }
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const frame = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    frame.set(part, at);
    at += part.length;
  }
  return frame;
}
