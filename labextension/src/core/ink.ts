/**
 * Ink: how the points of a stroke are packed into bytes. The twin of `classroom/core/ink.py`, whose docstring describes
 * the format; the drawing of them is in `outline.ts`.
 *
 * Both give the same bytes (`tests/vectors/` judges both). Malformed bytes throw `BadInk` before anything is allocated
 * from a number they hold. Numbers go past 32 bits, so the arithmetic here is on floats that hold integers.
 */

export { bounds, type Outline, Outliner, outline, type Tool } from "./outline";

/** Points of one record or batch: a longer stroke goes on in a record of its own. */
export const MAX_POINTS = 2000;
export const MAX_QUANTUM = 12;
/** Board units, either sign. */
export const MAX_COORDINATE = 2 ** 22;
/** Milliseconds a stroke may last. */
export const MAX_TIME = 2 ** 31 - 1;

/** A point in packed units: x, y in 2**-quantum board units, pressure in 1/256. */
export type Point = readonly [number, number, number];

const START: Point = [0, 0, 128];

/** Packed points that cannot be unpacked, or points that cannot be packed. */
export class BadInk extends Error {
  override name = "BadInk";
}

/** Bytes that grow. */
class Sink {
  private bytes: Uint8Array;
  private length = 0;

  constructor(guess: number) {
    this.bytes = new Uint8Array(guess);
  }

  byte(value: number): void {
    if (this.length === this.bytes.length) {
      const wider = new Uint8Array(2 * this.length + 16);
      wider.set(this.bytes);
      this.bytes = wider;
    }
    this.bytes[this.length++] = value;
  }

  varint(value: number): void {
    while (value > 127) {
      this.byte((value % 128) | 128);
      value = Math.floor(value / 128);
    }
    this.byte(value);
  }

  zigzag(value: number): void {
    const folded = value < 0 ? -2 * value - 1 : 2 * value;
    if (folded >= 2 ** 35) {
      throw new BadInk("two points lie too far apart for this quantum");
    }
    this.varint(folded);
  }

  done(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }
}

/** Reads varints one by one; never past the end. */
class Source {
  private at = 0;

  constructor(
    private readonly data: Uint8Array,
    private readonly what: string,
  ) {}

  byte(): number {
    if (this.at >= this.data.length) {
      throw new BadInk(`the ${this.what} do not have the length they announce`);
    }
    return this.data[this.at++]!;
  }

  varint(): number {
    let byte = this.byte();
    if (byte < 128) {
      return byte;
    }
    let value = byte & 127;
    let scale = 128;
    for (let length = 2; length <= 5; length++) {
      byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) {
        if (byte === 0) {
          break;
        }
        return value;
      }
      scale *= 128;
    }
    throw new BadInk(`a number among the ${this.what} is written too long`);
  }

  zigzag(): number {
    const folded = this.varint();
    return folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
  }

  get left(): number {
    return this.data.length - this.at;
  }

  /** At least `n` numbers must still be able to follow: asked before anything of that size is made. */
  expect(n: number): void {
    if (this.left < n) {
      throw new BadInk(`the ${this.what} do not have the length they announce`);
    }
  }

  end(): void {
    if (this.left > 0) {
      throw new BadInk(`the ${this.what} do not have the length they announce`);
    }
  }
}

function checkQuantum(quantum: number): void {
  if (!(Number.isInteger(quantum) && quantum >= 0 && quantum <= MAX_QUANTUM)) {
    throw new BadInk(`quantum ${quantum} is not within 0..${MAX_QUANTUM}`);
  }
}

function whole(value: number, scale: number): number {
  if (!(Math.abs(value) <= MAX_COORDINATE)) {
    throw new BadInk(`a coordinate is not within ±${MAX_COORDINATE} board units`);
  }
  return Math.floor(value * scale + 0.5);
}

function wholePressure(value: number): number {
  if (!(Math.abs(value) <= MAX_COORDINATE)) {
    throw new BadInk("a pressure is not a number");
  }
  return Math.min(255, Math.max(0, Math.floor(value * 256 + 0.5)));
}

/** Points as x, y, pressure laid flat, in packed units. */
function quantised(points: ArrayLike<number>, quantum: number): Float64Array {
  checkQuantum(quantum);
  if (points.length % 3 !== 0) {
    throw new BadInk("points are x, y, pressure, laid flat");
  }
  if (points.length > 3 * MAX_POINTS) {
    throw new BadInk(`a stroke has at most ${MAX_POINTS} points: split it`);
  }
  const scale = 2 ** quantum;
  const out = new Float64Array(points.length);
  for (let i = 0; i < points.length; i += 3) {
    out[i] = whole(points[i]!, scale);
    out[i + 1] = whole(points[i + 1]!, scale);
    out[i + 2] = wholePressure(points[i + 2]!);
  }
  return out;
}

/** Points (x, y in board units, pressure 0..1, laid flat; 1 to 2000 of them) packed. Throws `BadInk`. */
export function pack(points: ArrayLike<number>, quantum: number): Uint8Array {
  const values = quantised(points, quantum);
  const n = values.length / 3;
  if (n === 0) {
    throw new BadInk("a stroke has at least one point");
  }
  let flags = values[2]! === START[2]! ? 0 : 2;
  for (let i = 5; i < values.length; i += 3) {
    if (values[i]! !== values[2]!) {
      flags = 1;
      break;
    }
  }
  const sink = new Sink(3 * n + 16);
  sink.varint(n);
  sink.byte(flags);
  if (flags === 2) {
    sink.byte(values[2]!);
  }
  for (let plane = 0; plane < (flags === 1 ? 3 : 2); plane++) {
    let last = START[plane]!;
    for (let i = plane; i < values.length; i += 3) {
      sink.zigzag(values[i]! - last);
      last = values[i]!;
    }
  }
  return sink.done();
}

