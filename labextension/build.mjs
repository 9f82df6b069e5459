/**
 * Builds everything that a browser loads: `node build.mjs [--watch]`.
 *
 *   classroom/static/        served by the server extension: join.js and join.css (the join page, an ES module that
 *                            loads the rest in chunks), widget.js and widget.css (one file each, because anywidget
 *                            runs the module from a blob, where a relative import has no meaning), katex.css and its
 *                            fonts; fonts/board/ has the board's own fonts, which exports read too (fonts.json)
 *   classroom/labextension/  the federated extension of JupyterLab and Notebook 7, in the layout that their own
 *                            builder makes: package.json with `jupyterlab._build`, install.json, schemas, static/
 *
 * The federated container is written here by hand (container.js), so that nothing of JupyterLab's own tool chain is
 * needed: whatever lab.ts imports from the packages in SHARED is taken at run time from the page that loads it.
 * The stamp that hatch_build.py writes beside the assets is removed first: a build by hand is never mistaken for it.
 */
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

import * as esbuild from "esbuild";

import { lower } from "./lower.mjs";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const PACKAGE = path.join(HERE, "..", "classroom");
const STATIC = path.join(PACKAGE, "static");
const LAB = path.join(PACKAGE, "labextension");
const SHARED = /^(@jupyterlab|@lumino)\//;
const manifest = JSON.parse(await readFile(path.join(HERE, "package.json"), "utf8"));
const watching = process.argv.includes("--watch");

/** @type {esbuild.BuildOptions} */
const common = {
  absWorkingDir: HERE,
  bundle: true,
  format: "esm",
  target: ["es2022", "chrome111", "firefox115", "safari16.4"],
  minify: !watching,
  sourcemap: watching ? "inline" : false,
  legalComments: "linked",
  charset: "utf8",
  loader: { ".svg": "text", ".woff2": "file" },
  assetNames: "fonts/[name]",
  chunkNames: "chunks/[name].[hash]",
  define: { "process.env.NODE_ENV": '"production"' },
  logLevel: "warning",
  metafile: true,
  write: false,
};

