/** What opening a sink takes of the program and the machine around it. A member that is missing is refused when needed. */
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

/** How one store is reached over HTTP. */
export interface HttpOptions {
  /** Certificates in PEM that are trusted instead of the system's. */
  readonly ca?: string | undefined;
  /** Whether any certificate is accepted. @default {false} */
  readonly isInsecure?: boolean | undefined;
  /** Milliseconds without a byte in either direction, or until a connection is made, after which a call fails. */
  readonly timeoutMs?: number | undefined;
  /** Connections to one server at once; calls beyond wait. */
  readonly connections?: number | undefined;
  /** URL of a proxy, by which every connection is made. */
  readonly proxy?: string | undefined;
  /** What the user calls the options with the certificates and with the server's address, for messages. */
  readonly names?: { readonly ca?: string | undefined; readonly address?: string | undefined } | undefined;
}

export interface SinkHost {
  readonly clock: Clock;
  readonly hashes: Hashes;
  /** Opens a client for one store. @throws UsageError for options that this host cannot honour */
  http(options: HttpOptions): Promise<HttpClient>;
  /** @default {absolute paths alone} */
  readonly paths?: PathHost | undefined;
  /** Directories, certificates and key files are read through it. */
  readonly fileSystem?: FileSystem | undefined;
  /** Mounts shares of file servers. */
  readonly mounts?: MountHost | undefined;
  /** Variables in which tools of AWS and Google look for keys. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Absolute path. */
  readonly homeDirectory?: string | undefined;
  /** Limits of bytes per second, shared with other sinks. */
  readonly buckets?: Buckets | undefined;
  /** Called after each call of the sink. */
  readonly onRequest?: ((event: SinkEvent) => void) | undefined;
}

/** @throws UsageError where the host lacks what opening needs */
export function requiredOf<Part>(part: Part | undefined, what: string, need: string): Part {
  if (part !== undefined) return part;
  throw new UsageError(`Cannot use ${what} as a repository here: the host has not given ${need}`);
}