/** The points as x, y in board units and pressure 0..1, laid flat. Throws `BadInk`. */
export function unpack(data: Uint8Array, quantum: number): Float64Array {
  checkQuantum(quantum);
  const source = new Source(data, "points");
  const n = source.varint();
  if (n === 0) {
    throw new BadInk("a stroke has at least one point");
  }
  if (n > MAX_POINTS) {
    throw new BadInk(`a stroke has at most ${MAX_POINTS} points`);
  }
  const flags = source.byte();
  if (flags > 2) {
    throw new BadInk("unknown flags before the points");
  }
  const pressure = (flags === 2 ? source.byte() : START[2]!) / 256;
  source.expect(flags === 1 ? 3 * n : 2 * n);
  const out = new Float64Array(3 * n);
  const limit = MAX_COORDINATE * 2 ** quantum;
  const scale = 2 ** -quantum;
  for (let plane = 0; plane < 2; plane++) {
    let value = 0;
    for (let i = plane; i < out.length; i += 3) {
      value += source.zigzag();
      if (value > limit || value < -limit) {
        throw new BadInk(`a coordinate is not within ±${MAX_COORDINATE} board units`);
      }
      out[i] = value * scale;
    }
  }
  let value = START[2]!;
  for (let i = 2; i < out.length; i += 3) {
    if (flags === 1) {
      value += source.zigzag();
      if (value < 0 || value > 255) {
        throw new BadInk("a pressure is not within 0..255");
      }
      out[i] = value / 256;
    } else {
      out[i] = pressure;
    }
  }
  source.end();
  return out;
}

/** How many points `data` holds. Throws `BadInk` just where `unpack` does. */
export function check(data: Uint8Array, quantum: number): number {
  return unpack(data, quantum).length / 3;
}

/** Milliseconds since the stroke began, one per point, packed. A clock that steps back is held still. Throws `BadInk`. */
export function packTimes(ms: ArrayLike<number>): Uint8Array {
  if (ms.length > MAX_POINTS) {
    throw new BadInk(`a stroke has at most ${MAX_POINTS} points: split it`);
  }
  const sink = new Sink(ms.length + 16);
  let last = 0;
  for (let i = 0; i < ms.length; i++) {
    if (!(ms[i]! >= 0 && ms[i]! <= MAX_TIME)) {
      throw new BadInk(`a time is not within 0..${MAX_TIME} ms`);
    }
    const now = Math.max(last, Math.floor(ms[i]! + 0.5));
    sink.varint(now - last);
    last = now;
  }
  return sink.done();
}

/** The times of `n` points, in milliseconds since the stroke began, never falling. Throws `BadInk`. */
export function unpackTimes(data: Uint8Array, n: number): Float64Array {
  const source = new Source(data, "times");
  source.expect(n);
  const out = new Float64Array(n);
  let value = 0;
  for (let i = 0; i < n; i++) {
    value += source.varint();
    if (value > MAX_TIME) {
      throw new BadInk(`a time is not within 0..${MAX_TIME} ms`);
    }
    out[i] = value;
  }
  source.end();
  return out;
}

/** A live batch: points (laid flat) that follow `prev` (null: none yet), and the `prev` of the next. Throws `BadInk`. */
export function packDelta(
  prev: Point | null,
  points: ArrayLike<number>,
  quantum: number,
): [Uint8Array, Point] {
  const values = quantised(points, quantum);
  const sink = new Sink(values.length + 8);
  let [x, y, pressure] = prev ?? START;
  for (let i = 0; i < values.length; i += 3) {
    sink.zigzag(values[i]! - x);
    sink.zigzag(values[i + 1]! - y);
    sink.zigzag(values[i + 2]! - pressure);
    x = values[i]!;
    y = values[i + 1]!;
    pressure = values[i + 2]!;
  }
  return [sink.done(), [x, y, pressure]];
}

/** The points of a live batch, laid flat, and the `prev` of the next. Throws `BadInk`. */
export function unpackDelta(prev: Point | null, data: Uint8Array, quantum: number): [Float64Array, Point] {
  checkQuantum(quantum);
  let numbers = 0;
  for (const byte of data) {
    numbers += byte < 128 ? 1 : 0;
  }
  if (numbers % 3 !== 0 || numbers > 3 * MAX_POINTS) {
    throw new BadInk("a batch holds whole points, 2000 at most");
  }
  const source = new Source(data, "points");
  const out = new Float64Array(numbers);
  const limit = MAX_COORDINATE * 2 ** quantum;
  const scale = 2 ** -quantum;
  let [x, y, pressure] = prev ?? START;
  for (let i = 0; i < numbers; i += 3) {
    x += source.zigzag();
    y += source.zigzag();
    pressure += source.zigzag();
    if (!(Math.abs(x) <= limit && Math.abs(y) <= limit)) {
      throw new BadInk(`a coordinate is not within ±${MAX_COORDINATE} board units`);
    }
    if (pressure < 0 || pressure > 255) {
      throw new BadInk("a pressure is not within 0..255");
    }
    out[i] = x * scale;
    out[i + 1] = y * scale;
    out[i + 2] = pressure / 256;
  }
  source.end();
  return [out, [x, y, pressure]];
}
