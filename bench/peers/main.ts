/**
 * The question: how much faster is Ashlar, as a whole command, than real Cinder and than the backup tools that one would
 * otherwise take, and what does its time go with?
 *
 * Makes the volumes, finds the peers that are installed, lets them take turns, and writes `peers-node<MAJOR>.md`, `.json`
 * and plots. See docs/benchmarks/README.md for the peers and the choice of rounds.
 *
 *     node build/bench/peers/main.js [--quick] [--resume] [--rounds 5] [--minutes 14] [--size MIB] [--only GROUP,…] [--scratch DIR] [--out DIR]
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import * as zlib from "node:zlib";
import { MIB } from "../../src/units.js";
import { makePair } from "../image/pair.js";
import { thisMachine } from "../report/machine.js";
import { Curves, zerosVolumeSize } from "./curves.js";
import { Groups } from "./groups.js";
import { Meter } from "./meter.js";
import { printPage } from "./page.js";
import { plots } from "./plots.js";
import type { PeersReport } from "./report.js";
import { type Group, type Measurements, runRounds } from "./rounds.js";
import { hasProfile, stagesGroup } from "./stages.js";
import { isClose as closeTo, targetsFor } from "./targets.js";
import { findTools } from "./tools.js";
import { Workbench } from "./workbench.js";

const NAME = `peers-node${process.versions.node.split(".")[0]}`;

/** From here on there is time for the largest volumes. */
const LONG_MINUTES = 30;

interface Flags {
  readonly isQuick: boolean;
  /** Whether the report that is there is continued. */
  readonly isResumed: boolean;
  readonly rounds: number;
  readonly minutes: number;
  /** Of the volume, bytes. */
  readonly size: number;
  readonly only: readonly string[] | undefined;
  readonly scratch: string;
  readonly out: string;
}

function parseFlags(): Flags {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      resume: { type: "boolean", default: false },
      rounds: { type: "string" },
      minutes: { type: "string" },
      size: { type: "string" },
      only: { type: "string" },
      scratch: { type: "string", default: tmpdir() },
      out: { type: "string", default: fileURLToPath(new URL("../../../docs/benchmarks/", import.meta.url)) },
    },
  });
  return {
    isQuick: values.quick,
    isResumed: values.resume,
    rounds: positive("--rounds", values.rounds ?? roundsOf(values.quick)),
    minutes: positive("--minutes", values.minutes ?? minutesOf(values.quick)),
    size: positive("--size", values.size ?? sizeOf(values.quick) / MIB) * MIB,
    only: values.only?.split(","),
    scratch: values.scratch,
    out: values.out,
  };
}

function roundsOf(isQuick: boolean): number {
  return isQuick ? 3 : 5;
}

/** No round begins that would end later; the volumes' removal comes on top. */
function minutesOf(isQuick: boolean): number {
  return isQuick ? 2.5 : 14;
}

function sizeOf(isQuick: boolean): number {
  return (isQuick ? 256 : 1024) * MIB;
}

function positive(flag: string, text: string | number): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`Cannot take "${text}" for ${flag}: want a number above 0`);
  return value;
}

class PeersBench {
  readonly #flags: Flags;
  readonly #scratch: string;
  readonly #machine = thisMachine();
  readonly #deadlineMs: number;

  constructor(flags: Flags, scratch: string) {
    this.#flags = flags;
    this.#scratch = scratch;
    this.#deadlineMs = performance.now() + flags.minutes * 60_000;
  }

