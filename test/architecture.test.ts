/**
 * The layout of `src/`, held by a table: data flows left to right, imports go down in rank only, and one folder knows
 * of the host. The compiler holds a part of it (no types of Node outside `src/node`); this holds the rest.
 */
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, posix, relative } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { circlesOf } from "./circles.js";

const SRC: string = fileURLToPath(new URL("../../src/", import.meta.url));
const LINES_MAX = 350;

interface Room {
  readonly rank: number;
  /** Packages that it may import; `node:` counts as one. */
  readonly packages: readonly string[];
  readonly because: string;
}

/** A file of `src/` itself is a room of its own. */
const ROOMS: Readonly<Record<string, Room>> = {
  units: { rank: 0, packages: [], because: "sizes mean the same to everyone" },
  bytes: { rank: 0, packages: [], because: "byte helpers have no subject" },
  aborted: { rank: 0, packages: [], because: "every room may have to wait for what cannot be ended" },
  errors: { rank: 0, packages: [], because: "every room fails in the same words" },
  "side-by-side": { rank: 0, packages: [], because: "every room may have several things to wait for" },
  ports: { rank: 0, packages: [], because: "what is asked of a host is known before there is one" },
  sleep: { rank: 0, packages: [], because: "every room may have to wait for a time" },
  streams: {
    rank: 0,
    packages: ["web-streams-polyfill"],
    because: "every room makes the same kind of streams, and two kinds do not pipe into each other",
  },
  options: { rank: 0.5, packages: [], because: "options mean the same to a store, a service and a command" },
  kernels: {
    rank: 1,
    packages: ["hash-wasm"],
    because: "they are given byte ranges and know no format; MD5 is a package's",
  },
  format: { rank: 1, packages: [], because: "it is pure: text in, values out" },
  codecs: {
    rank: 1,
    packages: ["@bokuweb/zstd-wasm", "hash-wasm"],
    because: "a codec is given bytes and knows no object; encoding zstd and its checksum are packages'",
  },
  sources: { rank: 1, packages: [], because: "a volume does not know that it is backed up" },
  sinks: {
    rank: 1,
    packages: ["aws4fetch", "jose/jwt/sign", "jose/key/import"],
    because: "a sink does not know what an object means; signing for S3 and Google is packages'",
  },
  catalog: { rank: 1, packages: [], because: "it is rows, and runs nothing" },
  chain: {
    rank: 2,
    packages: [],
    because: "it reads the format from sinks, and decides what a restore needs",
  },
  encryption: {
    rank: 2,
    packages: ["age-encryption"],
    because: "it is a layer of sinks that knows which object is a manifest; wrapping its keys is a package's",
  },
  history: {
    rank: 2.5,
    packages: [],
    because: "it signs what the chain reads of a backup, and knows no service",
  },
  testing: {
    rank: 2,
    packages: [],
    because: "a contract is held against whatever keeps it, and nothing is built on one",
  },
  pipeline: { rank: 3, packages: [], because: "it runs what the chain planned, through codecs and kernels" },
  threads: {
    rank: 4,
    packages: [],
    because: "it computes for pipelines on other threads, of whatever kind, and runs no pipeline",
  },
  image: {
    rank: 4,
    packages: [],
    because: "it reads volumes out of chains with what the pipeline has, and runs no pipeline",
  },
  service: {
    rank: 4,
    packages: [],
    because: "it starts pipelines and records in the catalog how they ended",
  },
  benchmark: {
    rank: 4,
    packages: [],
    because: "it runs pipelines and takes the time, and keeps no record of its backups",
  },
  settings: {
    rank: 5,
    packages: [],
    because: "it makes a service's settings out of flags, environment and files",
  },
  batch: {
    rank: 5,
    packages: ["valibot", "yaml"],
    because: "it makes calls of the service out of a plan, whose file it compares with a schema",
  },
  api: {
    rank: 6,
    packages: ["@valibot/to-json-schema", "hono", "valibot", "yaml"],
    because: "a face of the service: no logic, but requests to route and to compare with their schemas",
  },
  ui: {
    rank: 7,
    packages: [],
    because: "a face of the API, in a browser: it knows the types of answers, and nothing else",
  },
  cli: {
    rank: 6,
    packages: ["commander"],
    because: "a face of the service: no logic, but a user's texts to parse and print",
  },
  index: { rank: 5, packages: [], because: "it names what the portable rooms offer, without the faces" },
  node: {
    rank: 7,
    packages: [
      "node:",
      "pg",
      "sqlite3",
      "hash-wasm",
      "@bokuweb/zstd-wasm",
      "undici",
      "@cloudamqp/amqp-client",
      "pino",
      "prom-client",
    ],
    because: "it is the one place that knows the host, and plugs it in",
  },
};

/** The folders of `service`, in order: each may import those before it. Its files outside of folders join them. */
const SERVICE_FOLDERS: readonly string[] = [
  "access",
  "states",
  "operations",
  "events",
  "volumes",
  "repositories",
  "backups",
  "block-storage",
  "fleet",
];

/** Rooms of one rank that may import each other anyway. */
const SIDEWAYS: readonly { readonly from: string; readonly to: string; readonly because: string }[] = [];

interface Import {
  readonly file: string;
  readonly specifier: string;
}

const files = (await readdir(SRC, { recursive: true }))
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.split("\\").join("/"))
  .sort();
const texts = new Map(
  await Promise.all(files.map(async (file) => [file, await readFile(join(SRC, file), "utf8")] as const)),
);

