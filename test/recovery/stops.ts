/**
 * One backup or restore in a process of its own, stopped by this one after some time. The moments are spread over the
 * whole length of an undisturbed run, so that they fall into every stage of it: before the row, with the first object
 * open, between objects, while the last ones and the manifest are completed.
 */
import * as fs from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { ExecutionContext } from "ava";
import type { Service } from "../../src/service/service.js";
import { noise } from "../pipeline/volume-bytes.js";
import type { Random } from "./random.js";
import { BLOCK_SIZE, type Operation, Site } from "./site.js";

const VOLUME_SIZE = 6000 * BLOCK_SIZE + 5;

/** The first look at a run comes when part of it is over. */
const SPREAD = 0.6;

export interface Stopped {
  /** What was under way when the stop was asked for. */
  readonly stage: string;
  /** Milliseconds until it was stopped and nothing of it was left; `undefined` where it was quicker. */
  readonly latencyMs: number | undefined;
}

export interface Stage {
  readonly t: ExecutionContext;
  readonly site: Site;
  readonly service: Service;
  /** Milliseconds of an undisturbed run, from the time its service is open. */
  readonly durationMs: number;
}

export async function prepareStops(t: ExecutionContext): Promise<Stage> {
  const site = await Site.create(t);
  await fs.writeFile(site.path("disk.img"), noise(VOLUME_SIZE, 1));
  await fs.writeFile(site.path("old.img"), noise(VOLUME_SIZE, 2));
  const service = await site.open();
  t.teardown(() => service.close());
  await service.createVolume({ name: "disk", source: site.path("disk.img") });
  await service.createVolume({ name: "old", source: site.path("old.img") });
  const first = site.spawn("create", "disk");
  await first.started;
  const startMs = performance.now();
  await first.outcome();
  return { t, site, service, durationMs: performance.now() - startMs };
}

/** The backup that the process is making; `undefined` once it has ended. */
async function newBackup(
  { service }: Stage,
  operation: Operation,
  known: ReadonlySet<string>,
): Promise<string | undefined> {
  for (;;) {
    const { isRunning } = operation;
    const views = await service.listBackups();
    const found = views.find(({ backup }) => !known.has(backup.id));
    if (found !== undefined) return found.backup.id;
    if (!isRunning) return undefined;
    await sleep(1);
  }
}

/** Starts a backup, deletes it by force after a while, and looks for what is left. */
export async function stopBackup(stage: Stage, random: Random): Promise<Stopped> {
  const { t, site, service, durationMs } = stage;
  const before = await site.stored();
  const known = new Set((await service.listBackups()).map(({ backup }) => backup.id));
  const operation = site.spawn(random.next() < 0.5 ? "create" : "incremental", "disk");
  await operation.started;
  const id = await newBackup(stage, operation, known);
  if (id === undefined) throw new Error(`it ended without a backup: ${await operation.outcome()}`);
  await sleep(durationMs * SPREAD * random.next());
  const [row] = (await service.findBackup(id)).operations;
  const startMs = performance.now();
  await service.deleteBackup(id, { force: true });
  const latencyMs = performance.now() - startMs;
  t.deepEqual(await site.stored(), before, "objects, temporary files and directories");
  const outcome = await operation.outcome();
  t.regex(outcome ?? "killed", /^$|^Cancelled: the backup was deleted/);
  const { status, holder } = await service.findVolume("disk");
  t.deepEqual({ status, holder }, { status: "available", holder: null });
  t.deepEqual((await service.listBackups()).map(({ backup }) => backup.id).sort(), [...known].sort());
  t.deepEqual(await service.listOperations(), []);
  return { stage: row?.stage ?? "complete", latencyMs };
}

/** Starts a restore, stops it after a while as `set --state error` does, and looks at what is marked. */
export async function stopRestore(stage: Stage, random: Random): Promise<Stopped> {
  const { t, site, service, durationMs } = stage;
  const [newest] = await service.listBackups({ status: "available" });
  const { id } = newest!.backup;
  const operation = site.spawn("restore", id, "old");
  await operation.started;
  while (operation.isRunning && (await service.findBackup(id)).backup.status !== "restoring") await sleep(1);
  await sleep(durationMs * SPREAD * random.next());
  const { backup, operations } = await service.findBackup(id);
  if (backup.status !== "restoring") {
    t.is(await operation.outcome(), "");
    return { stage: "complete", latencyMs: undefined };
  }
  const startMs = performance.now();
  await service.resetBackup(id, "error");
  const latencyMs = performance.now() - startMs;
  const outcome = await operation.outcome();
  const after = (await service.findBackup(id)).backup;
  const { status, holder } = await service.findVolume("old");
  if (outcome === "") {
    // It had ended by the time that it was asked to.
    t.is(status, "available");
    await service.resetBackup(id, "available");
  } else {
    t.regex(outcome ?? "killed", /^Cancelled: /);
    t.like(after, { status: "available", holder: null });
    t.regex(after.failReason ?? "", /^Cancelled: /);
    t.deepEqual({ status, holder }, { status: "error", holder: null });
  }
  t.deepEqual(await service.listOperations(), []);
  return { stage: operations[0]?.stage ?? "complete", latencyMs };
}

/** What the latencies are spread over, of all and of each stage, in words. */
export function distribution(stops: readonly Stopped[]): string {
  const stages = [...new Set(stops.map(({ stage }) => stage))];
  return [
    `${spread(stops)}, ${stops.length} in all`,
    ...stages.map((stage) => `${spread(stops.filter((stop) => stop.stage === stage))}, ${stage}`),
  ].join("\n");
}

function spread(stops: readonly Stopped[]): string {
  const sorted = stops.flatMap(({ latencyMs }) => latencyMs ?? []).sort((a, b) => a - b);
  if (sorted.length === 0) return "none was to be stopped any more";
  const at = (share: number): string => `${Math.round(sorted[Math.floor((sorted.length - 1) * share)]!)} ms`;
  return `${sorted.length} stopped: median ${at(0.5)}, 90% ${at(0.9)}, 99% ${at(0.99)}, most ${at(1)}`;
}
