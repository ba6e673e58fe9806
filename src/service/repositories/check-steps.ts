/** The checks of a repository: one step for each thing that a backup needs, with advice for when it fails. */
import { IntegrityError } from "../../errors.js";
import type { StoreTraits } from "../../sinks/sink.js";
import type { CheckObjects } from "./check-objects.js";
import type { CheckFinding } from "./requests.js";

export interface CheckState {
  readonly objects: CheckObjects;
  /** Number of objects to put for the listing step. */
  readonly listCount: number;
  /** Queries the store once and caches the answer. */
  readonly traits: () => Promise<StoreTraits>;
}

export interface CheckResult {
  readonly finding: Exclude<CheckFinding, "bad">;
  readonly detail?: string;
}

export interface CheckStep {
  readonly check: string;
  /** The step without which this one cannot be done. */
  readonly needs?: "container" | "put";
  /** Advice for when it fails: for servers, and for directories where that differs. */
  readonly advice: string;
  readonly directoryAdvice?: string;
  run(state: CheckState): Promise<CheckResult>;
}

const GOOD: CheckResult = { finding: "good" };
/** Size of an object that takes several reads and writes of a connection. */
const SIZE = 300_000;
/** Servers refuse requests that are 15 minutes off; the check fails earlier, while there is time to act. */
const CLOCK_BAD_MS = 300_000;
const CLOCK_WARNING_MS = 30_000;

function pattern(seed: number): Uint8Array {
  return Uint8Array.from({ length: SIZE + seed }, (_, i) => (i * 7 + (i >>> 8) + seed) & 0xff);
}

