/**
 * The question: how many MB of a volume does each codec encode and decode in a second, beside what one would take in its
 * place: node:zlib, the `zstd` and `bzip2` tools, the bare WebAssembly package?
 *
 * 48 MiB of this machine's files, about an object of the default size for object stores, in pieces of 1 MiB, or in
 * objects of 8 MiB where zstd wants them whole. MB/s
 * of wall time, in which Ashlar may use both cores, and of CPU time, in which nobody gains by that. What was encoded is
 * decoded by the same contender and compared. The contenders take turns.
 *
 *     node build/bench/micro/codecs.js [--turns 5] [--codec zlib|zstd|bz2] [--out DIR]
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { MIB } from "../../src/units.js";
import { makeVolume } from "../memory/volumes.js";
import { Meter } from "../peers/meter.js";
import { ratioOf, spreadOf, statisticOf } from "../peers/statistic.js";
import { findTools } from "../peers/tools.js";
import { printMachine, thisMachine } from "../report/machine.js";
import { table } from "../report/markdown.js";
import { type CodecContender, contenders, type Timing } from "./codec-contender.js";

const PLAIN_SIZE: number = 48 * MIB;

interface Turns {
  readonly codec: string;
  readonly name: string;
  readonly encode: Timing[];
  readonly decode: Timing[];
  storedSize: number;
}

async function takeTurns(all: readonly CodecContender[], plain: Uint8Array, turns: number): Promise<Turns[]> {
  const results = all.map(
    ({ codec, name }): Turns => ({ codec, name, encode: [], decode: [], storedSize: 0 }),
  );
  // One unmeasured turn: V8 takes some use to have its optimised code, and threads have to start.
  for (let turn = -1; turn < turns; turn++) {
    for (const [index, contender] of all.entries()) {
      const result = results[index]!;
      const { output: encoded, ...encode } = await contender.encode(plain);
      const { output: decoded, ...decode } = await contender.decode(encoded);
      if (!Buffer.concat(decoded).equals(plain))
        throw new Error(`${contender.codec}, ${contender.name}: other bytes came back than were encoded`);
      result.storedSize = encoded.reduce((sum, { length }) => sum + length, 0);
      if (turn < 0) continue;
      result.encode.push(encode);
      result.decode.push(decode);
    }
    console.error(turn < 0 ? "warm" : `turn ${turn + 1} of ${turns}`);
  }
  return results;
}

function printRates(results: readonly Turns[]): string {
  const rows = results.flatMap((result) => {
    const [first] = results.filter(({ codec }) => codec === result.codec);
    return (["encode", "decode"] as const).map((direction) => [
      `${result.codec} ${direction}: ${result.name}`,
      ...(["seconds", "cpuSeconds"] as const).flatMap((field) =>
        rateCells(result, first!, { direction, field }),
      ),
      direction === "encode" ? (result.storedSize / PLAIN_SIZE).toFixed(3) : "",
    ]);
  });
  const header = [
    "",
    "MB/s",
    "spread",
    "Ashlar is × this",
    "MB/s of CPU",
    "spread",
    "Ashlar is × this",
    "size",
  ];
  return table(header, rows);
}

/** Rate, its spread, and how much faster the codec's first contender was in the same turns. */
function rateCells(
  result: Turns,
  first: Turns,
  { direction, field }: { readonly direction: "encode" | "decode"; readonly field: keyof Timing },
): string[] {
  const rates = ratesOf(result[direction], field);
  const statistic = statisticOf([...rates.values()]);
  if (statistic === undefined) return ["–", "–", "–"];
  const ratio = ratioOf(ratesOf(first[direction], field), rates);
  return [
    statistic.median.toFixed(1),
    `${(spreadOf(statistic) * 100).toFixed(0)} %`,
    result === first || ratio === undefined ? "" : ratio.median.toFixed(2),
  ];
}

/** MB/s by turn. */
function ratesOf(timings: readonly Timing[], field: keyof Timing): Map<number, number> {
  return new Map(
    timings.flatMap((timing, turn) => {
      const seconds = timing[field];
      return seconds === undefined ? [] : [[turn, PLAIN_SIZE / seconds / 1e6] as const];
    }),
  );
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      turns: { type: "string", default: "5" },
      codec: { type: "string" },
      out: { type: "string", default: fileURLToPath(new URL("../../../docs/benchmarks/", import.meta.url)) },
    },
  });
  const machine = thisMachine();
  const scratch = await mkdtemp(join(tmpdir(), "ashlar-bench-codecs-"));
  try {
    const tools = await findTools();
    const all = await contenders({ meter: await Meter.open(scratch), tools, scratch });
    const wanted = all.filter(({ codec }) => values.codec === undefined || codec === values.codec);
    if (wanted.length === 0)
      throw new Error(`Cannot measure codec "${values.codec}": want zlib, zstd or bz2`);
    const volume = join(scratch, "volume");
    await makeVolume(volume, PLAIN_SIZE, PLAIN_SIZE);
    const results = await takeTurns(wanted, await readFile(volume), Number(values.turns));
    const name = `codecs-node${process.versions.node.split(".")[0]}`;
    const page = `# Codecs

Made by \`npm run bench:codecs\`. ${printMachine(machine)}; zstd tool ${tools.zstd ?? "not installed"}, bzip2 tool
${tools.bzip2 ?? "not installed"}. Load average ${machine.load.toFixed(2)} before, ${loadavg()[0]!.toFixed(2)} after.
${PLAIN_SIZE / MIB} MiB of this machine's files; medians of ${values.turns} turns.

${printRates(results)}
`;
    await mkdir(values.out, { recursive: true });
    await writeFile(
      join(values.out, `${name}.json`),
      `${JSON.stringify({ machine, tools, results }, undefined, 2)}\n`,
    );
    await writeFile(join(values.out, `${name}.md`), page);
    console.log(page);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

await main();
// Codecs keep threads for a next run, and there is none.
process.exit();
