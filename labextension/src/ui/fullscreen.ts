/**
 * Making one panel fill the screen. Where the browser gives no full screen (an iPhone, a frame without the right to it),
 * the panel fills its window instead: that is what `expanded` keeps.
 */

import { useEffect, useState } from "preact/hooks";

export function isFullscreen(root: HTMLElement): boolean {
  return root.ownerDocument.fullscreenElement === root || root.hasAttribute("data-expanded");
}

function expand(root: HTMLElement, on: boolean): void {
  root.toggleAttribute("data-expanded", on);
  root.dispatchEvent(new Event("cr-fullscreen"));
}

/** Into full screen, or back. */
export function fullscreen(root: HTMLElement): void {
  const page = root.ownerDocument;
  if (page.fullscreenElement === root) void page.exitFullscreen();
  else if (root.hasAttribute("data-expanded")) expand(root, false);
  else if (root.requestFullscreen) root.requestFullscreen().catch(() => expand(root, true));
  else expand(root, true);
}

/** Fills the window (not the screen), or goes back: the panel stays beside other windows. */
export function fillWindow(root: HTMLElement): void {
  expand(root, !root.hasAttribute("data-expanded"));
}

export function useFullscreen(root: HTMLElement): boolean {
  const [on, set] = useState(() => isFullscreen(root));
  useEffect(() => {
    const read = () => set(isFullscreen(root));
    root.ownerDocument.addEventListener("fullscreenchange", read);
    root.addEventListener("cr-fullscreen", read);
    return () => {
      root.ownerDocument.removeEventListener("fullscreenchange", read);
      root.removeEventListener("cr-fullscreen", read);
    };
  }, [root]);
  return on;
}
