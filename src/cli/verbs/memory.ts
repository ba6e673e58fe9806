/** `ashlar memory`: the memory that operations would take with the configured options. */
import { type Command, Option } from "commander";
import type { Codec } from "../../codecs/codec.js";
import {
  DEFAULT_MAX_OPERATIONS,
  type MemoryPlan,
  type Operation,
  type OperationsMemory,
  planMemory,
} from "../../pipeline/memory/plan.js";
import type { Settings } from "../../service/settings.js";
import type { ResolvedSettings } from "../../settings/resolve.js";
import { GIB, MIB } from "../../units.js";
import type { Invocation } from "../invocation.js";
import { type Field, field } from "../output/field.js";
import { rowsPrinter } from "../output/printer.js";
import { type OutputFlags, withOutput } from "./flags.js";

const OPERATIONS: readonly Operation[] = ["backup", "restore"];

interface MemoryFlags extends OutputFlags {
  readonly operation?: Operation;
}

export function addMemoryVerb(program: Command, invocation: Invocation): void {
  withOutput(program.command("memory"))
    .description(
      "show how much memory operations plan to take with these options, and what Cinder's guide expects",
    )
    .addOption(new Option("--operation <operation>", "show this operation only").choices(OPERATIONS))
    .action(async (flags: MemoryFlags) => {
      const resolved = await invocation.settings();
      const codecs = await loadCodecs(invocation, resolved.settings);
      const fields = fieldsOf([...codecs.keys()], flags);
      const columns = fields.map(({ key }) => key);
      const print = rowsPrinter(fields, columns, flags);
      const operations = flags.operation === undefined ? OPERATIONS : [flags.operation];
      const rows = operations.flatMap((operation) => rowsOf(operation, codecs, resolved));
      const answer = flags.format === "table" && flags.column === undefined ? answerOf(rows, resolved) : "";
      await invocation.host.print(`${answer}${await print(rows, invocation.host.tableWidth)}`);
    });
}

/** The totals for the configured codec, printed before the table. */
function answerOf(
  rows: readonly Row[],
  { settings: { compression, maxOperations } }: ResolvedSettings,
): string {
  const count = countOf(maxOperations);
  const totalOf = (wanted: string, operation: Operation): string | undefined => {
    const row = rows.find(({ part, operation: of }) => part === wanted && of === operation);
    const bytes = row?.bytes.get(compression);
    return bytes === undefined ? undefined : rounded(bytes);
  };
  return OPERATIONS.flatMap((operation) => {
    const one = totalOf(PART_ONE, operation);
    const all = totalOf(partOfAll(count), operation);
    if (one === undefined || all === undefined) return [];
    return [`A ${operation} with ${compression} takes at most ${one}; ${count} at once, ${all}.\n`];
  }).join("");
}

const PART_ONE = "one operation";

const partOfAll = (count: number): string => `${count} operations`;

/** 0 is "as many as there are", and one is shown for it. */
function countOf(maxOperations: number | undefined): number {
  return Math.max(1, maxOperations ?? DEFAULT_MAX_OPERATIONS);
}

/** By the names that users call them, plain storing first. */
async function loadCodecs(
  { host }: Invocation,
  { levels }: Settings,
): Promise<ReadonlyMap<string, Codec | undefined>> {
  return new Map<string, Codec | undefined>([["none", undefined], ...(await host.loadCodecs(levels))]);
}

/** One line of the table: bytes for each codec. */
interface Row {
  readonly operation: Operation;
  readonly part: string;
  readonly bytes: ReadonlyMap<string, number>;
}

/** Bytes are exact in formats for programs, and rounded in the table, which is for people. */
function fieldsOf(codecs: readonly string[], { format }: OutputFlags): Field<Row>[] {
  const shown = (bytes: number): string | number => (format === "table" ? rounded(bytes) : bytes);
  return [
    field<Row>("operation", ({ operation }) => operation),
    field<Row>("part", ({ part }) => part),
    ...codecs.map((codec) => field<Row>(codec, ({ bytes }) => shown(bytes.get(codec)!), codec)),
  ];
}

function rounded(bytes: number): string {
  return bytes < GIB ? `${(bytes / MIB).toFixed(1)} MiB` : `${(bytes / GIB).toFixed(2)} GiB`;
}

function rowsOf(
  operation: Operation,
  codecs: ReadonlyMap<string, Codec | undefined>,
  { settings, sinkMemory }: ResolvedSettings,
): Row[] {
  const { blockSize, fileSize: chunkSize, concurrentObjects, coalesceGap, checkEncoded } = settings;
  const { bufferSize, readBufferSize = bufferSize, buffersMax: sinkBuffersMax, isRemote } = sinkMemory;
  const sinkBufferSize = operation === "backup" ? bufferSize : readBufferSize;
  const sink = { sinkBufferSize, sinkBuffersMax, isRemote };
  const count = countOf(settings.maxOperations);
  const planned = [...codecs].map(([name, codec]) => {
    const geometry = { blockSize, chunkSize, concurrentObjects, coalesceGap, checkEncoded };
    const options = { operation, codec, ...geometry, maxOperations: count, ...sink };
    return [name, planMemory(options)] as const;
  });
  return partsOf(operation, count).map(([part, read]) => ({
    operation,
    part,
    bytes: new Map(planned.map(([name, memory]) => [name, read(memory)])),
  }));
}

type Part = readonly [name: string, read: (memory: OperationsMemory) => number];

function partsOf(operation: Operation, count: number): Part[] {
  const row = (name: string, key: Exclude<keyof MemoryPlan, "operation">): Part => [
    name,
    ({ plan }) => plan[key],
  ];
  return [
    row("read", "read"),
    row(operation === "backup" ? "compressed" : "decompressed", "work"),
    row("codec", "codec"),
    row("sink", "sink"),
    row("digests", "digests"),
    row("fixed", "fixed"),
    row(PART_ONE, "total"),
    [partOfAll(count), ({ totalOfAll }) => totalOfAll],
    ["guide: 3 x object size", ({ model }) => model],
    [`guide: ${count} operations`, ({ modelOfAll }) => modelOfAll],
  ];
}
