/**
 * Pressure for hands that have none: a mouse or a finger that goes fast presses a little less, one that goes slowly a
 * little more, so that handwriting gets the life that a pen gives it.
 *
 * It is made once, while the points are captured, and kept with them as if a pen had measured it: whoever draws or
 * exports the stroke knows nothing of speed. It promises to stay near the width that was chosen (4 % above to 20 % below), to
 * change gently, and the same pressures for the same points and times.
 */

/** Of a hand at rest, and how much less of one that goes endlessly fast. */
const SLOW = 0.53;
const LESS = 0.18;
/** CSS pixels a millisecond at which half of that is gone: brisk writing. */
const BRISK = 1.4;
/** No hand goes faster: a clock that stood still does. */
const FASTEST = 6;
/** Milliseconds in which a change of speed comes through, to two thirds. */
const CALM = 45;
/** A finer step would be seen by nobody and cost bytes in every stroke. */
const STEPS = 64;

export class Pace {
  private x = Number.NaN;
  private y = 0;
  private time = 0;
  private speed = 0;

  /** The pressure of the next point: board units, milliseconds, and CSS pixels to a board unit. */
  next(x: number, y: number, time: number, zoom: number): number {
    if (Number.isFinite(this.x)) {
      const elapsed = Math.max(1, Math.min(100, time - this.time));
      const now = Math.min(FASTEST, (Math.hypot(x - this.x, y - this.y) * zoom) / elapsed);
      this.speed += (now - this.speed) * (1 - Math.exp(-elapsed / CALM));
    }
    this.x = x;
    this.y = y;
    this.time = time;
    const pressure = SLOW - (LESS * this.speed) / (this.speed + BRISK);
    return Math.round(pressure * STEPS) / STEPS;
  }
}
