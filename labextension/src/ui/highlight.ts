/**
 * Light colouring of code: keywords, numbers, strings, comments and names that are called, as HTML with every character
 * of the source escaped. It knows Python and is close enough for its relatives; anything else stays plain.
 */

const KEYWORDS = new Set(
  (
    "False None True and as assert async await break class continue def del elif else except finally for from global if " +
    "import in is lambda nonlocal not or pass raise return try while with yield match case " +
    "function const let var new export default switch this null true false end do begin using struct library require"
  ).split(" "),
);
const PYTHON = /^(?:i?python3?|py|julia|r|javascript|js|typescript|ts|bash|sh)?$/i;
const TOKEN =
  /(#[^\n]*)|((?:[rbfu]{0,2})(?:"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?))|(\b\d[\w.]*)|([A-Za-z_]\w*)|([\s\S])/gi;
const CALL = /^ *\(/;
const LONGEST = 20_000;

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** The code as HTML. Very long code is left plain. */
export function highlight(code: string, language = "python"): string {
  if (!PYTHON.test(language) || code.length > LONGEST) return escapeHtml(code);
  let html = "";
  for (const match of code.matchAll(TOKEN)) {
    const [whole, comment, string, number, word] = match;
    const kind = comment
      ? "c"
      : string
        ? "s"
        : number
          ? "n"
          : word
            ? KEYWORDS.has(word)
              ? "k"
              : CALL.test(code.slice(match.index + whole.length, match.index + whole.length + 4))
                ? "f"
                : ""
            : "";
    html += kind ? `<span class="cr-${kind}">${escapeHtml(whole)}</span>` : escapeHtml(whole);
  }
  return html;
}
