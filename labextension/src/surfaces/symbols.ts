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
  // JupyterLab colours strokes by the class; a dot of the set (class f) is filled instead.
  const drawing = found[2]!.replaceAll('class="f"', 'class="jp-icon3" fill="#616161" stroke="none"');
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="${found[1]}"><g class="jp-icon3-stroke" ` +
    `fill="none" stroke="#616161" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round">${drawing}</g></svg>`
  );
}
