/**
 * Checks that a repository is the one that the catalog knows by its URL. An empty mount point looks like an empty
 * repository, and another bucket like another repository; so before anything is stored or removed:
 *
 *     the marker has the identity that the catalog recorded: it is the repository
 *     else one of the newest backups that the catalog has there is found: it is, too (Cinder makes no markers)
 *     else the catalog has an identity or backups there: it is refused
 *     else the marker has the identity of another URL: it is that repository moved, linked or copied, and refused
 *     else it is new, or another catalog's
 *
 * Reads need no marker: they are only checked when something is not found, for a better message.
 */
import type { KnownRepository } from "../../catalog/known-repositories.js";
import { InvalidStateError, NotFoundError } from "../../errors.js";
import type { ObjectSink } from "../../sinks/sink.js";
import type { ServiceContext } from "../context.js";
import { type Marker, markerContainer, putMarker, readWholeMarker } from "./marker.js";

/** Backups to look for, the newest first, before the repository counts as missing. */
const WITNESSES_MAX = 5;

/** The findings about a repository that is present. */
export interface Presence {
  /** Whether its marker is there and recorded. */
  readonly isMarked: boolean;
  /** That marker, if it was read. */
  readonly marker?: Marker | undefined;
}

/** @throws NotFoundError when it is not the repository that the catalog knows by this URL */
export async function requirePresent(context: ServiceContext, repository: string): Promise<Presence> {
  const sink = await context.host.openRepository(repository);
  const known = await context.catalog.repositories.byUrl(repository);
  const marker = known && (await readWholeMarker(sink, known.container));
  const found = marker?.identity;
  if (known !== undefined && found === known.identity) return { isMarked: true, marker };
  const witness = await findWitness(context, sink, repository);
  if (witness === "found" || (witness === "none known" && known === undefined)) return { isMarked: false };
  throw new NotFoundError(`Cannot use repository "${repository}": ${stateOf(known, found)}; ${ADVICE}`);
}

const ADVICE =
  "mount it or check its address; use `ashlar repository scan` at its new address if it has moved, with --accept if it was replaced on purpose, or delete its backups with --force if they are lost";

function stateOf(known: KnownRepository | undefined, found: string | undefined): string {
  const missing = "none of the backups that the catalog has there is found";
  if (known === undefined) return missing;
  return found === undefined
    ? `its marker is not there, and ${missing}`
    : `another repository is there (${found}, and known is ${known.identity}), and ${missing}`;
}

/**
 * Also refuses a repository that the catalog knows by another URL, and plain backups in an encrypted one.
 * @param container of the backup to be stored
 * @throws NotFoundError as `requirePresent`; InvalidStateError
 */
export async function requireWritable(
  context: ServiceContext,
  repository: string,
  container: string,
): Promise<Presence> {
  const { catalog, host } = context;
  const presence = await requirePresent(context, repository);
  const sink = await host.openRepository(repository);
  requireEncryption(sink, presence.marker, repository);
  if (presence.isMarked || (await isUsed(context, repository))) return presence;
  const marker = await readWholeMarker(sink, markerContainer(sink, container));
  requireEncryption(sink, marker, repository);
  const identity = marker?.identity;
  const [other] = identity === undefined ? [] : await catalog.repositories.byIdentity(identity);
  if (other === undefined || other.url === repository) return presence;
  throw new InvalidStateError(
    `Cannot use repository "${repository}": it has the identity of "${other.url}", so it is the same by another address, or moved, or a copy; use "${other.url}", or \`ashlar repository scan\` here if it has moved; a copy becomes a repository of its own by \`ashlar repository scan --accept\``,
  );
}

/** @throws InvalidStateError for a plain backup in a repository that was marked as encrypted */
function requireEncryption(sink: ObjectSink, marker: Marker | undefined, repository: string): void {
  if (sink.isEncrypted || marker?.isEncrypted !== true) return;
  throw new InvalidStateError(
    `Cannot store a backup in "${repository}": it is encrypted, and no key is named; want encryption_key`,
  );
}

/** Whether the catalog has any backup there. */
async function isUsed({ catalog }: ServiceContext, repository: string): Promise<boolean> {
  return (await catalog.backups.list({ repository }, { limit: 1 })).length > 0;
}

async function findWitness(
  { catalog }: ServiceContext,
  sink: ObjectSink,
  repository: string,
): Promise<"found" | "missing" | "none known"> {
  const witnesses = await catalog.backups.list({ repository, status: "available" }, { limit: WITNESSES_MAX });
  let looked = 0;
  for (const { container, serviceMetadata: prefix } of witnesses) {
    if (container === null || prefix === null) continue;
    looked++;
    for await (const _ of sink.list(container, prefix)) return "found";
  }
  return looked === 0 ? "none known" : "missing";
}

/**
 * Puts a marker into a repository that has none, and records the identity. Called after a backup was stored, which is
 * good without it: a failure is only a warning.
 * @param container of the backup
 */
export async function mark(
  { catalog, host }: ServiceContext,
  { repository, container, sink }: { repository: string; container: string; sink: ObjectSink },
): Promise<void> {
  try {
    const known = await catalog.repositories.byUrl(repository);
    const place = known?.container ?? markerContainer(sink, container);
    // The catalog gets to know it only once it is there, so that nobody misses it meanwhile.
    const identity = await putMarker(sink, place, known?.identity ?? crypto.randomUUID());
    await catalog.repositories.set({ url: repository, identity, container: place });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    host.warn?.(`repository "${repository}" has no marker, by which it could be recognized: ${reason}`);
  }
}
