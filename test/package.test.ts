/** What `npm pack` would publish: every export has its files, the portable ones need no Node, and they are small. */

import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import test, { type ExecutionContext } from "ava";
import { build, type Plugin } from "esbuild";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { readUiFiles } from "../src/node/ui-files.js";
import { temporaryDirectory } from "./helpers/temporary-directory.js";
import { ChannelWorker } from "./threads/channel-worker.js";

const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));
/** Gzipped bytes of what a page downloads to back up and restore without codecs, kernels included. */
const CORE_MAX = 53_000;
/** The same of the whole main entry, with its codecs. */
const ENTRY_MAX = 68_500;

type Target =
  | string
  | { readonly types: { readonly import: string; readonly require: string }; readonly default: string };
const manifest: {
  readonly exports: Readonly<Record<string, Target>>;
  readonly bin: { readonly ashlar: string };
  readonly sideEffects: boolean;
  readonly files: readonly string[];
} = JSON.parse(await readFile(`${ROOT}package.json`, "utf8"));
const portable = Object.entries(manifest.exports).flatMap(([name, target]) =>
  typeof target === "string" || name === "./node" ? [] : [target.default],
);

async function packedFiles(): Promise<string[]> {
  // `--ignore-scripts`: what is packed is what lies there, which the build before the tests made.
  const { stdout } = await promisify(execFile)("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: ROOT,
  });
  const [packed] = JSON.parse(stdout) as [{ files: { path: string }[] }];
  return packed.files.map(({ path }) => path);
}

const files = await packedFiles();

test("every export has its types first, and both are packed", (t) => {
  t.true(portable.length > 6);
  t.is(manifest.sideEffects, false);
  for (const [name, target] of Object.entries(manifest.exports)) {
    if (typeof target === "string") continue;
    t.deepEqual(Object.keys(target), ["types", "default"], name);
    for (const path of [target.types.import, target.types.require])
      t.true(files.includes(path.slice(2)), path);
    t.true(files.includes(target.default.slice(2)), target.default);
  }
});

test("the kernels are packed as files, byte for byte what WebAssembly takes", async (t) => {
  const names = ["bzip2", "deflate", "hashes", "md5", "scalar", "simd", "zstd"];
  const packed = files.filter((path) => path.endsWith(".wasm")).sort();
  t.deepEqual(
    packed,
    names.map((name) => `build/kernels/${name}.wasm`),
  );
  for (const path of packed) t.true(WebAssembly.validate(await readFile(ROOT + path)), path);
});

test("tests, sources, maps and what the compiler remembers are not packed", (t) => {
  const allowed =
    /^(README\.md|CHANGELOG\.md|LICENSE|package\.json|docs\/.*\.md|docs\/pictures\/\w+\.svg|build\/command\/node\/(bin\.js|worker\.js|package\.json)|build\/src\/.*\.(js|d\.c?ts)|build\/kernels\/\w+\.wasm|build\/ui\/\w+\.(html|css|js|svg)|build\/man\/ashlar\.1)$/;
  t.deepEqual(
    files.filter((path) => !allowed.test(path)),
    [],
  );
  t.true(files.length > 100);
});

test("the command as it is packed backs up on its threads, lists, and restores", async (t) => {
  const path = manifest.bin.ashlar;
  t.true(files.includes(path), `${path} is packed`);
  t.true(files.includes(path.replace("bin.js", "worker.js")));
  for (const name of (await readUiFiles()).keys()) t.true(files.includes(`build/ui/${name}`), name);
  const directory = await temporaryDirectory(t);
  const run = async (...args: string[]): Promise<string> => {
    const given = [ROOT + path, "--state-dir", join(directory, "state"), "--digest-engine", "wasm", ...args];
    return (await promisify(execFile)(process.execPath, given)).stdout;
  };
  t.regex(await run("--version"), /^\d+\.\d+\.\d+\n$/);
  const disk = join(directory, "disk.raw");
  // Less would be done without threads.
  const bytes = Buffer.concat([randomBytes(100_000), Buffer.alloc(51_000_000), randomBytes(1000)]);
  await writeFile(disk, bytes);
  for (const codec of ["zlib", "zstd"]) {
    const option = ["--option", `backup_compression_algorithm=${codec}`];
    await run(...option, "volume", "backup", "create", disk, "--name", codec);
    const restored = join(directory, `${codec}.raw`);
    await run("volume", "backup", "restore", codec, restored);
    t.true(bytes.equals(await readFile(restored)), codec);
  }
  t.is((await run("volume", "backup", "list", "-f", "value", "-c", "name")).trim(), "zstd\nzlib");
});

