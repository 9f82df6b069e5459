/**
 * Markdown with mathematics as HTML that is safe to show: what a teacher pushes, and what anyone might have forged.
 *
 * markdown-it runs with HTML off; its output is sanitised all the same. Formulas become placeholders that hold only their
 * source as text; `math.ts` draws them later. Links open elsewhere and tell nothing; pictures from elsewhere are links,
 * because loading one would tell its server who reads.
 */

import DOMPurify from "dompurify";
import MarkdownIt from "markdown-it";

import { highlight } from "./highlight";

type Md = InstanceType<typeof MarkdownIt>;
type Inline = Parameters<Md["inline"]["ruler"]["push"]>[1];
type Block = Parameters<Md["block"]["ruler"]["before"]>[2];

/** `$…$` and `$$…$$` within a line. A dollar followed by space, or a closing one before a digit, is money. */
export const inlineMath: Inline = (state, silent) => {
  const { src, pos } = state;
  if (src[pos] !== "$") return false;
  const display = src[pos + 1] === "$";
  const fence = display ? "$$" : "$";
  const start = pos + fence.length;
  if (!display && /\s/.test(src[start] ?? " ")) return false;
  let end = start;
  for (;;) {
    end = src.indexOf(fence, end);
    if (end < 0 || end >= state.posMax) return false;
    if (src[end - 1] !== "\\") break;
    end += 1;
  }
  if (end === start) return false;
  if (!display && (/\s/.test(src[end - 1]!) || /\d/.test(src[end + 1] ?? ""))) return false;
  if (!silent) {
    const token = state.push("math", "", 0);
    token.content = src.slice(start, end);
    token.meta = { display };
  }
  state.pos = end + fence.length;
  return true;
};

/** A block between lines of `$$`. */
const blockMath: Block = (state, from, to, silent) => {
  const line = (at: number) =>
    state.src.slice(state.bMarks[at]! + state.tShift[at]!, state.eMarks[at]!).trim();
  if (line(from) !== "$$") return false;
  let end = from + 1;
  while (end < to && line(end) !== "$$") end++;
  if (end >= to) return false;
  if (silent) return true;
  const token = state.push("math", "", 0);
  token.block = true;
  token.content = state.getLines(from + 1, end, state.tShift[from]!, false);
  token.meta = { display: true };
  token.map = [from, end + 1];
  state.line = end + 1;
  return true;
};

const REL = "noopener noreferrer nofollow";

function build(): Md {
  const md = new MarkdownIt({
    html: false,
    linkify: true,
    breaks: true,
    highlight: (code, language) => highlight(code, language),
  });
  md.inline.ruler.before("escape", "math", inlineMath);
  md.block.ruler.before("fence", "math", blockMath, { alt: ["paragraph"] });
  md.renderer.rules.math = (tokens, index) => {
    const { content, meta } = tokens[index]!;
    const kind = (meta as { display: boolean }).display ? "cr-tex cr-tex--display" : "cr-tex";
    return `<span class="${kind}">${md.utils.escapeHtml(content)}</span>`;
  };
  md.renderer.rules.image = (tokens, index) => {
    const token = tokens[index]!;
    const source = String(token.attrGet("src") ?? "");
    const label = md.utils.escapeHtml(token.content || source);
    const link = `<a href="${md.utils.escapeHtml(source)}" target="_blank" rel="${REL}">${label}</a>`;
    return md.validateLink(source) ? link : label;
  };
  md.renderer.rules.link_open = (tokens, index, options, _env, self) => {
    tokens[index]!.attrSet("target", "_blank");
    tokens[index]!.attrSet("rel", REL);
    return self.renderToken(tokens, index, options);
  };
  return md;
}

const ALLOWED = [
  "p",
  "br",
  "hr",
  "strong",
  "em",
  "s",
  "del",
  "code",
  "pre",
  "span",
  "a",
  "blockquote",
  "ul",
  "ol",
  "li",
  "h1",
  "h2",
  "h3",
  "h4",
  "h5",
  "h6",
  "table",
  "thead",
  "tbody",
  "tr",
  "th",
  "td",
]; // prettier-ignore

export class Markdown {
  private readonly md = build();
  private readonly purify = DOMPurify(window);

  /** HTML as markdown-it makes it: no markup of the writer's own, but not yet sanitised. */
  rendered(text: string): string {
    return this.md.render(text);
  }

  /** HTML of a text, sanitised: what may be shown. */
  html(text: string): string {
    return this.purify.sanitize(this.rendered(text), {
      ALLOWED_TAGS: ALLOWED,
      ALLOWED_ATTR: ["href", "class", "start", "target", "rel"],
      ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|#)/i,
    });
  }
}