/** Of the three formats of each of KaTeX's fonts, every browser we build for reads the smallest. */
const onlyWoff2 = {
  name: "only-woff2",
  /** @param {esbuild.PluginBuild} build */
  setup(build) {
    build.onLoad({ filter: /katex[^/\\]*\.css$/ }, async ({ path: file }) => {
      const css = await readFile(file, "utf8");
      const contents = css.replace(/,\s*url\([^)]*\.(?:woff|ttf)\)\s*format\(["'][a-z]+["']\)/g, "");
      return { contents, loader: "css", resolveDir: path.dirname(file) };
    });
  },
};

/**
 * Turns an import of a shared package into a look-up in what the container took from the page, and remembers its name.
 * @param {Set<string>} names
 */
const takeShared = (names) => ({
  name: "take-shared",
  /** @param {esbuild.PluginBuild} build */
  setup(build) {
    build.onResolve({ filter: SHARED }, ({ path: name }) => {
      names.add(name);
      return { path: name, namespace: "shared" };
    });
    build.onLoad({ filter: /.*/, namespace: "shared" }, ({ path: name }) => ({
      contents: `module.exports = globalThis[Symbol.for("classroom.shared")][${JSON.stringify(name)}];`,
    }));
  },
});

/** @param {readonly esbuild.OutputFile[]} files */
async function write(files) {
  for (const file of files) {
    await mkdir(path.dirname(file.path), { recursive: true });
    await writeFile(file.path, file.path.endsWith(".css") ? lower(file.text) : file.contents);
  }
}

/** The join page, the widget, and the style sheet of mathematics, which is loaded only with the first formula. */
async function buildStatic() {
  const plugins = [onlyWoff2];
  const outputs = await Promise.all([
    esbuild.build({
      ...common,
      plugins,
      entryPoints: { join: "src/surfaces/join.ts" },
      splitting: true,
      outdir: STATIC,
    }),
    esbuild.build({ ...common, plugins, entryPoints: { widget: "src/surfaces/widget.ts" }, outdir: STATIC }),
    esbuild.build({
      ...common,
      plugins,
      entryPoints: { katex: "katex/dist/katex.css" },
      outdir: STATIC,
    }),
  ]);
  await rm(STATIC, { recursive: true, force: true });
  for (const { outputFiles } of outputs) await write(outputFiles);
  await copyFonts();
}

/** The files that fonts.json names, the table itself, and the licence of each package they come from. */
async function copyFonts() {
  /** @type {{ file: string, from: string }[]} */
  const faces = JSON.parse(await readFile(path.join(HERE, "fonts.json"), "utf8"));
  const modules = path.join(HERE, "node_modules");
  const board = path.join(STATIC, "fonts", "board");
  await mkdir(board, { recursive: true });
  const from = new Map(faces.map((face) => [face.file, face.from]));
  for (const [file, source] of from) await cp(path.join(modules, source), path.join(board, file));
  for (const name of new Set([...from.values()].map((source) => source.split("/", 2).join("/")))) {
    await cp(path.join(modules, name, "LICENSE"), path.join(board, `LICENSE-${path.basename(name)}.txt`));
  }
  const table = faces.map(({ from: _, ...face }) => face);
  await writeFile(path.join(board, "fonts.json"), `${JSON.stringify(table)}\n`);
}

/** The extension of JupyterLab; its file names carry the hash of their content, because the page caches them. */
async function buildLab() {
  /** @type {Set<string>} */
  const names = new Set();
  const outdir = path.join(LAB, "static");
  const built = await esbuild.build({
    ...common,
    plugins: [onlyWoff2, takeShared(names)],
    entryPoints: { lab: "src/surfaces/lab.ts" },
    entryNames: "[name].[hash]",
    splitting: true,
    outdir,
  });
  const entries = Object.keys(built.metafile.outputs).map((name) => path.basename(name));
  const container = await esbuild.build({
    ...common,
    entryPoints: { remoteEntry: "container.js" },
    entryNames: "[name].[hash]",
    format: "iife",
    outdir,
    define: {
      ...common.define,
      NAME: JSON.stringify(manifest.name),
      SHARED: JSON.stringify([...names].sort()),
      SCRIPT: JSON.stringify(entries.find((name) => /^lab\..*\.js$/.test(name))),
      STYLE: JSON.stringify(entries.find((name) => /^lab\..*\.css$/.test(name)) ?? ""),
    },
  });
  const load = path.basename(container.outputFiles[0].path);

  await rm(LAB, { recursive: true, force: true });
  await write(built.outputFiles);
  await write(container.outputFiles);
  const { scripts: _s, dependencies: _d, devDependencies: _v, ...described } = manifest;
  described.jupyterlab._build = { load: `static/${load}`, extension: "./extension", style: "./style" };
  const schemas = path.join(LAB, "schemas", manifest.name);
  await mkdir(schemas, { recursive: true });
  await cp(path.join(HERE, "schema"), schemas, { recursive: true });
  await writeFile(path.join(LAB, "package.json"), `${JSON.stringify(described, null, 2)}\n`);
  await writeFile(path.join(schemas, "package.json.orig"), `${JSON.stringify(described, null, 2)}\n`);
  await cp(path.join(HERE, "install.json"), path.join(LAB, "install.json"));
}

async function build() {
  await Promise.all([buildStatic(), buildLab()]);
}

if (watching) {
  const { watch } = await import("node:fs");
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const again = () => {
    clearTimeout(timer);
    timer = setTimeout(
      () =>
        build().then(
          () => console.log("built"),
          () => {},
        ),
      100,
    );
  };
  for (const folder of ["src", "style", "schema"]) watch(path.join(HERE, folder), { recursive: true }, again);
  again();
} else {
  await build();
}
