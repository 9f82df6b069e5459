/** Puts a tree of components into an element that is already in the page; what it returns takes it away again. */

import type { ComponentChild } from "preact";
import { render } from "preact";

export type Unmount = () => void;

export function put(node: HTMLElement, what: ComponentChild): Unmount {
  node.replaceChildren();
  render(what, node);
  return () => render(null, node);
}
