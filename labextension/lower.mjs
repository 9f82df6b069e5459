/**
 * Lowers `light-dark(a, b)` for browsers older than it (the targets in build.mjs), in style sheets that esbuild has
 * already flattened: no comments and no nested rules.
 *
 * Wherever a rule sets `color-scheme`, it sets two switches with it: one is the guaranteed-invalid value, which makes
 * `var(--cr-on-light, a)` give `a`; the other is empty, which makes its `var()` vanish. So `light-dark(a, b)` becomes
 * `var(--cr-on-light, a) var(--cr-on-dark, b)`, and exactly one of the two is left.
 *
 * Unlike the native function, a custom property that holds one is decided where it is declared, not where it is used:
 * an element that forces a theme must also be matched by the rule that declares the tokens.
 */

const LIGHT = "--cr-on-light:initial;--cr-on-dark: ";
const DARK = "--cr-on-light: ;--cr-on-dark:initial";

/**
 * @param {string} css a flat style sheet
 * @returns {string} the same, without `light-dark()`
 */
export function lower(css) {
  return lowerValues(css.replace(/([^{}]+)\{([^{}]*)\}/g, switches));
}

/** @param {string} rule @param {string} selector @param {string} body */
function switches(rule, selector, body) {
  const scheme = /(?:^|[;\s])color-scheme:\s*([a-z ]+)/.exec(body)?.[1]?.trim();
  if (scheme === "light") return `${selector}{${body};${LIGHT}}`;
  if (scheme === "dark") return `${selector}{${body};${DARK}}`;
  if (scheme !== "light dark") return rule;
  return `${selector}{${body};${LIGHT}}@media (prefers-color-scheme:dark){${selector.trim()}{${DARK}}}`;
}

/** @param {string} css @returns {string} */
function lowerValues(css) {
  const start = css.indexOf("light-dark(");
  if (start < 0) return css;
  const open = start + "light-dark(".length;
  let [depth, comma, end] = [1, -1, open];
  for (; end < css.length && depth > 0; end++) {
    if (css[end] === "(") depth++;
    else if (css[end] === ")") depth--;
    else if (css[end] === "," && depth === 1 && comma < 0) comma = end;
  }
  if (depth > 0 || comma < 0)
    throw new Error(`light-dark() without two values: ${css.slice(start, start + 60)}`);
  const [light, dark] = [css.slice(open, comma).trim(), css.slice(comma + 1, end - 1).trim()];
  const lowered = `var(--cr-on-light,${light}) var(--cr-on-dark,${dark})`;
  return css.slice(0, start) + lowerValues(lowered + css.slice(end));
}