export const CHECK_STEPS: readonly CheckStep[] = [
  {
    check: "container",
    advice:
      "check the address, the credentials and the container's name, and that the container exists or may be created",
    directoryAdvice: "check the path, that its file system is mounted, and that this user may write there",
    async run({ objects }) {
      await objects.sink.createContainer(objects.container);
      const left = await objects.leftovers();
      if (left.length === 0) return { finding: "good", detail: `"${objects.container}" exists` };
      return {
        finding: "warning",
        detail: `an interrupted check left ${left.length} objects, such as "${left[0]}"; remove them unless another check is running`,
      };
    },
  },
  {
    check: "put",
    needs: "container",
    advice: "check that the credentials may write, and that there is free space",
    directoryAdvice: "check the directory's permissions, and the free space and quota of its file system",
    async run({ objects }) {
      await objects.put("object", pattern(1));
      await objects.put("empty", new Uint8Array(0));
      return GOOD;
    },
  },
  {
    check: "read",
    needs: "put",
    advice: "check that the credentials may read, and that no cache on the way answers for the store",
    directoryAdvice: "check the file system and its device: what was written does not come back",
    async run({ objects }) {
      await objects.expect("object", pattern(1));
      await objects.expect("empty", new Uint8Array(0));
      return GOOD;
    },
  },
  {
    check: "range",
    needs: "put",
    advice:
      "check that gateways and caches on the way pass the Range header; interrupted reads cannot resume without it",
    directoryAdvice: "check the file system and its device: reads from within a file return other data",
    async run({ objects }) {
      for (const offset of [1, 65_536, SIZE]) await objects.expect("object", pattern(1), offset);
      return GOOD;
    },
  },
  {
    check: "overwrite",
    needs: "put",
    advice: "check that objects are not locked (object lock, retention), and that no cache returns old ones",
    directoryAdvice: "check that files may be replaced: no immutable attribute, no write-once file system",
    async run({ objects }) {
      await objects.put("object", pattern(2));
      await objects.expect("object", pattern(2));
      return GOOD;
    },
  },
  {
    check: "unfinished",
    needs: "put",
    advice:
      "check that the credentials may abort uploads; otherwise interrupted backups leave parts that are billed",
    directoryAdvice: "check that this user may delete files there",
    async run({ objects }) {
      const writer = await objects.sink.create(objects.container, `${objects.prefix}unfinished`);
      await writer.write(pattern(3));
      await writer.abort();
      await objects.sink.removeUnfinished(objects.container, objects.prefix);
      if ((await objects.list("unfinished")).length === 0) return GOOD;
      throw new IntegrityError("Cannot trust puts: an aborted upload is visible in the store");
    },
  },
  {
    check: "list",
    needs: "put",
    advice:
      "check that the credentials may list, and that the store lists new objects at once; restores and deletions need it",
    directoryAdvice: "check that this user may list the directory",
    async run({ objects, listCount }) {
      const names = Array.from({ length: listCount }, (_, i) => `list-${String(i).padStart(6, "0")}`);
      await objects.putMany(names);
      expectNames(await objects.list("list-"), names);
      expectNames(await objects.list(), ["empty", ...names, "object"]);
      return { finding: "good", detail: `${listCount} objects, each once` };
    },
  },
  {
    check: "delete",
    needs: "put",
    advice: "check that the credentials may delete, and that objects are not locked (object lock, retention)",
    directoryAdvice: "check that this user may delete files there",
    async run({ objects }) {
      await objects.remove("object");
      if ((await objects.sink.size(objects.container, `${objects.prefix}object`)) !== undefined)
        throw new IntegrityError("Cannot delete an object: it still exists");
      if ((await objects.list("object")).length > 0)
        throw new IntegrityError("Cannot delete an object: it is still listed");
      return GOOD;
    },
  },
  {
    check: "conditional put",
    needs: "put",
    advice: "check that the credentials may write",
    async run({ traits }) {
      const { conditionalPut } = await traits();
      if (conditionalPut) return GOOD;
      return { finding: "skipped", detail: "not supported by the store, and not needed by backups" };
    },
  },
  {
    check: "lock",
    needs: "put",
    advice:
      "do not rely on the retention of backups there: the server accepts locks and does not keep them, or the credentials may bypass them",
    async run({ traits }) {
      const { lock } = await traits();
      if (lock === undefined) return { finding: "skipped", detail: "no object lock there" };
      const lacking = [
        lock.refusesRemoval ? [] : ["a locked object can be removed"],
        lock.refusesShortening ? [] : ["a lock can be shortened"],
        lock.keepsOverwritten ? [] : ["a locked object is lost when its name is written to"],
      ].flat();
      if (lacking.length > 0) throw new IntegrityError(`Cannot rely on object lock: ${lacking.join(", ")}`);
      return { finding: "good", detail: "a locked object stayed; its lock could not be shortened" };
    },
  },
  {
    check: "clock",
    needs: "put",
    advice: "set this machine's clock: servers refuse requests when it is 15 minutes off",
    async run({ traits }) {
      const { clockAheadMs } = await traits();
      if (clockAheadMs === undefined)
        return { finding: "skipped", detail: "the store does not report its time" };
      const seconds = Math.round(Math.abs(clockAheadMs) / 1000);
      const detail = `this machine's clock is ${seconds} seconds ${clockAheadMs > 0 ? "behind" : "ahead of"} the store's`;
      if (Math.abs(clockAheadMs) > CLOCK_BAD_MS)
        throw new IntegrityError(`Cannot rely on the time: ${detail}`);
      return Math.abs(clockAheadMs) > CLOCK_WARNING_MS
        ? { finding: "warning", detail: `${detail}; set it` }
        : { finding: "good", detail: `within ${CLOCK_WARNING_MS / 1000} seconds of the store's` };
    },
  },
];

function expectNames(found: readonly string[], expected: readonly string[]): void {
  const sorted = [...expected].sort();
  const unlisted = sorted.filter((name) => !found.includes(name)).length;
  if (found.length === sorted.length && unlisted === 0) return;
  throw new IntegrityError(
    `Cannot trust the list: it has ${found.length} entries for ${sorted.length} objects, and ${unlisted} objects are missing from it`,
  );
}
