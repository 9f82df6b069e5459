// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";

import { highlight } from "./highlight";
import { Markdown } from "./markdown";

const md = new Markdown();

function page(text: string): HTMLElement {
  const node = document.createElement("div");
  // Before the sanitiser, which needs a real browser (tests/browser): it must be harmless without it, too.
  node.innerHTML = md.rendered(text);
  return node;
}

describe("Markdown of the feed", () => {
  it("never lets markup of the writer through", () => {
    const attacks = [
      "<img src=x onerror=alert(1)>",
      "<script>alert(1)</script>",
      "[x](javascript:alert(1))",
      "[x](JaVaScRiPt&colon;alert(1))",
      "[x](data:text/html,<script>alert(1)</script>)",
      "![x](https://tracker.example/p.png)",
      "$<img src=x onerror=alert(1)>$",
      "$$\n</span><svg onload=alert(1)>\n$$",
      "```html\n<svg onload=alert(1)>\n```",
      '```"><img src=x onerror=alert(1)>\nx\n```',
      "<a href='https://x.example' style='position:fixed' onclick=alert(1)>x</a>",
      '[x](https://x.example "a\\" onmouseover=\\"alert(1)")',
    ];
    for (const attack of attacks) {
      const node = page(attack);
      expect(node.querySelector("img, script, svg, iframe, object, form, style, link"), attack).toBeNull();
      for (const one of node.querySelectorAll("*")) {
        for (const { name, value } of one.attributes) {
          expect(name.startsWith("on") || name === "style", `${attack}: ${name}`).toBe(false);
          expect(/^\s*(javascript|data|vbscript):/i.test(value), `${attack}: ${value}`).toBe(false);
        }
      }
    }
  });

  it("opens links elsewhere and tells nothing to them", () => {
    const link = page("see https://numpy.org now").querySelector("a");
    expect(link?.getAttribute("href")).toBe("https://numpy.org");
    expect(link?.getAttribute("target")).toBe("_blank");
    expect(link?.getAttribute("rel")).toContain("noopener");
  });

  it("keeps formulas as their source, until they are drawn", () => {
    const tex = (text: string) => [...page(text).querySelectorAll(".cr-tex")].map((node) => node.textContent);
    expect(tex("of $A$: $Av = \\lambda v$.")).toEqual(["A", "Av = \\lambda v"]);
    expect(tex("$a_1 * b_1 * c$")).toEqual(["a_1 * b_1 * c"]);
    expect(tex("$$x < y$$")).toEqual(["x < y"]);
    expect(tex("$$\na\\\\\nb\n$$")).toEqual(["a\\\\\nb"]);
    expect(page("$$x$$").querySelector(".cr-tex--display")).not.toBeNull();
  });

  it("takes prices for prices", () => {
    for (const text of ["it costs $5 and $10", "$ a $", "a $b", "`$x$`", "\\$x\\$"]) {
      expect(page(text).querySelector(".cr-tex"), text).toBeNull();
    }
  });
});

describe("colouring of code", () => {
  it("keeps every character and escapes all that is markup", () => {
    const codes = [
      "import numpy as np\nA = np.array([[2, 1.5e3]])  # <b>",
      "s = 'it''s' + \"a\\\"b\" + f'''x\n{y}'''",
      "'unclosed\nnext",
      '"""open to the end <script>',
      "x<y>&z\u2028\0é😀",
    ];
    for (const code of codes) {
      const node = document.createElement("div");
      node.innerHTML = highlight(code, "python");
      expect(node.textContent?.replaceAll("\ufffd", "\0")).toBe(code);
      for (const one of node.querySelectorAll("*")) expect(one.tagName).toBe("SPAN");
    }
  });

  it("names the parts", () => {
    expect(highlight("for x in range(3):", "python")).toBe(
      '<span class="cr-k">for</span> x <span class="cr-k">in</span> <span class="cr-f">range</span>(<span class="cr-n">3</span>):',
    );
    expect(highlight("for <x>", "brainfuck")).toBe("for &#60;x&#62;");
  });
});
