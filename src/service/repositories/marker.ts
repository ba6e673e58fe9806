/**
 * The marker of a repository: a small object with an identity, which tells the repository from an empty mount point and
 * from another repository. It lies outside the names of Cinder's layout, which neither Cinder nor a scan looks at.
 */
import { fromUtf8, toUtf8 } from "../../bytes.js";
import { isAshlarError } from "../../errors.js";
import { REPOSITORY_NAME } from "../../format/names.js";
import type { ObjectSink } from "../../sinks/sink.js";
import { sleep } from "../../sleep.js";

const VERSION = "1.0.0";
/** More than a marker has; anything larger is something else. */
const SIZE_MAX = 4096;
const IDENTITY = /^[0-9a-f-]{36}$/;

interface MarkerLocation {
  readonly container: string;
  readonly name: string;
}

/** The container that has the marker: one of its own among directories, else that of the backups. */
export function markerContainer({ naming }: ObjectSink, container: string): string {
  return naming === "flat" ? REPOSITORY_NAME : container;
}

function locationIn({ naming }: ObjectSink, container: string): MarkerLocation {
  return { container, name: naming === "flat" ? "identity" : REPOSITORY_NAME };
}

/** The contents of a marker. */
export interface Marker {
  readonly identity: string;
  /** Whether the repository had a key when it was marked: then nothing plain is to be stored there. */
  readonly isEncrypted: boolean;
}

/** The identity in the marker; `undefined` if there is no marker, or it cannot be understood. */
export async function readMarker(sink: ObjectSink, markerContainer: string): Promise<string | undefined> {
  return (await readWholeMarker(sink, markerContainer))?.identity;
}

/** The marker; `undefined` if there is none, or it cannot be understood. */
export async function readWholeMarker(
  sink: ObjectSink,
  markerContainer: string,
): Promise<Marker | undefined> {
  const { container, name } = locationIn(sink, markerContainer);
  try {
    const reader = await sink.open(container, name);
    try {
      if (reader.size > SIZE_MAX) return undefined;
      const bytes = new Uint8Array(reader.size);
      return parseMarker(bytes.subarray(0, await reader.readInto(bytes)));
    } finally {
      await reader.close();
    }
  } catch (error) {
    if (isAshlarError(error, "not-found")) return undefined;
    throw error;
  }
}

function parseMarker(bytes: Uint8Array): Marker | undefined {
  try {
    const fields = JSON.parse(fromUtf8(bytes)) as { repository_id?: unknown; encrypted?: unknown };
    const { repository_id: identity, encrypted } = fields;
    if (typeof identity !== "string" || !IDENTITY.test(identity)) return undefined;
    return { identity, isEncrypted: encrypted === true };
  } catch {
    return undefined;
  }
}

/** Tries to put a marker, and the wait after a failed one: others may be putting it at the same moment. */
const TRIES_MAX = 8;
const WAIT_MS = 50;

/**
 * Puts a marker where there is none. Of several processes that do so at once, one succeeds.
 * @returns the identity that the repository has now
 */
export async function putMarker(
  sink: ObjectSink,
  markerContainer: string,
  identity: string,
): Promise<string> {
  return await putWholeMarker(sink, markerContainer, { identity, isEncrypted: sink.isEncrypted });
}

/** Marks a repository that has no marker yet as encrypted, so that nothing plain is stored there. */
export async function markEncrypted(sink: ObjectSink, markerContainer: string): Promise<void> {
  await putWholeMarker(sink, markerContainer, { identity: crypto.randomUUID(), isEncrypted: true });
}

async function putWholeMarker(sink: ObjectSink, markerContainer: string, marker: Marker): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const found = await readMarker(sink, markerContainer);
    if (found !== undefined) return found;
    try {
      // An unfinished file may belong to another process that lives.
      if (attempt === TRIES_MAX - 1) await removeUnfinished(sink, markerContainer);
      await writeMarker(sink, markerContainer, marker, { isNew: true });
    } catch (error) {
      if (attempt >= TRIES_MAX) throw error;
      await sleep(attempt * WAIT_MS, undefined);
    }
  }
}

async function removeUnfinished(sink: ObjectSink, markerContainer: string): Promise<void> {
  const { container, name } = locationIn(sink, markerContainer);
  await sink.removeUnfinished(container, name);
}

/** Puts a marker, also in place of another. */
export async function replaceMarker(
  sink: ObjectSink,
  markerContainer: string,
  identity: string,
): Promise<void> {
  await removeUnfinished(sink, markerContainer);
  await writeMarker(sink, markerContainer, { identity, isEncrypted: sink.isEncrypted }, { isNew: false });
}

async function writeMarker(
  sink: ObjectSink,
  markerContainer: string,
  { identity, isEncrypted }: Marker,
  options: { readonly isNew: boolean },
): Promise<void> {
  const { container, name } = locationIn(sink, markerContainer);
  if (sink.naming === "flat") await sink.createContainer(container);
  const writer = await sink.create(container, name, options);
  try {
    const encrypted = isEncrypted ? { encrypted: true } : {};
    const fields = { version: VERSION, repository_id: identity, ...encrypted };
    await writer.write(toUtf8(`${JSON.stringify(fields)}\n`));
    await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/** The identity of a repository whose marker may be in any of its containers, and that container. */
export async function findMarker(
  sink: ObjectSink,
): Promise<{ readonly identity: string; readonly container: string } | undefined> {
  if (sink.naming === "flat") {
    const identity = await readMarker(sink, REPOSITORY_NAME);
    return identity === undefined ? undefined : { identity, container: REPOSITORY_NAME };
  }
  for await (const container of sink.containers()) {
    const identity = await readMarker(sink, container);
    if (identity !== undefined) return { identity, container };
  }
  return undefined;
}
