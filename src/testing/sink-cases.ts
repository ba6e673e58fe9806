/** Types and helpers shared by the groups of cases of a sink's contract. */
import type { Clock } from "../ports.js";
import type { ObjectSink } from "../sinks/sink.js";
import type { CaseContext, DeclareCase } from "./contract-case.js";

/** Makes a new, empty sink for one case. */
export type MakeSink = (context: CaseContext) => Promise<ObjectSink>;

/** Properties of a sink that the cases depend on. A case that does not apply is reported as skipped. */
export interface SinkContractOptions {
  /** Objects in the case of long listings; more than the 10 000 that object stores list per page. @default {10001} */
  readonly manyCount?: number;
  /** Whether a container's name may contain "/", which object stores refuse. @default {true} */
  readonly nestedContainers?: boolean;
  /** Whether `listUnfinished` lists objects whose writer is still open. @default {true} */
  readonly listsUnfinished?: boolean;
  /** Time by which the sink's objects are locked. @default {objects cannot be locked} */
  readonly locks?: LockTime | undefined;
}

/** The store's time. */
export interface LockTime {
  readonly clock: Clock;
  /** Lets that time pass. */
  readonly pass: (ms: number) => Promise<void>;
}

export interface SinkCases extends Required<Omit<SinkContractOptions, "locks">> {
  readonly locks: LockTime | undefined;
  readonly test: DeclareCase;
  readonly makeSink: MakeSink;
}

/** A container's name for a case that accepts any; "/" is replaced if containers cannot be nested. */
export function containerName({ nestedContainers }: SinkCases, nested: string): string {
  return nestedContainers ? nested : nested.replaceAll("/", "-");
}
