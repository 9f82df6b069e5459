/** One icon of the set in style/icons.svg as a drawing of its own, for hosts that take an icon as SVG text. */

import icons from "../../style/icons.svg";

/**
 * @param id the symbol's id in the set
 * @returns a whole `<svg>` in the colour of JupyterLab's own icons
 * @throws Error when the set has no such symbol
 */
export function symbol(id: string): string {
  const found = new RegExp(`<symbol id="${id}" viewBox="([^"]+)">(.*?)</symbol>`, "s").exec(icons);
  if (!found) throw new Error(`no icon ${id}`);
  // JupyterLab gives whatever has its class the theme's colour, in each of the attributes fill and stroke that it has:
  // so the outlines have no fill of their own, and a dot of the set (class f) no stroke but one without width.
  const drawing = found[2]!.replaceAll('class="f"', 'class="jp-icon3" fill="#616161" stroke-width="0"');
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="${found[1]}" fill="none"><g class="jp-icon3" ` +
    `stroke="#616161" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round">${drawing}</g></svg>`
  );
}
