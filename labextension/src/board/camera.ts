/**
 * Where the board looks: the view, whether it fits the page, and the glide from one view to another.
 *
 * It promises that the page can always be seen and that a fit stays a fit when stage or margins change. It moves only
 * when it is told to, and must never decide whether it may.
 */

import type { Picture } from "./picture";
import * as vp from "./viewport";

const GLIDE = 140;
const MARGIN = 16;
/** On a stage this narrow (a phone upright) the page goes to its edges. */
const NARROW = 480;

interface Glide {
  readonly from: vp.View;
  readonly to: vp.View;
  readonly start: number;
}

export class Camera {
  view: vp.View = { zoom: 1, x: 0, y: 0 };
  fits = true;
  private glide: Glide | null = null;
  /** What the latest fit showed. On an endless page it stays while what is drawn grows: nothing moves by itself. */
  private frame: vp.Box = { minX: 0, minY: 0, maxX: 1, maxY: 1 };

  constructor(
    private readonly picture: Picture,
    private insets: Partial<vp.Insets>,
    /** The view is another now. */
    private readonly moved: () => void,
    /** Fitting is to the height, not to the whole page. */
    private readonly fills = false,
  ) {}

  get gliding(): boolean {
    return this.glide !== null;
  }

  /** Where it is, or is about to be. */
  get zoom(): number {
    return this.glide?.to.zoom ?? this.view.zoom;
  }

  get middle(): vp.Point {
    const { width, height } = this.picture.stage.size;
    return { x: width / 2, y: height / 2 };
  }

  private get fitted(): vp.View {
    const { page, stage } = this.picture;
    if (page.endless) return vp.fittedDrawing(page, this.frame, stage.size, this.margins);
    return (this.fills ? vp.filled : vp.fitted)(page, stage.size, this.margins);
  }

  /** The same, of what is drawn by now. */
  private get refitted(): vp.View {
    const { page, scene } = this.picture;
    this.frame = vp.frameOf(page, scene.box);
    return this.fitted;
  }

  private get margins(): vp.Insets {
    const side = this.picture.stage.size.width < NARROW ? 0 : MARGIN;
    return { top: side, right: side, bottom: side, left: side, ...this.insets };
  }

  fit(): void {
    this.set(this.refitted, true);
  }

  look(view: vp.View): void {
    this.set(vp.held(view, this.picture.page, this.picture.stage.size), false);
  }

  glideToFit(): void {
    this.glideTo(this.refitted, true);
  }

  /** Shows what a leader shows; `glide`: not with a jump. */
  followTo(told: vp.Told | null, glide: boolean): void {
    const { page, stage } = this.picture;
    const fits = !told || (!page.endless && !(told[2] < page.width * 0.995));
    const to = fits || !told ? this.refitted : vp.followed(told, page, stage.size, this.margins);
    if (glide) this.glideTo(to, fits);
    else this.set(to, fits);
  }

  setInsets(insets: Partial<vp.Insets>): void {
    this.insets = insets;
    if (this.fits) this.set(this.fitted, true);
  }

  /** The stage, or the page on it, has another size. */
  resized(): void {
    if (this.fits) this.set(this.fitted, true);
    else this.look(this.view);
  }

  /** All that is drawn is known by now. */
  known(): void {
    if (this.fits && !this.glide && this.picture.page.endless) this.fit();
  }

  /** Stays where it is. */
  stop(): void {
    if (this.glide) this.look(this.view);
  }

  /** The next step of a glide. */
  step(now: number): void {
    if (!this.glide) return;
    const { from, to, start } = this.glide;
    const t = Math.max(0, (now - start) / GLIDE);
    if (t >= 1) this.set(to, this.fits);
    else {
      this.view = vp.between(from, to, 1 - (1 - t) ** 3);
      this.picture.moved = true;
    }
  }

  /** What staff tell of their view; a fit is told as the whole page's width, since margins are each follower's own. */
  told(): vp.Told | null {
    const { page, stage } = this.picture;
    if (stage.size.width === 0) return null;
    const [x, y, across] = vp.told(this.view, stage.size);
    const round = (v: number) => Math.round(v * 8) / 8;
    const whole = this.fits && !page.endless;
    return [round(x), round(y), round(whole ? Math.max(across, page.width) : across)];
  }

  private glideTo(to: vp.View, fits: boolean): void {
    if (this.picture.still) {
      this.set(to, fits);
      return;
    }
    this.fits = fits;
    this.glide = { from: this.view, to, start: performance.now() };
    this.moved();
  }

  private set(view: vp.View, fits: boolean): void {
    this.glide = null;
    this.view = view;
    this.fits = fits;
    this.picture.moved = true;
    this.moved();
  }
}
