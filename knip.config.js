/**
 * Exports, files and dependencies that nobody uses fail the lint. `knip --production` looks at `src/` alone, and finds
 * what only tests use. What a test needs of a module that uses it itself may be exported.
 */
import process from "node:process";

const isProduction = process.argv.includes("--production");

export default {
  entry: [
    "src/**/index.ts!",
    "src/node/bin.ts!",
    "src/node/threads/worker.ts!",
    "src/threads/worker.ts!",
    // For scripts/bundle-ui.js, which joins what is built.
    "src/ui/main.ts!",
    // For scripts/build-man.js, which runs what is built.
    "src/cli/man-page.ts!",
    "assembly/*.js",
    "scripts/*.js",
    "bench/*/main.ts",
    "bench/micro/*.ts",
    "bench/memory/row.ts",
    "examples/*.ts",
    "examples/{browser,deno,edge}/*.{ts,js}",
    "test/**/*.test.ts",
    "test/catalog/worker.ts",
    "test/fuzz/long.ts",
    "test/recovery/operation.ts",
    "test/runtimes/main.ts",
    "test/runtimes/*-entry.ts",
  ],
  project: ["src/**/*.ts!", "{bench,examples,test}/**/*.ts", "scripts/**/*.js"],
  // Of Debian's packages.
  ignoreBinaries: ["age", "bzip2", "chromium", "flock", "nbdfuse", "nbdkit"],
  // A file that a bundler of the tests resolves.
  ignoreExportsUsedInFile: isProduction || { interface: true, type: true },
};
