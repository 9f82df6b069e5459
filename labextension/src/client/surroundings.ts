/**
 * What a session needs of the browser: sockets, time, chance, inflating, and a claim that keeps two windows apart. All
 * of it comes in from here, so that tests bring their own. Works without a secure context: plain http in a school has
 * no `crypto.randomUUID` and no locks.
 */

/** The part of a WebSocket that is used. */
export interface Wire {
  readonly buffered: number; // bytes not yet handed to the network
  send(frame: Uint8Array): void;
  close(): void;
}

export interface WireEvents {
  open(): void;
  frame(data: Uint8Array): void;
  close(code: number): void; // once, also when it never opened
}

export interface Surroundings {
  connect(url: string, protocol: string, events: WireEvents): Wire;
  /** Milliseconds on a clock that never jumps. */
  clock(): number;
  /** Milliseconds since 1970, as this machine believes. */
  wall(): number;
  /** Calls once, later. @returns a function that prevents it */
  after(milliseconds: number, call: () => void): () => void;
  /** 0 <= x < 1 */
  random(): number;
  bytes(count: number): Uint8Array;
  /** Undoes zlib over all pieces together. @throws Error */
  inflate(pieces: readonly Uint8Array[]): Promise<Uint8Array>;
  /** Makes a name one's own until the function that it gives is called. Null: somebody else has it. */
  claim(name: string): Promise<(() => void) | null>;
  /** What tells this loaded page from every other, also from its own reload. */
  readonly page: string;
  /** Calls when the network or the person is back. @returns a function that ends it */
  onWake(call: () => void): () => void;
  reload(): void;
}

/** How long another window of the same name may take to say so. */
const CLAIM = 200;

export function browser(): Surroundings {
  return {
    connect: connectWebSocket,
    clock: () => performance.now(),
    wall: () => Date.now(),
    after(milliseconds, call) {
      const timer = setTimeout(call, milliseconds);
      return () => clearTimeout(timer);
    },
    random: () => Math.random(),
    bytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    inflate,
    claim,
    page: String(performance.timeOrigin),
    onWake(call) {
      const visible = () => {
        if (document.visibilityState === "visible") call();
      };
      addEventListener("online", call);
      document.addEventListener("visibilitychange", visible);
      return () => {
        removeEventListener("online", call);
        document.removeEventListener("visibilitychange", visible);
      };
    },
    reload: () => location.reload(),
  };
}

function connectWebSocket(url: string, protocol: string, events: WireEvents): Wire {
  const address = new URL(url, location.href);
  address.protocol = address.protocol.replace(/^http/, "ws");
  const socket = new WebSocket(address, protocol);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => events.open();
  socket.onmessage = ({ data }) => {
    if (data instanceof ArrayBuffer) events.frame(new Uint8Array(data));
  };
  socket.onclose = ({ code }) => events.close(code);
  return {
    get buffered() {
      return socket.bufferedAmount;
    },
    send: (frame) => socket.send(frame as Uint8Array<ArrayBuffer>),
    close: () => socket.close(),
  };
}

async function inflate(pieces: readonly Uint8Array[]): Promise<Uint8Array> {
  const stream = new Blob(pieces as Uint8Array<ArrayBuffer>[])
    .stream()
    .pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * A duplicated tab begins with a copy of the first one's storage. Locks tell the two apart at once; where there are
 * none (no secure context), the windows ask each other. A lock of a page that is just being reloaded is waited for.
 */
async function claim(name: string): Promise<(() => void) | null> {
  if (typeof navigator !== "undefined" && navigator.locks) {
    return new Promise((answer) => {
      const held = () => new Promise<void>((release) => answer(release));
      navigator.locks.request(name, { signal: AbortSignal.timeout(CLAIM) }, held).catch(() => answer(null));
    });
  }
  if (typeof BroadcastChannel === "undefined") return () => {};
  const channel = new BroadcastChannel(name);
  return new Promise((answer) => {
    let mine = false;
    channel.onmessage = ({ data }) => {
      if (data === "whose?" && mine) channel.postMessage("mine");
      if (data === "mine" && !mine) {
        channel.close();
        answer(null);
      }
    };
    channel.postMessage("whose?");
    setTimeout(() => {
      mine = true;
      answer(() => channel.close());
    }, CLAIM);
  });
}
