/**
 * The federated container: what JupyterLab's page loads first, as a classic script. It hands the page two modules,
 * `./extension` and `./style`, and takes from the page's shared scope the packages that the extension imports. It
 * never brings a copy of a shared package: two copies of a token or of a widget class do not know each other.
 *
 * NAME, SHARED, SCRIPT and STYLE are filled in by build.mjs.
 */
(() => {
  const here = document.currentScript.src;
  let scope = {};

  /** The version of a shared package that the page runs already, or else its newest. */
  async function take(name) {
    const offered = Object.entries(scope[name] ?? {});
    if (offered.length === 0) throw new Error(`classroom: this JupyterLab does not share ${name}`);
    offered.sort(
      ([a, x], [b, y]) =>
        Number(Boolean(y.loaded)) - Number(Boolean(x.loaded)) ||
        b.localeCompare(a, undefined, { numeric: true }),
    );
    const factory = await offered[0][1].get();
    return [name, factory()];
  }

  async function extension() {
    globalThis[Symbol.for("classroom.shared")] = Object.fromEntries(await Promise.all(SHARED.map(take)));
    const { default: plugins } = await import(new URL(SCRIPT, here).href);
    return { __esModule: true, default: plugins };
  }

  async function style() {
    if (STYLE) {
      const link = document.createElement("link");
      link.rel = "stylesheet";
      link.href = new URL(STYLE, here).href;
      document.head.append(link);
    }
    return {};
  }

  globalThis._JUPYTERLAB ??= {};
  globalThis._JUPYTERLAB[NAME] = {
    init(shared) {
      scope = shared;
    },
    async get(module) {
      const made = await (module === "./style" ? style() : extension());
      return () => made;
    },
  };
})();
