/** The machine that the service runs on, behind ports, and what a service is opened with. */
import type { Catalog } from "../catalog/catalog.js";
import type { SnapshotRecord } from "../catalog/snapshots.js";
import type { Runtime } from "../pipeline/run/runtime.js";
import type { Clock, FileSystem } from "../ports.js";
import type { ObjectSink } from "../sinks/sink.js";
import type { BackgroundSubject } from "./block-storage/background.js";
import type { Caller } from "./caller.js";
import type { Notifier } from "./notifier.js";
import type { Policy } from "./policy.js";
import type { Settings } from "./settings.js";

/** A frozen view, made or to be made. */
export type SnapshotPlace = Pick<SnapshotRecord, "kind" | "source">;

/** How views of volumes are frozen here. */
export interface Snapshots {
  /** Where the view will be. @throws InvalidStateError for a volume of which none can be made */
  plan(source: string, id: string): Promise<SnapshotPlace>;
  /** Freezes the volume as it is now. @throws InvalidStateError where the file system cannot */
  create(source: string, place: SnapshotPlace): Promise<void>;
  /** Removes the view; one that is not there is no error. */
  remove(place: SnapshotPlace): Promise<void>;
}

export interface UseOptions {
  /** Whether it is to be written to, so that those who only read it matter too. @default {false} */
  readonly forWriting?: boolean | undefined;
}

/** What the service needs of the machine it runs on. */
export interface Host {
  readonly clock: Clock;
  /** From 0 to below 1. */
  random(): number;
  readonly fileSystem: FileSystem;
  /** The digest engine and the codecs; made at the first use, because listing backups needs none. */
  runtime(): Promise<Runtime>;
  /** The sink behind a repository's URL. @throws UsageError for a URL of another kind than is known */
  openRepository(url: string): Promise<ObjectSink>;
  /** An absolute path without `.` and `..`. */
  resolvePath(path: string): string;
  /** The path without symbolic links, as far as it exists. */
  realPath(path: string): Promise<string>;
  /** How others use a file or device: mounted, swapped to, attached, held, locked. One text for each use. */
  usersOf(path: string, options?: UseOptions): Promise<readonly string[]>;
  readonly snapshots: Snapshots;
  /** A name for this process that no other process, before or after it, has. */
  readonly holder: string;
  /**
   * Called before the first operation, and again: shows other processes from now on that this one is there, however
   * long it is stopped. A host that cannot do so does nothing.
   */
  announce(): Promise<void>;
  /** Whether the process of that name still runs; `undefined` where that cannot be seen from here. */
  isAlive(holder: string): Promise<boolean | undefined>;
  /** Calls `tick` at that interval until the returned function is called. Does not keep the process alive. */
  every(intervalMs: number, tick: () => void): () => void;
  /** Told, in a sentence without secrets, what went wrong beside the work. @default {nobody is told} */
  warn?(text: string): void;
}

/** What a service is opened with. */
export interface ServiceParts {
  readonly catalog: Catalog;
  readonly settings: Settings;
  readonly host: Host;
  /** Where events go. @default {nowhere} */
  readonly notifiers?: readonly Notifier[] | undefined;
  /** Whom it serves; `Service.as` binds it to others. @default {the operator: an admin} */
  readonly caller?: Caller | undefined;
  /** Roles for actions that are to take another role than usual. */
  readonly policy?: Partial<Policy> | undefined;
  /** Called with what failed after its request was answered. */
  readonly onBackgroundError?: ((error: unknown, subject: BackgroundSubject) => void) | undefined;
}
