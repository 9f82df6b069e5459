/**
 * What ink looks like: the names of the palette resolved from the theme's tokens, and raw colours made readable.
 *
 * It promises that a name is drawn in the value of the theme that is showing, and that a raw colour keeps its hue and
 * chroma. It must never hold a value of the palette itself: those are in tokens.css.
 */

import { PALETTE } from "../core/schema";

export type Theme = "light" | "dark";

export interface InkStyle {
  /** A wash is the inside of a shape. */
  readonly tool: "pen" | "highlighter" | "wash";
  readonly colour: string;
}

type Rgb = readonly [number, number, number];

/** Tokens of the theme that shows, read through a probe inside the host so that the nearest theme counts. */
export class Inks {
  private readonly css = new Map<string, string>();
  private readonly made = new Map<string, string>();
  board = "";
  rule = "";
  readonly theme: Theme;

  /** `paper`: for a page with a picture under it, which is light in every theme. */
  constructor(
    private readonly host: HTMLElement,
    theme: Theme,
    readonly paper = false,
  ) {
    this.theme = paper ? "light" : theme;
    const probe = document.createElement("span");
    probe.style.display = "none";
    if (paper) lighten(probe, true);
    host.append(probe);
    const read = (token: string) => {
      probe.style.color = "transparent";
      probe.style.color = `var(${token})`;
      return getComputedStyle(probe).color;
    };
    for (const name of PALETTE) this.css.set(name, read(`--ink-${name}`));
    for (const name of ["amber", "green", "sky"]) this.css.set(`hl-${name}`, read(`--hl-${name}`));
    this.board = read("--cr-board");
    this.rule = read("--cr-board-rule");
    probe.remove();
  }

  /** Has the theme changed under us since the tokens were read? */
  stale(theme: Theme): boolean {
    if (this.paper) return false;
    if (theme !== this.theme) return true;
    const probe = document.createElement("span");
    probe.style.cssText = "display:none;color:var(--cr-board)";
    this.host.append(probe);
    const board = getComputedStyle(probe).color;
    probe.style.color = "var(--ink-blue)";
    const blue = getComputedStyle(probe).color;
    probe.remove();
    return board !== this.board || blue !== this.css.get("blue");
  }

  /** The CSS colour that fills a stroke. */
  of(style: InkStyle): string {
    const key = `${style.tool} ${style.colour}`;
    let css = this.made.get(key);
    if (css === undefined) {
      css = this.make(style);
      if (this.made.size > 4096) this.made.clear(); // raw colours come from programs: any number of them
      this.made.set(key, css);
    }
    return css;
  }

  private make({ tool, colour }: InkStyle): string {
    const solid = this.css.get(colour) ?? this.raw(colour);
    if (tool === "pen") return solid;
    const rgb = parseRgb(solid);
    if (tool === "wash")
      return rgb ? `rgba(${rgb.join(",")},${this.theme === "dark" ? 0.2 : 0.14})` : "transparent";
    // The three highlighters have tokens of their own; any other colour is its ink, as thin as they are on average.
    const token = this.css.get(`hl-${colour}`);
    return token ?? (rgb ? `rgba(${rgb.join(",")},${this.theme === "dark" ? 0.28 : 0.4})` : solid);
  }

  private raw(colour: string): string {
    const rgb = parseRgb(colour) ?? [128, 128, 128];
    const board = parseRgb(this.board) ?? [27, 27, 31];
    return `rgb(${(this.theme === "dark" ? readable(rgb, board) : rgb).join(",")})`;
  }
}

/** Tokens inside `node` are those of the light theme, whatever shows around it (the attribute is what declares them). */
export function lighten(node: HTMLElement, on: boolean): void {
  if (on) node.setAttribute("data-jp-theme-light", "true");
  else node.removeAttribute("data-jp-theme-light");
}

/** `#rrggbb`, or what `getComputedStyle` answers for a colour. */
export function parseRgb(css: string): Rgb | null {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(css);
  if (hex) return [Number.parseInt(hex[1]!, 16), Number.parseInt(hex[2]!, 16), Number.parseInt(hex[3]!, 16)];
  const list = /^rgba?\(\s*([\d.]+)[\s,]+([\d.]+)[\s,]+([\d.]+)/.exec(css);
  return list ? [Number(list[1]), Number(list[2]), Number(list[3])] : null;
}

const linear = (v: number) => (v <= 10.31475 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4);
const encoded = (v: number) => 255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055);

/** Relative luminance and contrast as in WCAG 2. */
export function contrast(a: Rgb, b: Rgb): number {
  const light = ([r, g, bl]: Rgb) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(bl);
  const [x, y] = [light(a), light(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

/**
 * A raw colour for the dark board. One that reaches 3:1 stays as it is; of another the lightness alone is mirrored in
 * OKLab (L becomes 1 - L) and, where that is not enough, raised by hundredths until it is 3:1.
 */
export function readable(rgb: Rgb, board: Rgb): Rgb {
  if (contrast(rgb, board) >= 3) return rgb;
  const [l, a, b] = toOklab(rgb);
  let mirrored = Math.max(l, 1 - l);
  let out = fromOklab(mirrored, a, b);
  while (contrast(out, board) < 3 && mirrored < 1) {
    mirrored = Math.min(1, mirrored + 0.01);
    out = fromOklab(mirrored, a, b);
  }
  return out;
}

// OKLab, after Björn Ottosson's definition (2020).
export function toOklab(rgb: Rgb): Rgb {
  const [r, g, b] = [linear(rgb[0]), linear(rgb[1]), linear(rgb[2])];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

export function fromOklab(lightness: number, a: number, b: number): Rgb {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const byte = (v: number) => Math.round(Math.min(255, Math.max(0, encoded(Math.max(0, v)))));
  return [
    byte(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    byte(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    byte(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}
