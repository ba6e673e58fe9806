/** What `ashlar serve` leaves when it is stopped or killed, and what its next start makes of it. */

import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import test, { type ExecutionContext } from "ava";
import { COMMAND } from "../command.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";
import { noise } from "../pipeline/volume-bytes.js";
import { Random, SEED } from "./random.js";
import { Serving } from "./serving.js";

const run = promisify(execFile);
const MIB = 1024 ** 2;
const NOISE = 24 * MIB;

interface Place {
  readonly directory: string;
  readonly disks: string;
  readonly serve: readonly string[];
  readonly global: readonly string[];
}

/** One operation at a time, so that the others wait. */
async function placeOf(t: ExecutionContext): Promise<Place> {
  const directory = await temporaryDirectory(t);
  const options = ["backup_max_operations=1", "backup_compression_algorithm=zlib"];
  const global = ["--state-dir", directory, ...options.flatMap((option) => ["--option", option])];
  const disks = join(directory, "disks");
  await fs.mkdir(disks);
  return { directory, disks, global, serve: ["--volume-root", disks] };
}

async function command({ global }: Place, ...words: readonly string[]): Promise<string> {
  return (await run(process.execPath, [COMMAND, ...global, ...words])).stdout;
}

/** Holders of as many workers as are wanted, without one that has died. */
async function workersOf(place: Place, count: number, dead?: string): Promise<string[]> {
  for (;;) {
    const rows = JSON.parse(await command(place, "worker", "list", "-f", "json")) as readonly Worker[];
    const holders = rows.map((row) => row.holder).filter((holder) => holder !== dead);
    if (holders.length >= count) return holders;
  }
}

interface Worker {
  readonly holder: string;
}

/** HOST/BOOT/NAMESPACE/PID/START */
function pidOf(holder: string): number {
  return Number(holder.split("/")[3]);
}

/** A volume of bytes that take a while to compress. */
async function volumeOf(serving: Serving, { disks }: Place, seed: number): Promise<string> {
  const path = join(disks, `${seed}.img`);
  await fs.writeFile(path, noise(NOISE, seed));
  const { volume } = await serving.ask("POST /os-volume-manage", {
    volume: { host: "h", ref: { "source-name": path } },
  });
  return volume.id;
}

test("SIGTERM parks what waits or runs too long, and the next start does it", async (t) => {
  const place = await placeOf(t);
  const first = await Serving.start(place.global, [...place.serve, "--stop-timeout", "0"]);
  const volumes = [await volumeOf(first, place, 1), await volumeOf(first, place, 2)];
  const base = await first.ask("POST /backups", { backup: { volume_id: volumes[0], name: "base" } });
  await first.settled("backups");
  for (const id of volumes) await first.ask("POST /backups", { backup: { volume_id: id, name: "late" } });
  const { restore } = await first.ask(`POST /backups/${base.backup.id}/restore`, {
    restore: { name: "copy" },
  });
  t.is(await first.end("SIGTERM"), 0);
  const statuses = await command(place, "volume", "backup", "list", "-c", "Status", "-f", "value");
  t.deepEqual(statuses.trim().split("\n").sort(), ["creating", "creating", "restoring"]);
  const second = await Serving.start(place.global, place.serve);
  t.teardown(() => second.end("SIGKILL"));
  const backups = await second.settled("backups");
  t.deepEqual(
    backups.map(({ status, fail_reason: reason }) => [status, reason]),
    [0, 1, 2].map(() => ["available", null]),
  );
  for (const { status } of await second.settled("volumes")) t.is(status, "available");
  const restored = await fs.open(join(place.directory, "volumes", `volume-${restore.volume_id}`), "r");
  const bytes = new Uint8Array(NOISE);
  await restored.read(bytes, 0, NOISE, 0);
  await restored.close();
  t.is(Buffer.compare(bytes, noise(NOISE, 1)), 0);
  for (const { id } of backups) await command(place, "volume", "backup", "verify", id);
  t.is(await second.end("SIGTERM"), 0);
});

