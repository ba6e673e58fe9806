/** Services of the host for opening sinks. A store that needs a missing one is refused when it is opened. */
import { UsageError } from "../errors.js";
import type { Clock, FileSystem, Hashes, HttpClient } from "../ports.js";
import type { Buckets } from "./layers/bandwidth.js";
import type { SinkEvent } from "./layers/log.js";
import type { MountHost } from "./share/mount.js";

/** Resolves paths of this machine. */
export interface PathHost {
  /** The `file:` URL of an absolute path, or of one relative to the working directory. */
  fileUrl(path: string): string;
}

/** Settings of the HTTP connections to one store. */
export interface HttpOptions {
  /** PEM certificates to trust instead of the system's. */
  readonly ca?: string | undefined;
  /** Whether any certificate is accepted. @default {false} */
  readonly isInsecure?: boolean | undefined;
  /** Milliseconds without a byte in either direction, or without a connection, after which a call fails. */
  readonly timeoutMs?: number | undefined;
  /** The most connections to one server at once; further calls wait. */
  readonly connections?: number | undefined;
  /** URL of the proxy for all connections. */
  readonly proxy?: string | undefined;
  /** The user's names of the options for certificates and for the server's address, for messages. */
  readonly names?: { readonly ca?: string | undefined; readonly address?: string | undefined } | undefined;
}

/** What `openSink` needs of a host: connections, files, time. */
export interface SinkHost {
  readonly clock: Clock;
  readonly hashes: Hashes;
  /** Opens a client for one store. @throws UsageError for options that this host cannot honour */
  http(options: HttpOptions): Promise<HttpClient>;
  /** @default {accepts absolute paths only} */
  readonly paths?: PathHost | undefined;
  /** Access to directories, certificates and key files. */
  readonly fileSystem?: FileSystem | undefined;
  /** Mounts shares of file servers. */
  readonly mounts?: MountHost | undefined;
  /** Environment variables, where the tools of AWS and Google look for keys. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Absolute path. */
  readonly homeDirectory?: string | undefined;
  /** Limits of bytes per second, shared with other sinks. */
  readonly buckets?: Buckets | undefined;
  /** Called after each call of the sink. */
  readonly onRequest?: ((event: SinkEvent) => void) | undefined;
}

/** Returns `part`. @throws UsageError if the host lacks it */
export function requiredOf<Part>(part: Part | undefined, what: string, need: string): Part {
  if (part !== undefined) return part;
  throw new UsageError(`Cannot use ${what} as a repository here: the host has not given ${need}`);
}
