/**
 * A join link as a QR code (ISO/IEC 18004, byte mode, versions 1 to 12), made in the browser, because only the browser
 * knows the address under which this server is reached.
 *
 * Pure: text in, a square of booleans out. It throws when the text does not fit; it knows nothing of the page.
 */

type Level = "L" | "M";

/** Per version from 1: error-correction words per block, and blocks as [count, data words] pairs. */
const BLOCKS: Readonly<Record<Level, readonly (readonly [number, ...(readonly [number, number])[]])[]>> = {
  L: [
    [7, [1, 19]],
    [10, [1, 34]],
    [15, [1, 55]],
    [20, [1, 80]],
    [26, [1, 108]],
    [18, [2, 68]],
    [20, [2, 78]],
    [24, [2, 97]],
    [30, [2, 116]],
    [18, [2, 68], [2, 69]],
    [20, [4, 81]],
    [24, [2, 92], [2, 93]],
  ], // prettier-ignore
  M: [
    [10, [1, 16]],
    [16, [1, 28]],
    [26, [1, 44]],
    [18, [2, 32]],
    [24, [2, 43]],
    [16, [4, 27]],
    [18, [4, 31]],
    [22, [2, 38], [2, 39]],
    [22, [3, 36], [2, 37]],
    [26, [4, 43], [1, 44]],
    [30, [1, 50], [4, 51]],
    [22, [6, 36], [2, 37]],
  ], // prettier-ignore
};
/** Centres of the alignment patterns, per version from 1. */
const CENTRES = [
  [],
  [6, 18],
  [6, 22],
  [6, 26],
  [6, 30],
  [6, 34],
  [6, 22, 38],
  [6, 24, 42],
  [6, 26, 46],
  [6, 28, 50],
  [6, 30, 54],
  [6, 32, 58],
]; // prettier-ignore
const LEVEL_BITS: Readonly<Record<Level, number>> = { L: 1, M: 0 };

/** Arithmetic in GF(256) by the polynomial 0x11d. */
function tables(): { exp: Uint8Array; log: Uint8Array } {
  const exp = new Uint8Array(512);
  const log = new Uint8Array(256);
  let value = 1;
  for (let power = 0; power < 255; power++) {
    exp[power] = value;
    log[value] = power;
    value <<= 1;
    if (value & 0x100) value ^= 0x11d;
  }
  for (let power = 255; power < 512; power++) exp[power] = exp[power - 255]!;
  return { exp, log };
}

const { exp: EXP, log: LOG } = tables();

function times(a: number, b: number): number {
  return a && b ? EXP[LOG[a]! + LOG[b]!]! : 0;
}

/** The `count` check words of a block (Reed and Solomon). */
function checkWords(data: readonly number[], count: number): number[] {
  let generator = [1];
  for (let power = 0; power < count; power++) {
    const next = new Array<number>(generator.length + 1).fill(0);
    generator.forEach((factor, at) => {
      next[at]! ^= factor;
      next[at + 1]! ^= times(factor, EXP[power]!);
    });
    generator = next;
  }
  const rest = [...data, ...new Array<number>(count).fill(0)];
  for (let at = 0; at < data.length; at++) {
    const lead = rest[at]!;
    if (lead) for (let i = 0; i < generator.length; i++) rest[at + i]! ^= times(generator[i]!, lead);
  }
  return rest.slice(data.length);
}

/** Mode, length, bytes, end and padding, cut into blocks with their check words, interleaved. */
function words(bytes: Uint8Array, version: number, level: Level): number[] | null {
  const [check, ...groups] = BLOCKS[level][version - 1]!;
  const capacity = groups.reduce((sum, [count, size]) => sum + count * size, 0);
  const bits: number[] = [];
  const put = (value: number, length: number) => {
    for (let i = length - 1; i >= 0; i--) bits.push((value >> i) & 1);
  };
  put(4, 4);
  put(bytes.length, version < 10 ? 8 : 16);
  for (const byte of bytes) put(byte, 8);
  if (bits.length > capacity * 8) return null;
  put(0, Math.min(4, capacity * 8 - bits.length));
  while (bits.length % 8) bits.push(0);
  const data: number[] = [];
  for (let i = 0; i < bits.length; i += 8)
    data.push(bits.slice(i, i + 8).reduce((sum, bit) => (sum << 1) | bit, 0));
  for (let pad = 0; data.length < capacity; pad++) data.push(pad % 2 ? 0x11 : 0xec);
  const blocks: number[][] = [];
  let at = 0;
  for (const [count, size] of groups) {
    for (let i = 0; i < count; i++, at += size) blocks.push(data.slice(at, at + size));
  }
  const checks = blocks.map((block) => checkWords(block, check));
  const out: number[] = [];
  const longest = Math.max(...blocks.map((block) => block.length));
  for (let i = 0; i < longest; i++) for (const block of blocks) if (i < block.length) out.push(block[i]!);
  for (let i = 0; i < check; i++) for (const block of checks) out.push(block[i]!);
  return out;
}

class Square {
  readonly dark: boolean[][];
  readonly fixed: boolean[][];

  constructor(readonly size: number) {
    this.dark = Array.from({ length: size }, () => new Array<boolean>(size).fill(false));
    this.fixed = Array.from({ length: size }, () => new Array<boolean>(size).fill(false));
  }

  set(x: number, y: number, dark: boolean): void {
    if (x < 0 || y < 0 || x >= this.size || y >= this.size) return;
    this.dark[y]![x] = dark;
    this.fixed[y]![x] = true;
  }
}