test("publint has nothing to say", async (t) => {
  const { messages } = await publint({ pkgDir: ROOT, strict: true, pack: false });
  const pkg = JSON.parse(await readFile(`${ROOT}package.json`, "utf8"));
  t.deepEqual(
    messages.map((message) => formatMessage(message, pkg, { color: false })),
    [],
  );
});

/** Fails the build at a module of Node's, wherever it is imported from. */
const withoutNode: Plugin = {
  name: "without-node",
  setup({ onResolve }) {
    onResolve({ filter: /^node:/ }, ({ path, importer }) => ({
      errors: [{ text: `${importer} imports ${path}` }],
    }));
  },
};

interface Bundle {
  /** Gzipped bytes of what is loaded at once, and of all that may be. */
  readonly eager: number;
  readonly inputs: readonly string[];
}

async function bundleOf(contents: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: ROOT, sourcefile: "entry.js" },
    absWorkingDir: ROOT,
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    metafile: true,
    outdir: "bundle",
    format: "esm",
    platform: "browser",
    logLevel: "silent",
    plugins: [withoutNode],
  });
  const eager = new Set<string>();
  const visit = (path: string): void => {
    if (eager.has(path)) return;
    eager.add(path);
    for (const { path: next, kind } of metafile.outputs[path]!.imports)
      if (kind === "import-statement") visit(next);
  };
  // What is loaded when it is needed has entry points of its own.
  visit(Object.keys(metafile.outputs).find((path) => metafile.outputs[path]!.entryPoint === "entry.js")!);
  const loaded = outputFiles.filter(({ path }) => [...eager].some((name) => path.endsWith(name)));
  return {
    eager: loaded.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0),
    inputs: Object.keys(metafile.inputs),
  };
}

/** A module of a directory in which nothing else can be resolved by chance. */
async function importBundle(t: ExecutionContext, contents: string): Promise<Record<string, unknown>> {
  const directory = await temporaryDirectory(t);
  const outfile = join(directory, "bundle.mjs");
  await build({
    stdin: { contents, resolveDir: ROOT, sourcefile: "entry.js" },
    ...{ outfile, bundle: true, format: "esm", platform: "browser", logLevel: "silent" },
    plugins: [withoutNode],
  });
  return await import(outfile);
}

test("ashlar/threads is bundled by esbuild, script of the workers included, and backs up on them", async (t) => {
  const bundle = await importBundle(
    t,
    `import { createBackup, MemorySink, MemorySource, openRepository, verifyBackup } from "ashlar";
    import { serveTasks, workerRuntime } from "ashlar/threads";
    export { serveTasks };
    export async function backUp(createWorker) {
      const runtime = await workerRuntime({ createWorker, count: 2 });
      const sink = new MemorySink();
      const source = new MemorySource(new Uint8Array(3_000_000).fill(7));
      const { id } = await createBackup(source, sink, { runtime, volumeId: "data" });
      const { volumeSize } = await verifyBackup(await (await openRepository(sink)).openChain(id), { runtime });
      await runtime.close();
      return volumeSize;
    }`,
  );
  const { serveTasks, backUp } = bundle as unknown as {
    readonly serveTasks: () => void;
    readonly backUp: (createWorker: () => Worker) => Promise<number>;
  };
  const workers: ChannelWorker[] = [];
  const createWorker = (): Worker => {
    const worker = new ChannelWorker({ serve: serveTasks });
    workers.push(worker);
    return worker.worker;
  };
  t.is(await backUp(createWorker), 3_000_000);
  t.true(workers.length > 1);
  t.true(workers.every(({ sent }) => sent.length > 0));
});

