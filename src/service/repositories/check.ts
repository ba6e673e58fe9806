/**
 * Checks that the configured repository does what backups and restores need, by doing it with objects of its own:
 *
 *     make the container; put, read, read a part, overwrite, abort, list, delete; compare clocks; remove everything
 *
 * A step that fails does not end the check, but the steps that need it are skipped. The objects are always removed at
 * the end, also when the check is cancelled.
 */
import { throwIfCancelled } from "../../pipeline/run/run.js";
import type { ObjectSink, StoreTraits } from "../../sinks/sink.js";
import type { ServiceContext } from "../context.js";
import { checkHistory } from "./check-history.js";
import { CheckObjects } from "./check-objects.js";
import { CHECK_STEPS, type CheckState, type CheckStep } from "./check-steps.js";
import type { CheckRepositoryRequest, RepositoryCheck } from "./requests.js";

/** Directories list all their entries at once; object stores list in pages, mostly of 1000. */
const LIST_COUNT = { flat: 20, hierarchical: 1001 } as const;
/** Container for repositories where each backup has its own, or where none is configured. */
const CONTAINER = "ashlar-check";

/** @throws UsageError, NotFoundError or StorageError when the repository cannot even be opened; CancelledError */
export async function checkRepository(
  context: ServiceContext,
  { signal, listCount }: CheckRepositoryRequest = {},
): Promise<RepositoryCheck[]> {
  const { settings, host } = context;
  throwIfCancelled(signal);
  const sink = await host.openRepository(settings.repository);
  // A directory may be the operator's: if it is empty, it must not be removed along with the check's objects.
  const container = sink.naming === "flat" ? CONTAINER : (settings.container ?? CONTAINER);
  const objects = new CheckObjects(sink, container, signal);
  const traits = askOnce(sink, objects);
  const state: CheckState = { objects, traits, listCount: listCount ?? LIST_COUNT[sink.naming] };
  const rows: RepositoryCheck[] = [];
  let cleaned: RepositoryCheck;
  try {
    for (const step of CHECK_STEPS) {
      throwIfCancelled(signal);
      rows.push(await take(step, state, rows));
      // The error of a step that was cancelled is of no interest.
      throwIfCancelled(signal);
    }
  } finally {
    cleaned = await clean(objects, rows);
  }
  throwIfCancelled(signal);
  const history = await checkHistory(context, signal);
  return [...rows, ...(history === undefined ? [] : [history]), cleaned];
}

function askOnce(sink: ObjectSink, objects: CheckObjects): () => Promise<StoreTraits> {
  let asked: Promise<StoreTraits> | undefined;
  return () => {
    asked ??= sink.inspect(objects.container, `${objects.prefix}inspect`);
    return asked;
  };
}

async function take(
  step: CheckStep,
  state: CheckState,
  done: readonly RepositoryCheck[],
): Promise<RepositoryCheck> {
  const { check, needs } = step;
  const needed = done.find((row) => row.check === needs);
  if (needed !== undefined && (needed.finding === "bad" || needed.finding === "skipped")) {
    return { check, finding: "skipped", detail: `it needs "${needs}"`, advice: undefined };
  }
  try {
    const { finding, detail } = await step.run(state);
    return { check, finding, detail, advice: undefined };
  } catch (error) {
    const isDirectory = !state.objects.sink.isRemote;
    return bad(check, error, (isDirectory ? step.directoryAdvice : undefined) ?? step.advice);
  }
}

async function clean(objects: CheckObjects, done: readonly RepositoryCheck[]): Promise<RepositoryCheck> {
  const check = "cleanup";
  if (done.length > 0 && done[0]!.finding === "bad") {
    return { check, finding: "skipped", detail: "nothing was stored", advice: undefined };
  }
  try {
    await objects.clear();
    return { check, finding: "good", detail: "nothing is left", advice: undefined };
  } catch (error) {
    return bad(
      check,
      error,
      `remove the objects whose names begin with "${objects.prefix}" in "${objects.container}"`,
    );
  }
}

function bad(check: string, error: unknown, advice: string): RepositoryCheck {
  return { check, finding: "bad", detail: error instanceof Error ? error.message : String(error), advice };
}
