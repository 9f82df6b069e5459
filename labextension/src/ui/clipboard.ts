/**
 * Copying text, also where the page is no secure context (plain http on a school's network), by the browser's older way.
 */

/** @returns whether the text is on the clipboard now */
export async function copyText(text: string, near: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text, near);
  }
}

function copyBySelection(text: string, near: HTMLElement): boolean {
  const area = near.ownerDocument.createElement("textarea");
  area.value = text;
  area.setAttribute("readonly", "");
  area.className = "cr-sr";
  (near.parentElement ?? near.ownerDocument.body).append(area);
  area.select();
  let done = false;
  try {
    done = near.ownerDocument.execCommand("copy");
  } catch {
    done = false;
  }
  area.remove();
  near.focus({ preventScroll: true });
  return done;
}
