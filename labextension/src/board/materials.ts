/**
 * What the drawables of one board are made with: derived outlines, and what else takes time to have. One for each board.
 *
 * It promises that what it holds is bounded, and that whatever comes later than it was asked for is told of.
 */

import { Images, type LoadAsset } from "./images";
import { StrokeCache } from "./strokes";
import { Words } from "./text/draw";
import { fontsAt } from "./text/fonts";

export class Materials {
  readonly strokes = new StrokeCache();
  readonly images: Images;
  /** Until the board knows where its fonts are: the system's. */
  words = new Words(fontsAt(""));

  /** Absent: no picture can be shown. */
  constructor(load: LoadAsset = () => Promise.reject(new Error("no pictures here"))) {
    this.images = new Images(load);
  }
}
