import type { RepositorySettings } from "../../sinks/driver.js";
import type { Buckets } from "../../sinks/layers/bandwidth.js";
import type { ObjectSink } from "../../sinks/sink.js";

/** What opening a repository is given. */
export interface RepositoryContext {
  readonly settings: RepositorySettings;
  /** A driver's option: what was given, else its default. */
  readonly option: (name: string) => string | undefined;
  /** Of all repositories together. */
  readonly buckets: Buckets;
}

export interface OpenedRepository {
  readonly sink: ObjectSink;
  /** Ends connections, and what else was begun for it. */
  close?(): Promise<void>;
}

/** A kind of repository on Node. */
export interface RepositoryKind {
  /** Of its URLs, with the colon. */
  readonly schemes: readonly string[];
  /** The one spelling of a URL. @throws UsageError for one that cannot be accepted */
  canonical(url: string): string;
  open(url: string, context: RepositoryContext): Promise<OpenedRepository>;
}
