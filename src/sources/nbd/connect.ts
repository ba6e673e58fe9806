/** Connections to an export: as many as its server allows, each negotiated. */
import { StorageError } from "../../errors.js";
import type { Connect } from "../../ports.js";
import type { NbdFailures } from "./failures.js";
import { negotiate } from "./handshake.js";
import { NbdSession } from "./session.js";
import type { NbdUrl } from "./url.js";

/** Milliseconds. */
const SILENCE_MAX_USUAL = 120_000;

/** Options of a connection to a server. */
export interface NbdOptions {
  /** Longest silence, in milliseconds, of a server that owes an answer. @default {120 000} */
  readonly silenceMaxMs?: number | undefined;
  /** Fails the requests that wait for the server, and all later ones. */
  readonly signal?: AbortSignal | undefined;
}

export interface ConnectOptions extends NbdOptions {
  /** Contexts of block status to be selected on the first connection, where the server has them. */
  readonly contexts: readonly string[];
}

/** Connections to an export that allows several: the server has a thread for each. */
const CONNECTIONS = 2;

/**
 * The connections to one export. Further ones are made while the first is in use already, because a server that allows
 * several may still serve one client at a time, as `qemu-nbd` does without `--shared`.
 */
export class NbdConnections {
  readonly first: NbdSession;
  readonly #sessions: NbdSession[];
  readonly #closed = new AbortController();
  readonly #more: Promise<unknown>;

  /** @throws NotFoundError for an unknown export; StorageError, both with the URL in their messages */
  static async open(
    connect: Connect,
    url: NbdUrl,
    failures: NbdFailures,
    options: ConnectOptions,
  ): Promise<NbdConnections> {
    const first = await failures.named("open", openSession(connect, url, options));
    return new NbdConnections(first, (signal) =>
      openSession(connect, url, { ...options, contexts: [], signal }),
    );
  }

  private constructor(first: NbdSession, openAnother: (signal: AbortSignal) => Promise<NbdSession>) {
    this.first = first;
    this.#sessions = [first];
    const count = first.info.canMultiConnect ? CONNECTIONS - 1 : 0;
    this.#more = Promise.all(
      Array.from({ length: count }, async () => {
        // Without it, the first connection does all the work.
        const session = await openAnother(this.#closed.signal).catch(() => undefined);
        if (session !== undefined) this.#sessions.push(session);
      }),
    );
  }

  /** The connection with the fewest requests under way. */
  get leastBusy(): NbdSession {
    return this.#sessions.reduce((least, session) => (session.load < least.load ? session : least));
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#more;
    await Promise.all(this.#sessions.map((session) => session.close()));
  }
}

async function openSession(
  connect: Connect,
  { address, exportName, usesTls }: NbdUrl,
  { contexts, signal, silenceMaxMs = SILENCE_MAX_USUAL }: ConnectOptions,
): Promise<NbdSession> {
  const tlsName = usesTls ? ("host" in address ? address.host : "localhost") : undefined;
  const connection = await connect(address);
  const late = AbortSignal.timeout(silenceMaxMs);
  const ended = AbortSignal.any(signal === undefined ? [late] : [late, signal]);
  const close = (): void => connection.close();
  ended.addEventListener("abort", close);
  try {
    ended.throwIfAborted();
    const negotiated = await negotiate(connection, { exportName, tlsName, contexts });
    return new NbdSession(negotiated, { silenceMaxMs, signal });
  } catch (cause) {
    connection.close();
    if (!late.aborted) throw cause;
    const reason = `the server has not answered for ${silenceMaxMs / 1000} seconds`;
    throw new StorageError(reason, { call: "open", status: "temporary", cause });
  } finally {
    ended.removeEventListener("abort", close);
  }
}