test("a program of CommonJS requires every entry", async (t) => {
  const names = Object.entries(manifest.exports).flatMap(([name, target]) =>
    typeof target === "string" ? [] : [name.replace(".", "ashlar")],
  );
  const program = `for (const name of ${JSON.stringify(names)}) console.log(name, Object.keys(require(name)).length > 0);`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=commonjs", "-e", program], {
    cwd: ROOT,
  });
  t.deepEqual(
    stdout.trim().split("\n"),
    names.map((name) => `${name} true`),
  );
});

test("TypeScript compiles a program of CommonJS that imports every entry under node16", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "ashlar-node16-"));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  await mkdir(join(directory, "node_modules"));
  await symlink(ROOT, join(directory, "node_modules", "ashlar"));
  await symlink(join(ROOT, "node_modules", "@types"), join(directory, "node_modules", "@types"));
  await writeFile(join(directory, "package.json"), '{ "type": "commonjs" }');
  const names = Object.entries(manifest.exports).flatMap(([name, target]) =>
    typeof target === "string" ? [] : [name.replace(".", "ashlar")],
  );
  const program = [
    'import { type ObjectSink, StorageError } from "ashlar";',
    ...names.map((name, index) => `import * as entry${index} from "${name}";`),
    "const sink: ObjectSink | undefined = undefined;",
    'const error: StorageError = new StorageError("none", { call: "read" });',
    `console.log(sink, error.message, [${names.map((_, index) => `entry${index}`).join(", ")}].length);`,
  ];
  await writeFile(join(directory, "program.ts"), program.join("\n"));
  const options = ["--module", "node16", "--target", "es2022", "--types", "node", "--skipLibCheck"];
  const compile = [join(ROOT, "node_modules/typescript/bin/tsc"), "--strict", "--ignoreConfig", ...options];
  const run = promisify(execFile);
  await run(process.execPath, [...compile, "program.ts"], { cwd: directory }).catch((error) => {
    t.fail((error as { readonly stdout: string }).stdout);
  });
  const { stdout } = await run(process.execPath, ["program.js"], { cwd: directory });
  t.is(stdout, `undefined none ${names.length}\n`);
});

test("no portable export reaches a module of Node's, through packages either", async (t) => {
  for (const target of portable) {
    const { inputs } = await bundleOf(`export * from ${JSON.stringify(target)}`);
    t.true(inputs.length > 1);
    t.deepEqual(
      inputs.filter((path) => path.startsWith("build/src/node/")),
      [],
    );
  }
  await t.throwsAsync(bundleOf(`export * from "./build/src/node/files/file-system.js"`), {
    message: /imports node:/,
  });
});

test(`backup and restore without codecs take at most ${CORE_MAX} bytes gzipped, kernels included`, async (t) => {
  const { eager, inputs } = await bundleOf(`
    export { createBackup, restoreBackup, planMemory, MemorySink, MemorySource,
      MemoryTarget } from "./build/src/index.js";
    export { openChain, planRestore } from "./build/src/pipeline/stages/index.js";
    export { loadHashes, loadKernels, wasmEngine } from "./build/src/kernels/index.js";
    export { inlineCompute } from "./build/src/pipeline/run/compute.js";`);
  t.true(inputs.includes("build/src/kernels/binary.gen.js"));
  t.log(`${eager} bytes`);
  t.true(eager <= CORE_MAX, `${eager} bytes`);
});

test(`the whole main entry loads at most ${ENTRY_MAX} bytes gzipped at once`, async (t) => {
  const { eager } = await bundleOf(`export * from "./build/src/index.js"`);
  t.log(`${eager} bytes`);
  t.true(eager <= ENTRY_MAX, `${eager} bytes`);
});
