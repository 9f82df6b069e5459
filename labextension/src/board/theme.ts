/** Notices that the page around the board has changed its theme. */

/** Calls back when the page around may have changed its theme; returns how to stop. */
export function watchTheme(changed: () => void): () => void {
  const late = new Set<ReturnType<typeof setTimeout>>();
  const observer = new MutationObserver(() => {
    changed();
    // JupyterLab changes the attribute first and loads the theme's colours after.
    for (const timer of late) clearTimeout(timer);
    late.clear();
    for (const wait of [300, 1500]) late.add(setTimeout(changed, wait));
  });
  const attributeFilter = ["class", "data-theme", "data-jp-theme-light", "data-jp-theme-name"];
  for (const node of [document.documentElement, document.body])
    observer.observe(node, { attributes: true, attributeFilter });
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", changed);
  return () => {
    observer.disconnect();
    dark.removeEventListener("change", changed);
    for (const timer of late) clearTimeout(timer);
  };
}