  async run(): Promise<void> {
    const { isQuick, rounds, size } = this.#flags;
    const tools = await findTools();
    const meter = await Meter.open(this.#scratch);
    console.error(
      `Found: ${Object.entries(tools)
        .map((pair) => pair.join(" "))
        .join(", ")}`,
    );
    const pair = await makePair(this.#scratch, size);
    const started = {
      command: this.#command(),
      isQuick,
      ashlar: await ownVersion(),
      machine: this.#machine,
      tools,
      hasNativeZstd: "createZstdCompress" in zlib,
      isWhole: meter.isWhole,
      image: { size: pair.size, description: pair.description },
      zerosSize: zerosVolumeSize(isQuick),
      rounds,
    };
    const before = this.#flags.isResumed ? await this.#before(started) : undefined;
    const head = { ...started, stages: [...(before?.stages ?? [])] };
    const targets = targetsFor({ ...head, cores: this.#machine.cores });
    const isClose = (group: string, measurements: Measurements) => closeTo(group, targets, measurements);
    const bench = new Workbench(this.#scratch);
    const isLong = !isQuick && this.#flags.minutes >= LONG_MINUTES;
    const place = { cores: this.#machine.cores, directory: this.#scratch };
    const options = { bench, pair, tools, isQuick, isLong, ...place };
    const stages = (await hasProfile()) ? [stagesGroup(options, head.stages)] : [];
    const groups = this.#wanted([...new Groups(options).all(), ...stages, ...new Curves(options).all()]);
    const keep = (measurements: Measurements) => this.#write({ ...head, measurements });
    const tell = (line: string) => console.error(line);
    const deadlineMs = this.#deadlineMs;
    const measurements = before?.measurements;
    await runRounds(groups, { meter, rounds, before: measurements, isClose, deadlineMs, keep, tell });
  }

  /** @throws Error if it measured something else, or with other programs */
  async #before(now: Omit<PeersReport, "measurements" | "stages">): Promise<PeersReport> {
    const report = JSON.parse(await readFile(this.#path("json"), "utf8")) as PeersReport;
    const given = ({ ashlar, image, tools, isQuick, machine: { node, cpu } }: typeof now): string =>
      JSON.stringify({ ashlar, node, cpu, isQuick, image, tools });
    if (given(report) === given(now)) return report;
    throw new Error(`Cannot resume: the report has\n${given(report)}\nand this run\n${given(now)}`);
  }

  /** Without the flags that name places: another machine has others. */
  #command(): string {
    const { isQuick, rounds, minutes, size, only } = this.#flags;
    const words = [
      ...(isQuick ? ["--quick"] : []),
      ...(rounds === roundsOf(isQuick) ? [] : [`--rounds ${rounds}`]),
      ...(minutes === minutesOf(isQuick) ? [] : [`--minutes ${minutes}`]),
      ...(size === sizeOf(isQuick) ? [] : [`--size ${size / MIB}`]),
      ...(only === undefined ? [] : [`--only ${only.join(",")}`]),
    ];
    return ["npm run bench", ...(words.length === 0 ? [] : ["--", ...words])].join(" ");
  }

  #wanted(groups: readonly Group[]): readonly Group[] {
    const { only } = this.#flags;
    const unknown = only?.filter((id) => !groups.some((group) => group.id === id)) ?? [];
    if (unknown.length > 0) {
      const known = groups.map(({ id }) => id).join(", ");
      throw new Error(`Cannot measure ${unknown.join(", ")}: want some of ${known}`);
    }
    return groups.filter(({ id }) => only?.includes(id) ?? true);
  }

  async #write(report: PeersReport): Promise<void> {
    const { out } = this.#flags;
    await mkdir(out, { recursive: true });
    await writeFile(this.#path("json"), `${JSON.stringify(report, undefined, 2)}\n`);
    const drawn = plots(report, NAME);
    for (const plot of drawn) await writeFile(join(out, plot.name), plot.svg);
    await writeFile(this.#path("md"), printPage(report, drawn));
  }

  #path(extension: "json" | "md"): string {
    return join(this.#flags.out, `${NAME}.${extension}`);
  }
}

async function ownVersion(): Promise<string> {
  const text = await readFile(new URL("../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

const flags = parseFlags();
const scratch = await mkdtemp(join(flags.scratch, "ashlar-bench-"));
try {
  await new PeersBench(flags, scratch).run();
} finally {
  await rm(scratch, { recursive: true, force: true });
}
