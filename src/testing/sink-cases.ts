/** Types and helpers shared by the groups of cases of a sink's contract. */
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
}

export interface SinkCases extends Required<SinkContractOptions> {
  readonly test: DeclareCase;
  readonly makeSink: MakeSink;
}

/** A container's name for a case that accepts any; "/" is replaced if containers cannot be nested. */
export function containerName({ nestedContainers }: SinkCases, nested: string): string {
  return nestedContainers ? nested : nested.replaceAll("/", "-");
}
