/** What a command loads before it works: starting is quick because of what is not in these lists. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import test from "ava";

const BIN = fileURLToPath(new URL("../../src/node/bin.js", import.meta.url));
const PRELOAD = new URL("./loaded-modules.js", import.meta.url).href;

const directory = mkdtempSync(join(tmpdir(), "ashlar-start-up-"));
test.after.always(() => rmSync(directory, { recursive: true, force: true }));
const volume = join(directory, "disk.raw");
writeFileSync(volume, Buffer.alloc(100_000, 0x5a));

/** Modules by the end of their URLs, from `build/` or `node_modules/` on. */
function loadedBy(name: string, args: readonly string[]): string[] {
  const list = join(directory, name);
  const run = spawnSync(process.execPath, ["--import", PRELOAD, BIN, ...args], {
    encoding: "utf8",
    env: { PATH: process.env.PATH, HOME: directory, ASHLAR_STATE_DIR: directory, LOADED_MODULES: list },
  });
  if (run.status !== 0) throw new Error(`ashlar ${args.join(" ")} ended with ${run.status}: ${run.stderr}`);
  const urls = readFileSync(list, "utf8").trim().split("\n");
  return [...new Set(urls.map((url) => url.replace(/^.*\/(node_modules|build\/src)\//, "$1/")))];
}

const HTTP =
  /^node_modules\/(undici|@cloudamqp)\/|\/node\/http\/client\.js|\/src\/sinks\/http\/(?!redact\.js)/;
const OBJECT_STORES =
  /\/node\/sinks\/(s3|gcs|swift|share)\.js|\/src\/sinks\/(?!posix|share)\w+\/(sink|connection)\.js/;
const ZSTD_PACKAGE = /@bokuweb/;
const SQLITE = /sqlite/;
const PIPELINE =
  /\/pipeline\/(backup|restore|stages\/verify)\.js|\/codecs\/(zstd|bz2|zlib)\/codec\.js|\/kernels\/kernels\.js/;
const THREADS = /node:worker_threads|\/node\/(threads\/pool|runtime|codecs\/(zlib|zstd|bzip2))\.js/;

interface Row {
  readonly args: readonly string[];
  readonly needs: RegExp;
  readonly spares: readonly RegExp[];
}

const ROWS: readonly Row[] = [
  {
    args: ["--version"],
    needs: /\/cli\/program\.js$/,
    spares: [
      HTTP,
      OBJECT_STORES,
      ZSTD_PACKAGE,
      SQLITE,
      PIPELINE,
      THREADS,
      /node:(crypto|zlib|child_process)/,
    ],
  },
  {
    args: ["volume", "list"],
    needs: /\/node\/sqlite\/open\.js$/,
    spares: [HTTP, OBJECT_STORES, ZSTD_PACKAGE, PIPELINE, THREADS, /node:(crypto|zlib)/],
  },
  {
    args: ["volume", "backup", "create", volume],
    needs: /\/pipeline\/backup\.js$/,
    spares: [HTTP, OBJECT_STORES, ZSTD_PACKAGE, /\/pipeline\/restore\.js|bzip2-binary/],
  },
];

for (const [index, { args, needs, spares }] of ROWS.entries()) {
  test(`${args.slice(0, 3).join(" ")} loads nothing that it does not need`, (t) => {
    const loaded = loadedBy(`list-${index}`, args);
    t.true(
      loaded.some((url) => needs.test(url)),
      loaded.join("\n"),
    );
    for (const spare of spares)
      t.deepEqual(
        loaded.filter((url) => spare.test(url)),
        [],
      );
  });
}
