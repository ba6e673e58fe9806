/**
 * One round of a store: every peer gets a container that nobody has used and makes, one operation after the other, a full
 * backup, an incremental of nothing, one of 1 %, and two restores of the full one, the second on stable storage. Peers
 * take turns at each operation, beginning with another one each round, so that ratios within a round are of the same
 * minutes.
 */
import { join } from "node:path";
import type { ImagePair } from "../image/pair.js";
import { type Command, run } from "../peers/command.js";
import type { Meter } from "../peers/meter.js";
import type { Peer } from "../peers/peer.js";
import { type Measurements, rotated } from "../peers/rounds.js";
import { settle } from "../peers/settle.js";
import { Site } from "../peers/site.js";

interface Operation {
  readonly id: string;
  readonly title: string;
  /** Path of what the volume is by then. */
  image(pair: ImagePair): string;
  command(peer: Peer, site: Site): Command;
}

export const OPERATIONS: readonly Operation[] = [
  {
    id: "full",
    title: "Full",
    image: ({ original }) => original,
    command: (peer, site) => peer.backup(site, { name: "full" }),
  },
  {
    id: "unchanged",
    title: "Incremental, nothing changed",
    image: ({ original }) => original,
    command: (peer, site) => peer.backup(site, { name: "same", parent: "full" }),
  },
  {
    id: "changed",
    title: "Incremental, 1 % changed",
    image: ({ changed }) => changed,
    command: (peer, site) => peer.backup(site, { name: "next", parent: "same" }),
  },
  {
    id: "restore",
    title: "Restore of the full backup",
    image: ({ original }) => original,
    command: (peer, site) => peer.restore(site, "full"),
  },
  {
    id: "restore-synced",
    title: "Restore, with what was written synced",
    image: ({ original }) => original,
    command: (peer, site) => (peer.restoreSynced ?? peer.restore)(site, "full"),
  },
];

export interface TrialOptions {
  readonly scratch: string;
  readonly pair: ImagePair;
  readonly meter: Meter;
  readonly tell: (line: string) => void;
}

/** Of a group of measurements. */
export function groupOf(store: string, operation: string): string {
  return `${store}-${operation}`;
}

/** Adds the round's samples to `measurements`. A peer that fails is out of the store's later operations and rounds. */
export async function runRound(
  {
    store,
    round,
    peers,
  }: { readonly store: string; readonly round: number; readonly peers: readonly Peer[] },
  measurements: Measurements,
  options: TrialOptions,
): Promise<void> {
  const subjects = peers.map((peer) => {
    const directory = join(options.scratch, peer.name.replaceAll(" ", "-"));
    return { peer, site: new Site(directory, peer) };
  });
  for (const { peer, site } of subjects) {
    await site.clear();
    await site.mount(options.pair.original);
    for (const command of peer.initialise(site)) await run(command);
  }
  for (const operation of OPERATIONS) {
    const group = groupOf(store, operation.id);
    measurements[group] ??= {};
    for (const { peer, site } of rotated(subjects, round)) {
      if (hasFailed(measurements, store, peer)) continue;
      measurements[group][peer.name] ??= { samples: [], figures: {} };
      const measured = measurements[group][peer.name]!;
      try {
        const sample = await measure(operation, { peer, site, isFirst: round === 0 }, options);
        measured.samples.push({ round, ...sample });
        options.tell(`${group}, ${peer.name}: ${sample.seconds.toFixed(2)} s`);
      } catch (error) {
        measured.error = (error as Error).message;
        options.tell(`${group}, ${peer.name}: FAILED, ${measured.error}`);
      }
    }
  }
  for (const { site } of subjects) await site.remove();
}

function hasFailed(measurements: Measurements, store: string, { name }: Peer): boolean {
  return OPERATIONS.some(({ id }) => measurements[groupOf(store, id)]?.[name]?.error !== undefined);
}

interface Turn {
  readonly peer: Peer;
  readonly site: Site;
  readonly isFirst: boolean;
}

async function measure(
  { id, image, command }: Operation,
  { peer, site, isFirst }: Turn,
  { scratch, pair, meter }: TrialOptions,
) {
  const path = image(pair);
  await site.mount(path);
  await site.emptyTarget();
  await run({ argv: ["cat", path], output: "/dev/null" });
  await settle(scratch);
  const { sample } = await meter.measure(command(peer, site));
  if (id === "restore" && isFirst) await run({ argv: ["cmp", peer.restored(site), path] });
  await site.emptyTarget();
  return sample;
}
