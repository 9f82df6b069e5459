/**
 * Fractional keys: a place between any two places, without touching either (SPEC 1.6). The twin of
 * `classroom/core/order.py`, where the form of a key is told; `tests/vectors/order.json` judges both.
 *
 * `between(a, b)` is total for a <= b, whatever valid keys others have written. Where nothing fits (equal keys, `x`
 * and `x0`, 80 characters used up) it gives the neighbour's own key, and equal keys are ordered by id.
 */

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE = DIGITS.length;
const LONGEST = 80;
const FIRST = "a1";

/** A key above `a` and below `b`; null is the open end. @throws RangeError when a > b, or one is no key */
export function between(a: string | null, b: string | null): string {
  for (const key of [a, b]) {
    if (key !== null && !/^[0-9A-Za-z]+$/.test(key)) throw new RangeError(`not a key: ${key}`);
  }
  let made: string | null;
  if (a === null) made = b === null ? FIRST : (below(b) ?? middle("", b));
  else if (b === null) made = above(a) ?? middle(a, null);
  else if (a > b) throw new RangeError(`${a} does not come before ${b}`);
  else {
    made = above(a);
    if (made === null || made >= b || touch(made, b)) made = middle(a, b);
  }
  if (made === null || made.length > LONGEST) return a ?? b ?? FIRST;
  return made;
}

/** `n` rising keys between `a` and `b`. */
export function several(a: string | null, b: string | null, n: number): string[] {
  if (n <= 0) return [];
  if (a === null && b !== null) {
    const falling = [between(null, b)];
    while (falling.length < n) falling.push(between(null, falling[falling.length - 1]!));
    return falling.reverse();
  }
  const counted = [between(a, null)];
  while (counted.length < n) counted.push(between(counted[counted.length - 1]!, null));
  if (b === null || counted[n - 1]! < b) return counted;
  const mid = between(a, b);
  const left = (n - 1) >> 1;
  return [...several(a, mid, left), mid, ...several(mid, b, n - 1 - left)];
}

/** How many digits follow this first character of a whole part; 0: none begins so. */
function digitsAfter(head: string): number {
  const code = head.charCodeAt(0);
  if (code >= 97) return code - 97 + 1;
  return code >= 65 ? 90 - code + 1 : 0;
}

/** The whole part of a key, filled up with zeros where the key is shorter than its head says. */
function whole(key: string): string | null {
  const count = digitsAfter(key);
  return count ? key.slice(0, count + 1).padEnd(count + 1, "0") : null;
}

/** The next whole key above `a`; null when the whole keys end before. */
function above(a: string): string | null {
  const from = whole(a);
  if (from === null) return FIRST; // begins with a figure, below all whole keys
  const digits = from.slice(1).replace(/z+$/, "");
  let made: string;
  if (digits) {
    const next = DIGITS[DIGITS.indexOf(digits[digits.length - 1]!) + 1]!;
    made = (from[0] + digits.slice(0, -1) + next).padEnd(from.length, "0");
  } else if (from[0] === "z") return null;
  else {
    const head = from[0] === "Z" ? "a" : String.fromCharCode(from.charCodeAt(0) + 1);
    made = head.padEnd(digitsAfter(head) + 1, "0");
  }
  return made.endsWith("0") ? `${made.slice(0, -1)}1` : made;
}

/** The next whole key below `b`; null when there is none. */
function below(b: string): string | null {
  const from = whole(b);
  if (from === null) return null;
  if (from < b && !from.endsWith("0")) return from;
  const digits = from.slice(1).replace(/0+$/, "");
  if (digits) {
    const next = DIGITS[DIGITS.indexOf(digits[digits.length - 1]!) - 1]!;
    const made = (from[0] + digits.slice(0, -1) + next).padEnd(from.length, "z");
    return made.endsWith("0") ? below(made) : made;
  }
  if (from[0] === "A") return null;
  const head = from[0] === "a" ? "Z" : String.fromCharCode(from.charCodeAt(0) - 1);
  return head.padEnd(digitsAfter(head) + 1, "z");
}

/** Does nothing fit between `a` and `b`, for all that follows `a` in `b` is zeros? */
function touch(a: string, b: string): boolean {
  return b.startsWith(a) && /^0*$/.test(b.slice(a.length));
}

/** A short key strictly between two neighbours, digit by digit; null when nothing fits. One that touches `b` is given
 * only where no other is left: the next one would find no room. */
function middle(a: string, b: string | null): string | null {
  let top = b;
  let made = "";
  let last: string | null = null;
  for (let i = 0; i < LONGEST; i++) {
    const low = i < a.length ? DIGITS.indexOf(a[i]!) : 0;
    if (top !== null && i >= top.length) return null;
    const high = top === null ? BASE : DIGITS.indexOf(top[i]!);
    if (high - low > 1) return made + DIGITS[(low + high) >> 1]!;
    if (high - low === 1 && top !== null) {
      if (i + 1 < top.length) {
        last = made + DIGITS[high]!;
        if (!touch(last, top)) return last;
      }
      top = null;
    }
    made += DIGITS[low]!;
  }
  return last;
}