test("workers run what the server accepts, are replaced, and queue again what a stop cuts off", async (t) => {
  const place = await placeOf(t);
  const options = ["--option", "backup_workers=2", ...place.global];
  const first = await Serving.start(options, [...place.serve, "--stop-timeout", "0"]);
  t.teardown(() => first.end("SIGKILL"));
  const volume = await volumeOf(first, place, 1);
  const [killed] = await workersOf(place, 2);
  process.kill(pidOf(killed!), "SIGKILL");
  await first.ask("POST /backups", { backup: { volume_id: volume } });
  const [done] = await first.settled("backups");
  t.is(done.status, "available");
  const workers = await workersOf(place, 2, killed);
  await first.ask("POST /backups", { backup: { volume_id: volume } });
  t.is(await first.end("SIGTERM"), 0);
  for (const worker of workers) t.throws(() => process.kill(pidOf(worker), 0), { code: "ESRCH" });
  const second = await Serving.start(place.global, place.serve);
  t.teardown(() => second.end("SIGKILL"));
  const backups = await second.settled("backups");
  t.deepEqual(
    backups.map(({ status }) => status),
    ["available", "available"],
  );
});

test("parked work can be deleted, and its volume is free again", async (t) => {
  const place = await placeOf(t);
  const first = await Serving.start(place.global, [...place.serve, "--stop-timeout", "0"]);
  const volume = await volumeOf(first, place, 1);
  const { backup } = await first.ask("POST /backups", { backup: { volume_id: volume } });
  await first.end("SIGTERM");
  await command(place, "volume", "backup", "delete", "--force", backup.id);
  const second = await Serving.start(place.global, place.serve);
  t.is((await second.ask(`GET /volumes/${volume}`)).volume.status, "available");
  t.deepEqual((await second.ask("GET /backups")).backups, []);
  t.is(await second.end("SIGTERM"), 0);
});

test(`nothing is left under way by a service that was killed, seed ${SEED}`, async (t) => {
  const place = await placeOf(t);
  const random = new Random(SEED);
  let serving = await Serving.start(place.global, place.serve);
  const volume = await volumeOf(serving, place, 1);
  const { backup } = await serving.ask("POST /backups", { backup: { volume_id: volume } });
  await serving.settled("backups");
  const requests: readonly (readonly [string, unknown])[] = [
    ["POST /volumes", { volume: { size: 1, source_volid: volume } }],
    ["POST /volumes", { volume: { size: 1, backup_id: backup.id } }],
    ["POST /volumes", { volume: { size: 1 } }],
    ["POST /snapshots", { snapshot: { volume_id: volume } }],
    ["POST /backups", { backup: { volume_id: volume, incremental: true } }],
    [`POST /backups/${backup.id}/restore`, { restore: { volume_id: volume } }],
    [`POST /volumes/${volume}/action`, { "os-extend": { new_size: 2 } }],
  ];
  for (let round = 0; round < 6; round++) {
    for (const [line, body] of requests)
      if (random.next() < 0.6) void serving.ask(line, body).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 20 + random.next() * 150));
    await serving.end("SIGKILL");
    serving = await Serving.start(place.global, place.serve);
    for (const collection of ["volumes", "snapshots", "backups"] as const) {
      const records: readonly { readonly status: string }[] = (
        await serving.ask(`GET /${collection}/detail`)
      )[collection];
      const underWay = records.filter(({ status }) => /^(?!error).*(ing|-up|-backup)$/.test(status));
      t.deepEqual(underWay, [], `round ${round}`);
    }
    await serving.ask(`POST /volumes/${volume}/action`, { "os-reset_status": { status: "available" } });
  }
  t.is((await serving.ask(`GET /backups/${backup.id}`)).backup.status, "available");
  const again = await serving.ask(`POST /backups/${backup.id}/restore`, { restore: { volume_id: volume } });
  t.is(again.restore?.volume_id, volume, JSON.stringify(again));
  await serving.settled("volumes");
  t.is((await serving.ask(`GET /volumes/${volume}`)).volume.status, "available");
  t.is(await serving.end("SIGTERM"), 0);
});