function patterns(square: Square, version: number): void {
  const { size } = square;
  for (let i = 0; i < size; i++) {
    square.set(6, i, i % 2 === 0);
    square.set(i, 6, i % 2 === 0);
  }
  for (const [cx, cy] of [
    [3, 3],
    [size - 4, 3],
    [3, size - 4],
  ] as const) {
    for (let dy = -4; dy <= 4; dy++) {
      for (let dx = -4; dx <= 4; dx++) {
        const ring = Math.max(Math.abs(dx), Math.abs(dy));
        square.set(cx + dx, cy + dy, ring !== 2 && ring !== 4);
      }
    }
  }
  const centres = CENTRES[version - 1]!;
  const last = centres[centres.length - 1];
  for (const cx of centres) {
    for (const cy of centres) {
      if ((cx === 6 && cy === 6) || (cx === 6 && cy === last) || (cx === last && cy === 6)) continue;
      for (let dy = -2; dy <= 2; dy++) {
        for (let dx = -2; dx <= 2; dx++)
          square.set(cx + dx, cy + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1);
      }
    }
  }
}

/** A code of `bits` data bits followed by its remainder under a generator. */
function withRemainder(data: number, generator: number, shift: number): number {
  let rest = data << shift;
  const top = 31 - Math.clz32(generator);
  for (let bit = 31 - Math.clz32(rest || 1); bit >= top; bit = 31 - Math.clz32(rest || 1))
    rest ^= generator << (bit - top);
  return (data << shift) | rest;
}

function formats(square: Square, version: number, level: Level, mask: number): void {
  const { size } = square;
  const format = withRemainder((LEVEL_BITS[level] << 3) | mask, 0x537, 10) ^ 0x5412;
  for (let i = 0; i < 15; i++) {
    const dark = ((format >> i) & 1) === 1;
    square.set(8, i < 6 ? i : i < 8 ? i + 1 : size - 15 + i, dark);
    square.set(i < 8 ? size - 1 - i : i < 9 ? 15 - i : 14 - i, 8, dark);
  }
  square.set(8, size - 8, true);
  if (version < 7) return;
  const number = withRemainder(version, 0x1f25, 12);
  for (let i = 0; i < 18; i++) {
    const dark = ((number >> i) & 1) === 1;
    square.set(Math.floor(i / 3), size - 11 + (i % 3), dark);
    square.set(size - 11 + (i % 3), Math.floor(i / 3), dark);
  }
}

const MASKS: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(y / 2) + Math.floor(x / 3)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** Lays the bits upwards and downwards in columns of two, from the right, around the column of timing. */
function lay(square: Square, data: readonly number[], mask: number): void {
  const { size } = square;
  let bit = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step++) {
      const upward = ((right + 1) & 2) === 0;
      const y = upward ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (square.fixed[y]![x]) continue;
        const word = data[bit >> 3] ?? 0;
        square.dark[y]![x] = (((word >> (7 - (bit & 7))) & 1) === 1) !== MASKS[mask]!(x, y);
        bit++;
      }
    }
  }
}

/** How hard a square is to read, by the standard's four rules. */
function penalty(dark: readonly (readonly boolean[])[]): number {
  const size = dark.length;
  let total = 0;
  let count = 0;
  const lines: boolean[][] = [];
  for (let i = 0; i < size; i++) {
    lines.push([...dark[i]!]);
    lines.push(dark.map((row) => row[i]!));
  }
  for (const line of lines) {
    let run = 1;
    for (let i = 1; i <= size; i++) {
      if (i < size && line[i] === line[i - 1]) run++;
      else {
        if (run >= 5) total += run - 2;
        run = 1;
      }
    }
    const text = line.map((one) => (one ? "1" : "0")).join("");
    for (let i = 0; i + 11 <= size; i++) {
      const part = text.slice(i, i + 11);
      if (part === "10111010000" || part === "00001011101") total += 40;
    }
  }
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      if (dark[y]![x]) count++;
      if (
        x &&
        y &&
        dark[y]![x] === dark[y]![x - 1] &&
        dark[y]![x] === dark[y - 1]![x] &&
        dark[y]![x] === dark[y - 1]![x - 1]
      )
        total += 3;
    }
  }
  return total + Math.floor(Math.abs((count * 20) / (size * size) - 10)) * 10;
}

/**
 * @returns rows of modules, true is dark, without the quiet zone
 * @throws RangeError when the text is longer than about 367 bytes
 */
export function qrCode(text: string): boolean[][] {
  const bytes = new TextEncoder().encode(text);
  for (let version = 1; version <= CENTRES.length; version++) {
    for (const level of ["M", "L"] as const) {
      const data = words(bytes, version, level);
      if (!data) continue;
      let best: { dark: boolean[][]; score: number } | null = null;
      for (let mask = 0; mask < MASKS.length; mask++) {
        const square = new Square(version * 4 + 17);
        patterns(square, version);
        formats(square, version, level, mask);
        lay(square, data, mask);
        const score = penalty(square.dark);
        if (!best || score < best.score) best = { dark: square.dark, score };
      }
      return best!.dark;
    }
  }
  throw new RangeError("too long for a QR code");
}

/** The dark modules as one SVG path, one unit per module. */
export function qrPath(dark: readonly (readonly boolean[])[]): string {
  let path = "";
  dark.forEach((row, y) => {
    for (let x = 0; x < row.length; x++) {
      if (!row[x]) continue;
      let end = x;
      while (row[end + 1]) end++;
      path += `M${x} ${y}h${end - x + 1}v1H${x}z`;
      x = end;
    }
  });
  return path;
}
