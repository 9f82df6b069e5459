// The unit tests of the browser's part. DOM tests say so themselves with `// @vitest-environment happy-dom`.
import { readFile } from "node:fs/promises";

import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [
    {
      name: "svg-as-text", // as build.mjs imports it
      enforce: "pre",
      async load(id) {
        return id.endsWith(".svg") ? `export default ${JSON.stringify(await readFile(id, "utf8"))}` : null;
      },
    },
  ],
  test: {
    include: ["src/**/*.test.{ts,tsx}", "*.test.mjs"],
    pool: "threads",
    maxWorkers: 2,
    testTimeout: 60_000, // against hanging: how fast the machine is, is nothing that a test says
  },
});
