/**
 * Who waited for whom: runs of Ashlar with `--profile`, where this version has it. What it prints on standard error is
 * looked through for the line of JSON that has `stages`:
 *
 *     {"event":"profile","stages":[{"stage":"read","bytes":1,"busy_seconds":0.1,
 *      "wait_input_seconds":0.2,"wait_output_seconds":0.3}]}
 */
import { MIB } from "../../src/units.js";
import type { ImagePair } from "../image/pair.js";
import { ashlar, ashlarHelp } from "./ashlar.js";
import { type Contender, fullBackup, incremental, restoreFull } from "./contender.js";
import type { Stage, StageRun } from "./report.js";
import type { Group } from "./rounds.js";
import type { Workbench } from "./workbench.js";

const FLAG = "--profile";

export async function hasProfile(): Promise<boolean> {
  return (await ashlarHelp("volume", "backup", "create")).includes(`${FLAG} `);
}

export interface StagesOptions {
  readonly bench: Workbench;
  readonly pair: ImagePair;
  readonly isQuick: boolean;
}

/** Once, and what it found is added to `found`. */
export function stagesGroup({ bench, pair, isQuick }: StagesOptions, found: StageRun[]): Group {
  const contenders = async () => {
    const image = pair.original;
    const subject = (codec: "zlib" | "zstd" | "none" | "bz2") =>
      bench.subject(ashlar(`ashlar ${codec}`, { codec, objectSize: 50 * MIB, after: [FLAG] }), image);
    const list: Contender[] = [];
    for (const codec of isQuick ? (["zstd"] as const) : (["zlib", "zstd", "none", "bz2"] as const))
      list.push(fullBackup(await subject(codec), { bench, name: `full, ${codec}` }));
    list.push(incremental(await subject("zlib"), { bench, name: "unchanged", image }));
    list.push(restoreFull(await subject("zstd"), { bench, name: "restore, zstd" }));
    return list.map((contender) => withStages(contender, found));
  };
  return { id: "stages", contenders, roundsMax: 1 };
}

function withStages(contender: Contender, found: StageRun[]): Contender {
  return {
    ...contender,
    finish: async (isFirst, messages) => {
      const figures = await contender.finish(isFirst, messages);
      found.push({ operation: contender.name, stages: parseStages(messages) });
      return figures;
    },
  };
}

interface ProfileLine {
  readonly stages: readonly {
    readonly stage: string;
    readonly bytes: number;
    readonly busy_seconds: number;
    readonly wait_input_seconds: number;
    readonly wait_output_seconds: number;
  }[];
}

/** @throws Error when no line has stages with their figures */
export function parseStages(messages: string): Stage[] {
  const lines = messages.split("\n").filter((line) => line.startsWith("{"));
  const profile = lines.map(parseLine).find((line) => line !== undefined);
  if (profile === undefined) throw new Error(`Cannot read a profile: want a line of JSON with "stages"`);
  return profile.stages.map((each) => {
    const stage = {
      name: each.stage,
      bytes: each.bytes,
      busy: each.busy_seconds,
      waitedForInput: each.wait_input_seconds,
      waitedForOutput: each.wait_output_seconds,
    };
    if (Object.values(stage).some((value) => value === undefined))
      throw new Error(
        `Cannot read stage ${JSON.stringify(each)}: want stage, bytes, busy and waiting seconds`,
      );
    return stage;
  });
}

function parseLine(line: string): ProfileLine | undefined {
  try {
    const value = JSON.parse(line) as Partial<ProfileLine>;
    return Array.isArray(value.stages) ? (value as ProfileLine) : undefined;
  } catch {
    return undefined;
  }
}