/** Every module that `file` names, at its head or in an `import(…)`. */
function importsOf(file: string): Import[] {
  const found = texts
    .get(file)!
    .matchAll(
      /^(?:import|export)\b[^;'"]*?\bfrom\s+["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']|^import\s+["']([^"']+)["']/gm,
    );
  return [...found].map((match) => ({ file, specifier: (match[1] ?? match[2] ?? match[3])! }));
}

function roomOf(file: string): string {
  const [first] = file.split("/");
  return first!.replace(/\.(ts|js)$/, "");
}

const imports = files.flatMap(importsOf);
const inner = imports
  .filter(({ specifier }) => specifier.startsWith("."))
  .map(({ file, specifier }) => ({ file, target: posix.normalize(posix.join(dirname(file), specifier)) }));

test("finds the imports that there are", (t) => {
  t.true(files.length > 60);
  t.true(imports.length > 200);
  t.deepEqual(importsOf("chain/hashing-reader.ts"), [
    { file: "chain/hashing-reader.ts", specifier: "../format/digest-table-reader.js" },
    { file: "chain/hashing-reader.ts", specifier: "../ports.js" },
  ]);
  t.true(
    imports.some(({ specifier }) => specifier === "sqlite3"),
    "an import that is awaited",
  );
});

test("every room is in the table", (t) => {
  const unknown = [...new Set(files.map(roomOf))].filter((room) => ROOMS[room] === undefined);
  t.deepEqual(unknown, []);
});

test("imports go down in rank, or stay in their room", (t) => {
  const wrong = inner.flatMap(({ file, target }) => {
    const from = roomOf(file);
    const to = roomOf(target);
    if (from === to || ROOMS[to] === undefined || ROOMS[from] === undefined) return [];
    const isSideways = SIDEWAYS.some((pair) => pair.from === from && pair.to === to);
    if (ROOMS[from].rank > ROOMS[to].rank || isSideways) return [];
    return [`${file} imports ${target}, but of ${to}: ${ROOMS[to].because}`];
  });
  t.deepEqual(wrong, []);
});

test("folders of the service import only folders before them", (t) => {
  const folderOf = (file: string): string | undefined => /^service\/([^/]+)\//.exec(file)?.[1];
  const folders = new Set(files.map(folderOf).filter((folder) => folder !== undefined));
  t.deepEqual([...folders].sort(), [...SERVICE_FOLDERS].sort());
  const wrong = inner.flatMap(({ file, target }) => {
    const [from, to] = [folderOf(file), folderOf(target)];
    if (from === undefined || to === undefined || from === to) return [];
    return SERVICE_FOLDERS.indexOf(to) < SERVICE_FOLDERS.indexOf(from) ? [] : [`${file} imports ${target}`];
  });
  t.deepEqual(wrong, []);
});

test("the portable entry does not know of the faces, nor of a host", (t) => {
  const targets = inner.filter(({ file }) => file === "index.ts").map(({ target }) => roomOf(target));
  t.true(targets.length > 20);
  t.deepEqual(
    targets.filter((room) => ["cli", "settings", "node"].includes(room)),
    [],
  );
  t.deepEqual(
    [...texts].filter(([file, text]) => file === "index.ts" && /export \*/.test(text)).map(([file]) => file),
    [],
    "every name is written out",
  );
});

test("each room imports the packages that its row has, and no others", (t) => {
  const wrong = imports
    .filter(({ specifier }) => !specifier.startsWith("."))
    .filter(({ file, specifier }) => {
      const name = specifier.startsWith("node:") ? "node:" : specifier;
      return !ROOMS[roomOf(file)]?.packages.includes(name);
    })
    .map(({ file, specifier }) => `${file} imports ${specifier}`);
  t.deepEqual(wrong, []);
});

test("no files import each other in a circle", async (t) => {
  const graph = new Map(files.map((file) => [file, [] as string[]]));
  for (const { file, target } of inner) graph.get(file)!.push(target.replace(/\.js$/, ".ts"));
  t.deepEqual(circlesOf(graph), []);
  t.deepEqual(circlesOf(await assemblyGraph()), []);
  t.deepEqual(
    circlesOf(
      new Map([
        ["a", ["b"]],
        ["b", ["c", "d"]],
        ["c", ["a"]],
        ["d", []],
      ]),
    ),
    [["a", "b", "c"]],
  );
});

/** AssemblyScript's imports name files without their ending, or folders. */
async function assemblyGraph(): Promise<Map<string, string[]>> {
  const root = fileURLToPath(new URL("../../assembly/", import.meta.url));
  const names = (await readdir(root, { recursive: true })).filter((name) => name.endsWith(".ts"));
  const entries = names.map(async (name) => {
    const text = await readFile(join(root, name), "utf8");
    const targets = [...text.matchAll(/\bfrom\s+["'](\.[^"']+)["']/g)].map(([, specifier]) => {
      const path = posix.normalize(posix.join(dirname(name), specifier!));
      return [`${path}.ts`, `${path}/index.ts`].find((each) => names.includes(each)) ?? path;
    });
    return [name, targets] as const;
  });
  return new Map((await Promise.all(entries)).map(([name, targets]) => [name, targets]));
}

test("what is imported exists, and inside src", (t) => {
  const wrong = inner.filter(({ target }) => !texts.has(target.replace(/\.js$/, ".ts")));
  t.deepEqual(wrong, []);
});

test(`no file has more than ${LINES_MAX} lines`, (t) => {
  const long = [...texts]
    .filter(([file]) => !file.endsWith(".gen.ts"))
    .map(([file, text]) => ({ file: relative(".", file), lines: text.split("\n").length - 1 }))
    .filter(({ lines }) => lines > LINES_MAX);
  t.deepEqual(long, []);
});
