/** Opening of NBD exports by their URLs. */
import { StorageError, UsageError } from "../../errors.js";
import type { Connect } from "../../ports.js";
import type { VolumeSource, VolumeTarget } from "../volume.js";
import { NbdFailures } from "./failures.js";
import { negotiate } from "./handshake.js";
import { ALLOCATION_CONTEXT, STATE_ZERO } from "./protocol.js";
import { NbdSession } from "./session.js";
import { type NbdUrl, parseNbdUrl } from "./url.js";
import { checkWritable, NbdVolume } from "./volume.js";

/** Milliseconds. */
const SILENCE_MAX_USUAL = 120_000;

/** Options of a connection to a server. */
export interface NbdOptions {
  /** Longest silence, in milliseconds, of a server that owes an answer. @default {120 000} */
  readonly silenceMaxMs?: number | undefined;
  /** Fails the requests that wait for the server, and all later ones. */
  readonly signal?: AbortSignal | undefined;
}

/** Connections to an export that allows several: the server has a thread for each. */
const CONNECTIONS = 2;
/** Requests for block status; an export that is all zero needs one for 4 GiB. */
const STATUS_REQUESTS_MAX = 4096;
/** Bytes of one request for block status: the largest multiple of every block size that 32 bits hold. */
const STATUS_SIZE_MAX: number = 2 ** 32 - 65_536;

/**
 * Opens the export at `url` for reading.
 * @throws UsageError for a URL that names no export, and for an empty export; NotFoundError; StorageError
 */
export async function openNbdSource(
  connect: Connect,
  url: string,
  options: NbdOptions = {},
): Promise<VolumeSource> {
  const failures = new NbdFailures(url);
  const sessions = await openSessions(connect, parseNbdUrl(url), failures, { ...options, contexts: [] });
  if (sessions[0]!.info.size > 0) return new NbdVolume(sessions, failures, false);
  await closeAll(sessions);
  throw new UsageError(
    `Cannot use ${failures.name} as a volume: it is empty, and at least one byte is needed`,
  );
}

/**
 * Opens the export at `url` for writing. The target counts as zeroed if the server reports it as zero.
 * @throws UsageError for an export that is read-only or smaller than `size` bytes; NotFoundError; StorageError
 */
export async function openNbdTarget(
  connect: Connect,
  url: string,
  options: NbdOptions & { readonly size: number },
): Promise<VolumeTarget> {
  const failures = new NbdFailures(url);
  const sessions = await openSessions(connect, parseNbdUrl(url), failures, {
    ...options,
    contexts: [ALLOCATION_CONTEXT],
  });
  try {
    checkWritable(sessions[0]!, failures, options.size);
    const isZeroed = await failures.named("read the allocation of", isAllZero(sessions[0]!));
    return new NbdVolume(sessions, failures, isZeroed);
  } catch (error) {
    await closeAll(sessions);
    throw error;
  }
}

interface SessionOptions extends NbdOptions {
  readonly contexts: readonly string[];
}

async function openSessions(
  connect: Connect,
  url: NbdUrl,
  failures: NbdFailures,
  options: SessionOptions,
): Promise<readonly NbdSession[]> {
  const first = await failures.named("open", openSession(connect, url, options));
  const count = first.info.canMultiConnect ? CONNECTIONS : 1;
  const more = Array.from({ length: count - 1 }, () =>
    openSession(connect, url, { ...options, contexts: [] }),
  );
  try {
    return [first, ...(await failures.named("open", Promise.all(more)))];
  } catch (error) {
    for (const session of await Promise.allSettled([first, ...more]))
      if (session.status === "fulfilled") await session.value.close();
    throw error;
  }
}

async function openSession(
  connect: Connect,
  { address, exportName, usesTls }: NbdUrl,
  { contexts, signal, silenceMaxMs = SILENCE_MAX_USUAL }: SessionOptions,
): Promise<NbdSession> {
  const tlsName = usesTls ? ("host" in address ? address.host : "localhost") : undefined;
  const connection = await connect(address);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    connection.close();
  }, silenceMaxMs);
  try {
    const negotiated = await negotiate(connection, { exportName, tlsName, contexts });
    return new NbdSession(negotiated, { silenceMaxMs, signal });
  } catch (cause) {
    connection.close();
    if (!isLate) throw cause;
    const reason = `the server has not answered for ${silenceMaxMs / 1000} seconds`;
    throw new StorageError(reason, { call: "open", status: "temporary", cause });
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the server reports every byte as zero. */
async function isAllZero(session: NbdSession): Promise<boolean> {
  const { size, contexts } = session.info;
  if (contexts.size === 0) return false;
  let offset = 0;
  for (let count = 0; offset < size && count < STATUS_REQUESTS_MAX; count++) {
    const status = await session.blockStatus(offset, Math.min(size - offset, STATUS_SIZE_MAX));
    const extents = [...status.values()][0] ?? [];
    if (extents.length === 0 || extents.some(({ state }) => (state & STATE_ZERO) === 0)) return false;
    offset += extents.reduce((sum, { length }) => sum + length, 0);
  }
  return offset >= size;
}

async function closeAll(sessions: readonly NbdSession[]): Promise<void> {
  await Promise.all(sessions.map((session) => session.close()));
}
