/**
 * Draws formulas. KaTeX and its style sheet are loaded with the first one, never before.
 *
 * A formula that cannot be read stays as its source, with a mark that says so. KaTeX runs without trust: no formula can
 * bring a link, a class or a style of its own.
 */

/** Where katex.css is, relative to the page or absolute; told by the surface that mounts the panels. */
export interface MathStyles {
  readonly href: string;
}

const LONGEST = 8_000;

function link(document: Document, href: string): void {
  if (!href || document.querySelector("link[data-cr-katex]")) return;
  const node = document.createElement("link");
  node.rel = "stylesheet";
  node.href = href;
  node.dataset.crKatex = "";
  document.head.append(node);
}

/** Replaces each placeholder below `node` by its formula. */
export async function drawMath(node: HTMLElement, styles: MathStyles): Promise<void> {
  const places = [...node.querySelectorAll<HTMLElement>(".cr-tex:not([data-drawn])")];
  if (!places.length) return;
  link(node.ownerDocument, styles.href);
  const { default: katex } = await import("katex");
  for (const place of places) {
    const source = place.textContent ?? "";
    if (!place.isConnected || place.dataset.drawn !== undefined || source.length > LONGEST) continue;
    place.dataset.drawn = "";
    try {
      katex.render(source, place, {
        displayMode: place.classList.contains("cr-tex--display"),
        throwOnError: true,
        trust: false,
        strict: "ignore",
        maxExpand: 500,
        maxSize: 20,
      });
    } catch {
      place.textContent = source;
      place.classList.add("cr-tex--unread");
    }
  }
}
