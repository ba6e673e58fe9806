/**
 * The question: how long does a batch of many volumes take, against a shell loop of single commands, and against restic
 * and borg over the same files, where they are installed?
 *
 * Each contender backs up all volumes, then 1 % of the blocks of each volume changes, and it backs them up again, as an
 * incremental where there is such a thing. Rounds take turns; the least time of each counts, and ratios are to the batch.
 *
 *     node build/bench/fleet/main.js [--volumes 200] [--size 16] [--rounds 3] [--out FILE]
 */
import { mkdir, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { KIB, MIB } from "../../src/units.js";
import { SeededBytes } from "../image/seeded-bytes.js";
import { type Command, execute, run } from "../peers/command.js";
import { Meter, type Sample } from "../peers/meter.js";
import { printMachine, thisMachine } from "../report/machine.js";
import { table } from "../report/markdown.js";

const BIN: string = fileURLToPath(new URL("../../command/node/bin.js", import.meta.url));
const BLOCK_SIZE: number = 32 * KIB;
const CHANGED_SHARE = 0.01;
const STEPS = ["full", "1 % changed"] as const;
type Step = (typeof STEPS)[number];

const { values: flags } = parseArgs({
  options: {
    volumes: { type: "string", default: "200" },
    size: { type: "string", default: "16" },
    rounds: { type: "string", default: "3" },
    out: { type: "string" },
  },
});
const volumeCount = Number(flags.volumes);
const volumeSize = Number(flags.size) * MIB;

/** The directory of one contender in one round. */
interface Site {
  readonly directory: string;
  readonly volumes: string;
}

interface Contender {
  readonly name: string;
  /** What has to be there to take part. */
  readonly program: string;
  prepare(site: Site): Promise<void>;
  command(site: Site, step: Step): Command;
}

function ashlar(name: string, script: (step: Step) => string): Contender {
  return {
    name,
    program: "sh",
    prepare: ({ directory, volumes }) =>
      writeFile(
        join(directory, "plan.yaml"),
        `defaults: { codec: zstd, incremental: true }\nvolumes: [{ glob: "${volumes}/*" }]\n`,
      ),
    command: (site, step) => ({
      argv: ["sh", "-ec", script(step)],
      directory: site.directory,
      environment: {
        ASHLAR: `${process.execPath} ${BIN} --quiet --option backup_compression_algorithm=zstd`,
        ASHLAR_STATE_DIR: join(site.directory, "state"),
        VOLUMES: site.volumes,
      },
    }),
  };
}

const single = (step: Step): string =>
  `$ASHLAR volume backup create ${step === "full" ? "" : "--incremental"} -f value -c id`;

const CONTENDERS: readonly Contender[] = [
  ashlar("ashlar batch", () => "$ASHLAR batch run plan.yaml -f value -c outcome"),
  ashlar("ashlar, shell loop", (step) => `for volume in "$VOLUMES"/*; do ${single(step)} "$volume"; done`),
  ashlar("ashlar, xargs -P 2", (step) => `ls -d "$VOLUMES"/* | xargs -P 2 -n 1 ${single(step)}`),
  {
    name: "restic",
    program: "restic",
    prepare: async (site) => void (await run(resticOf(site, "init"))),
    command: (site) => resticOf(site, "backup", "--force", site.volumes),
  },
  {
    name: "borg",
    program: "borg",
    prepare: async (site) => void (await run(borgOf(site, "init", "--encryption", "none", "repository"))),
    command: (site, step) =>
      borgOf(
        ...([site, "create", "--compression", "zstd,3", "--files-cache", "disabled"] as const),
        ...[`repository::${STEPS.indexOf(step)}`, site.volumes],
      ),
  },
];

function resticOf({ directory }: Site, ...words: string[]): Command {
  const environment = {
    RESTIC_REPOSITORY: join(directory, "repository"),
    RESTIC_PASSWORD: "benchmark",
    RESTIC_CACHE_DIR: join(directory, "cache"),
  };
  return { argv: ["restic", "--quiet", ...words], environment };
}

function borgOf({ directory }: Site, ...words: string[]): Command {
  return { argv: ["borg", ...words], directory, environment: { BORG_BASE_DIR: join(directory, "base") } };
}

async function makeVolumes(directory: string): Promise<string[]> {
  await mkdir(directory);
  const random = new SeededBytes(1);
  const paths = Array.from({ length: volumeCount }, (_, index) =>
    join(directory, `${String(index).padStart(5, "0")}.img`),
  );
  // Half noise and half of one byte, so that compression has something to do.
  for (const path of paths) {
    const bytes = Buffer.alloc(volumeSize, 0x61);
    for (let offset = 0; offset < volumeSize; offset += 2 * BLOCK_SIZE)
      bytes.set(random.bytes(BLOCK_SIZE), offset);
    await writeFile(path, bytes);
  }
  return paths;
}

async function change(paths: readonly string[], seed: number): Promise<void> {
  const random = new SeededBytes(seed);
  const blockCount = volumeSize / BLOCK_SIZE;
  for (const path of paths) {
    const file = await open(path, "r+");
    for (let left = Math.ceil(blockCount * CHANGED_SHARE); left > 0; left--)
      await file.write(random.bytes(BLOCK_SIZE), 0, BLOCK_SIZE, random.below(blockCount) * BLOCK_SIZE);
    await file.close();
  }
}

type Times = Map<string, Sample[]>;

async function measureRound(scratch: string, times: Times, round: number): Promise<void> {
  const volumes = join(scratch, "volumes");
  const paths = await makeVolumes(volumes);
  const meter = await Meter.open(scratch);
  const sites = new Map<Contender, Site>();
  for (const contender of CONTENDERS) {
    if ((await execute({ argv: ["sh", "-c", `command -v ${contender.program}`] })).code !== 0) continue;
    const site = { directory: await mkdtemp(join(scratch, "site-")), volumes };
    await contender.prepare(site);
    sites.set(contender, site);
  }
  for (const step of STEPS) {
    if (step !== "full") await change(paths, 100 + round);
    for (const [contender, site] of sites) {
      const { sample } = await meter.measure(contender.command(site, step));
      const key = `${step}: ${contender.name}`;
      times.set(key, [...(times.get(key) ?? []), sample]);
      process.stderr.write(`${key}: ${sample.seconds.toFixed(2)} s\n`);
    }
  }
  await rm(volumes, { recursive: true });
  for (const { directory } of sites.values()) await rm(directory, { recursive: true });
}

function page(times: Times): string {
  const rows = STEPS.flatMap((step) => {
    const best = (name: string): Sample | undefined =>
      times.get(`${step}: ${name}`)?.reduce((a, b) => (b.seconds < a.seconds ? b : a));
    const base = best(CONTENDERS[0]!.name)!;
    return CONTENDERS.flatMap(({ name }) => {
      const sample = best(name);
      if (sample === undefined) return [];
      const { seconds, cpuSeconds, peak } = sample;
      return [
        [
          ...[step, name, `${seconds.toFixed(2)} s`, `${(seconds / base.seconds).toFixed(2)} ×`],
          cpuSeconds === undefined ? "" : `${cpuSeconds.toFixed(2)} s`,
          peak === undefined ? "" : `${(peak / MIB).toFixed(0)} MiB`,
        ],
      ];
    });
  });
  return [
    "# A batch of many volumes",
    "",
    `${volumeCount} volumes of ${flags.size} MiB, half of them noise; whole commands, the best of ${flags.rounds} rounds in turns. ${printMachine(thisMachine())}.`,
    "",
    table(["step", "program", "time", "against the batch", "CPU", "peak memory of one process"], rows, 2),
    "",
  ].join("\n");
}

const scratch = await mkdtemp(join(tmpdir(), "ashlar-fleet-"));
try {
  const times: Times = new Map();
  for (let round = 0; round < Number(flags.rounds); round++) await measureRound(scratch, times, round);
  const text = page(times);
  if (flags.out === undefined) process.stdout.write(text);
  else await writeFile(flags.out, text);
} finally {
  await rm(scratch, { recursive: true, force: true });
}
