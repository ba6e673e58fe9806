/** The machine that the service runs on, behind ports, and the parts that a service is opened with. */
import type { Catalog } from "../catalog/catalog.js";
import type { SnapshotRow } from "../catalog/snapshots.js";
import type { CodecLevels } from "../codecs/levels.js";
import type { Runtime } from "../pipeline/run/runtime.js";
import type { Clock, Connect, DiskImages, FileSystem } from "../ports.js";
import type { ObjectSink } from "../sinks/sink.js";
import type { Caller } from "./access/caller.js";
import type { Policy } from "./access/policy.js";
import type { Notifier } from "./notifier.js";
import type { BackgroundSubject } from "./operations/background-subject.js";
import type { Settings } from "./settings.js";

/** The location of a frozen view, existing or planned. */
export type SnapshotLocation = Pick<SnapshotRow, "kind" | "source">;

/** Freezes views of volumes on this host. */
export interface Snapshots {
  /** The location of the view to be created. @throws InvalidStateError for a volume that cannot be frozen */
  plan(source: string, id: string): Promise<SnapshotLocation>;
  /** Freezes the volume in its present state. @throws InvalidStateError when the file system cannot do so */
  create(source: string, location: SnapshotLocation): Promise<void>;
  /** Removes the view; a missing view is no error. */
  remove(location: SnapshotLocation): Promise<void>;
}

export interface UseOptions {
  /** Whether the file is to be written to, so that other readers matter too. @default {false} */
  readonly forWriting?: boolean | undefined;
}

/** The service's view of the machine it runs on. */
export interface Host {
  readonly clock: Clock;
  /** A random number from 0 to below 1. */
  random(): number;
  readonly fileSystem: FileSystem;
  /** Connects to the servers of volumes that have a URL. */
  readonly connect: Connect;
  /** Programs for images of disks; `undefined` where the host runs none. */
  readonly diskImages?: DiskImages | undefined;
  /**
   * The digest engine and the codecs; loaded at the first use, because listing backups needs none.
   * @param levels of the codecs. @default {those of the host's settings}
   */
  runtime(levels?: CodecLevels): Promise<Runtime>;
  /** The sink behind a repository's URL. @throws UsageError for a URL of an unknown kind */
  openRepository(url: string): Promise<ObjectSink>;
  /** An absolute path without `.` and `..`; the URL of a volume is returned as it is. */
  resolvePath(path: string): string;
  /** The path without symbolic links, as far as it exists; the URL of a volume is returned as it is. */
  realPath(path: string): Promise<string>;
  /** Uses of a file or device by others: mounted, swapped to, attached, held, locked. One text for each use; of a URL none is known. */
  usersOf(path: string, options?: UseOptions): Promise<readonly string[]>;
  readonly snapshots: Snapshots;
  /** A name for this process that no other process, earlier or later, has. */
  readonly holder: string;
  /**
   * Called before the first operation, and again: shows other processes that this one exists, however long it is
   * suspended. A host that cannot do so does nothing.
   */
  announce(): Promise<void>;
  /** Whether the process of that name still runs; `undefined` when this host cannot see that. */
  isAlive(holder: string): Promise<boolean | undefined>;
  /** Calls `tick` at that interval until the returned function is called. Does not keep the process alive. */
  every(intervalMs: number, tick: () => void): () => void;
  /** Called with a sentence, without secrets, about what went wrong beside the work. @default {no warnings} */
  warn?(text: string): void;
}

/** The parts that a service is opened with. */
export interface ServiceParts {
  readonly catalog: Catalog;
  readonly settings: Settings;
  readonly host: Host;
  /** Receivers of events. @default {none} */
  readonly notifiers?: readonly Notifier[] | undefined;
  /** The service's caller; `Service.as` binds the service to others. @default {the operator: an admin} */
  readonly caller?: Caller | undefined;
  /** Roles that replace the default role of an action. */
  readonly policy?: Partial<Policy> | undefined;
  /** How long background work may take to end when the service is closed, milliseconds. @default {20 000} */
  readonly graceMs?: number | undefined;
  /**
   * Whether the Block Storage calls queue accepted backups and restores for workers instead of running them in this
   * process. @default {false}
   */
  readonly queuesWork?: boolean | undefined;
  /** Called with failures that come after their request was answered. */
  readonly onBackgroundError?: ((error: unknown, subject: BackgroundSubject) => void) | undefined;
}
