/**
 * The question: is Ashlar faster than real Cinder and restic to and from real object stores, in full backups,
 * incrementals and restores?
 *
 * Starts Swift and Ceph's radosgw as the tests do, makes a volume, lets everybody take turns, and writes
 * `stores-node<MAJOR>.md`, `.json` and `.svg`. See docs/benchmarks/README.md.
 *
 *     node build/bench/stores/main.js [--rounds 3] [--size 512] [--stores swift,radosgw] [--codecs zlib,zstd,none] [--scratch DIR] [--out DIR]
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { CodecId } from "../../src/codecs/codec.js";
import { MIB } from "../../src/units.js";
import { type ImagePair, makePair } from "../image/pair.js";
import { execute } from "../peers/command.js";
import { Meter } from "../peers/meter.js";
import type { Peer } from "../peers/peer.js";
import type { Measurements } from "../peers/rounds.js";
import { findTools, type Tools, versionOf } from "../peers/tools.js";
import { thisMachine } from "../report/machine.js";
import { drawPlot, printPage, type StoresReport } from "./page.js";
import { ashlarPeer, cinderPeer, resticPeer } from "./peers.js";
import { type StoreAddress, startStore } from "./servers.js";
import { runRound } from "./trial.js";

const STORES = ["swift", "radosgw"] as const;
const CODECS = ["zlib", "zstd", "none"] as const satisfies readonly CodecId[];
const ROUNDS = 3;
const SIZE = 512;

const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: String(ROUNDS) },
    size: { type: "string", default: String(SIZE) },
    stores: { type: "string", default: STORES.join(",") },
    codecs: { type: "string", default: CODECS.join(",") },
    scratch: { type: "string", default: tmpdir() },
    out: { type: "string", default: fileURLToPath(new URL("../../../docs/benchmarks/", import.meta.url)) },
  },
});
const stores = chosen("--stores", flags.stores, STORES);
const codecs = chosen("--codecs", flags.codecs, CODECS);

function chosen<Name extends string>(flag: string, text: string, known: readonly Name[]): Name[] {
  const names = text.split(",");
  const unknown = names.filter((name) => !known.includes(name as Name));
  if (unknown.length === 0) return names as Name[];
  throw new Error(`Cannot take ${unknown.join(", ")} for ${flag}: want some of ${known.join(", ")}`);
}

function positive(flag: string, text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new Error(`Cannot take "${text}" for ${flag}: want a number above 0`);
}

/** Without the flags that name places: another machine has others. */
function commandLine(): string {
  const words = [
    ...(Number(flags.rounds) === ROUNDS ? [] : [`--rounds ${flags.rounds}`]),
    ...(Number(flags.size) === SIZE ? [] : [`--size ${flags.size}`]),
    ...(stores.length === STORES.length ? [] : [`--stores ${flags.stores}`]),
    ...(codecs.length === CODECS.length ? [] : [`--codecs ${flags.codecs}`]),
  ];
  return ["npm run bench:stores", ...(words.length === 0 ? [] : ["--", ...words])].join(" ");
}

/** The tools that take part, and the servers. */
async function versions({ cinder, restic }: Tools): Promise<Record<string, string>> {
  const asked = {
    swift: ["/usr/bin/python3", "-c", "import swift; print(swift.__version__)"],
    radosgw: ["radosgw", "--version"],
  };
  const servers: Record<string, string> = {};
  for (const store of stores) {
    const answer = await execute({ argv: asked[store] }).catch(() => undefined);
    servers[store] = versionOf(answer?.stdout ?? "");
  }
  return {
    ...(cinder === undefined ? {} : { cinder }),
    ...(restic === undefined ? {} : { restic }),
    ...servers,
  };
}

function peersOf(
  address: StoreAddress,
  container: string,
  { pair, tools }: { pair: ImagePair; tools: Tools },
): Peer[] {
  const own = (suffix: string) => ({ address, container: `${container}-${suffix}` });
  return [
    ...codecs.flatMap((codec) => [
      ashlarPeer({ ...own(`ashlar-${codec}`), codec }),
      ...(tools.cinder === undefined
        ? []
        : [cinderPeer({ ...own(`cinder-${codec}`), codec, volumeSize: pair.size })]),
    ]),
    ...(tools.restic === undefined ? [] : [resticPeer(own("restic"))]),
  ];
}

async function write(report: StoresReport): Promise<void> {
  await mkdir(flags.out, { recursive: true });
  const name = `stores-node${process.versions.node.split(".")[0]}`;
  await writeFile(join(flags.out, `${name}.json`), `${JSON.stringify(report, undefined, 2)}\n`);
  await writeFile(join(flags.out, `${name}.svg`), drawPlot(report));
  await writeFile(join(flags.out, `${name}.md`), printPage(report, { plot: `${name}.svg` }));
}

async function measureAll(scratch: string): Promise<void> {
  const machine = thisMachine();
  const tools = await findTools();
  const pair = await makePair(scratch, positive("--size", flags.size) * MIB);
  const options = {
    scratch,
    pair,
    meter: await Meter.open(scratch),
    tell: (line: string) => console.error(line),
  };
  const measurements: Measurements = {};
  const head = {
    command: commandLine(),
    ashlar: await ownVersion(),
    machine,
    tools: await versions(tools),
    ...{ stores, codecs },
    image: { size: pair.size, description: pair.description },
  };
  const rounds = positive("--rounds", flags.rounds);
  for (const store of stores) {
    // One after the other: a server that waits takes memory and, with Ceph, some of a core.
    const server = await startStore(store);
    try {
      for (let round = 0; round < rounds; round++) {
        const peers = peersOf(server.address, `round${round}`, { pair, tools });
        await runRound({ store, round, peers }, measurements, options);
        await write({ ...head, rounds, measurements });
      }
    } finally {
      await server.stop();
    }
  }
}

async function ownVersion(): Promise<string> {
  const text = await readFile(new URL("../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

const scratch = await mkdtemp(join(flags.scratch, "ashlar-bench-"));
try {
  await measureAll(scratch);
} finally {
  await rm(scratch, { recursive: true, force: true });
}
