import test from "ava";
import { LockedError, NotFoundError } from "../../src/errors.js";
import type { LockChange } from "../../src/sinks/lock.js";
import { MemorySink } from "../../src/sinks/memory/sink.js";
import type {
  CreateOptions,
  ObjectReader,
  ObjectSink,
  ObjectWriter,
  UnfinishedEntry,
} from "../../src/sinks/sink.js";
import { sinkContract } from "../../src/testing/index.js";
import { ManualClock } from "../catalog/fixture.js";
import { changed, type Mutants, mutantTests } from "./mutants.js";

const clock = new ManualClock();
const OPTIONS = { manyCount: 25, locks: { clock, pass: async (ms: number) => clock.advance(ms) } };

/** A sink in memory that lists what its writers have begun. */
class ListingSink extends MemorySink {
  readonly #begun = new Map<ObjectWriter, readonly [container: string, name: string]>();

  override async create(container: string, name: string, options?: CreateOptions): Promise<ObjectWriter> {
    const writer = await super.create(container, name, options);
    this.#begun.set(writer, [container, name]);
    const ending = (end: () => Promise<void>) => async (): Promise<void> => {
      await end();
      this.#begun.delete(writer);
    };
    return changed(writer, { close: ending(() => writer.close()), abort: ending(() => writer.abort()) });
  }

  override async *listUnfinished(container: string, prefix: string): AsyncIterable<UnfinishedEntry> {
    for (const [location, name] of this.#begun.values())
      if (location === container && name.startsWith(prefix)) yield { name };
  }
}

type Changes = (sink: ListingSink) => Partial<ObjectSink>;

function mutant(changes: Changes): Mutants[string] {
  return () =>
    sinkContract(async () => {
      const sink = new ListingSink({ clock });
      return changed<ObjectSink>(sink, changes(sink));
    }, OPTIONS);
}

/** A sink whose writers are changed. */
function writers(
  change: (
    writer: ObjectWriter,
    sink: ListingSink,
    location: readonly [string, string],
  ) => Partial<ObjectWriter>,
): Mutants[string] {
  return mutant((sink) => ({
    async create(container, name, options) {
      const writer = await sink.create(container, name, options);
      return changed(writer, change(writer, sink, [container, name]));
    },
  }));
}

function readers(change: (reader: ObjectReader) => Partial<ObjectReader>): Mutants[string] {
  return mutant((sink) => ({
    async open(container, name, options) {
      const reader = await sink.open(container, name, options);
      return changed(reader, change(reader));
    },
  }));
}

async function put(sink: ObjectSink, [container, name]: readonly [string, string]): Promise<void> {
  const writer = await sink.create(container, name);
  await writer.write(Uint8Array.of(1));
  await writer.close();
}

/** Writers that can be closed and written to for ever. */
const immortal = writers((writer) => ({
  close: () => writer.close().catch(() => {}),
  write: (bytes) => writer.write(bytes).catch(() => {}),
}));

const writing: Mutants = {
  "an object is not there until its writer is closed": writers((writer, sink, location) => ({
    async write(bytes) {
      await writer.write(bytes);
      await put(sink, location);
    },
  })),
  "an existing object stays whole until it is replaced": mutant((sink) => ({
    async create(container, name, options) {
      await sink.remove(container, name);
      return await sink.create(container, name, options);
    },
  })),
  "of two writers of one name, one wins whole": mutant((sink) => {
    const shared = new Map<string, Promise<ObjectWriter>>();
    return {
      async create(container, name) {
        if (!shared.has(name)) shared.set(name, sink.create(container, name));
        const writer = await shared.get(name)!;
        return changed(writer, { close: () => writer.close().catch(() => {}) });
      },
    };
  }),
  "an aborted writer leaves nothing": writers((writer, sink, location) => ({
    async abort() {
      await writer.abort();
      await put(sink, location);
    },
  })),
  "an aborted writer leaves the object that was there": writers((writer, sink, location) => ({
    async abort() {
      await writer.abort();
      await sink.remove(...location);
    },
  })),
  "to abort after close leaves the object, and close is not done twice": immortal,
  "removing what writers left unfinished harms no object": mutant((sink) => ({
    async removeUnfinished(container, prefix) {
      for await (const { name } of sink.list(container, prefix)) await sink.remove(container, name);
    },
  })),
  "an object may have no bytes": mutant((sink) => ({
    size: async (container, name) => (await sink.size(container, name)) || undefined,
  })),
  "bytes may be reused as soon as write resolves": mutant((sink) => ({
    async create(container, name) {
      const kept: Uint8Array[] = [];
      const writer = await sink.create(container, name);
      return changed(writer, {
        write: async (bytes) => void kept.push(bytes),
        async close() {
          for (const bytes of kept) await writer.write(bytes);
          await writer.close();
        },
      });
    },
  })),
};

const reading: Mutants = {
  "a large object survives odd sizes of writes and reads": writers((writer) => ({
    write: (bytes) => writer.write(bytes.subarray(0, 1_048_576)),
  })),
  "a reader fills its buffer until the end, and then reads nothing": readers((reader) => ({
    readInto: (buffer) => reader.readInto(buffer.subarray(0, 5)),
  })),
  "a reader may begin within the object, and at its end": mutant((sink) => ({
    open: (container, name, options) => sink.open(container, name, { ...options, offset: 0 }),
  })),
  "a reader that is closed early leaves the sink as it was": mutant((sink) => {
    let readerCount = 0;
    return {
      async open(container, name, options) {
        if (++readerCount > 10) throw new Error("no connection is left");
        return await sink.open(container, name, options);
      },
    };
  }),
  "what a reader was given is not what is stored": mutant((sink) => {
    let given: Uint8Array | undefined;
    return {
      async open(container, name, options) {
        const reader = await sink.open(container, name, options);
        return changed(reader, {
          async readInto(buffer) {
            const count = await reader.readInto(buffer);
            if (given !== undefined) buffer.set(given.subarray(0, count));
            given ??= buffer;
            return count;
          },
        });
      },
    };
  }),
  "what is missing is reported as missing": mutant((sink) => ({
    size: async (container, name) => (await sink.size(container, name)) ?? 0,
  })),
  "a removed object is gone, and removing it again is no error": mutant((sink) => ({
    async remove(container, name) {
      if ((await sink.size(container, name)) === undefined)
        throw new NotFoundError(`Cannot remove "${name}": none`);
      await sink.remove(container, name);
    },
  })),
  "several objects are removed in one call, and missing ones are no error": mutant((sink) => ({
    removeAll: (container, names) => sink.removeAll(container, names.slice(0, 20)),
  })),
  "to inspect the store leaves nothing": mutant((sink) => ({
    async inspect(container, name) {
      await put(sink, [container, name]);
      return {};
    },
  })),
  "a locked object is not removed before its time, alone or with others, and then it is": mutant((sink) => ({
    async removeAll(container, names) {
      for (const name of names) await sink.remove(container, name).catch(() => {});
    },
  })),
  "a lock becomes longer and stronger, and neither shorter nor weaker": mutant((sink) => {
    const locks = new Map<string, LockChange["retention"]>();
    return {
      lock: async (container, name, { retention }) => void locks.set(`${container} ${name}`, retention),
      lockOf: async (container, name) => ({ retention: locks.get(`${container} ${name}`), isHeld: false }),
      async remove(container, name) {
        const retention = locks.get(`${container} ${name}`);
        if (retention !== undefined && retention.until.getTime() > clock.now().getTime())
          throw new LockedError("it is locked");
        await sink.remove(container, name);
      },
    };
  }),
  "a held object stays until its hold is released": mutant((sink) => ({
    lock: async (container, name, { isHeld, ...change }) =>
      await sink.lock(container, name, { ...change, ...(isHeld === true && { isHeld }) }),
  })),
  "unfinished objects are listed under their prefix until they are aborted": mutant((sink) => ({
    listUnfinished: (container) => sink.listUnfinished(container, ""),
  })),
  "a container made again keeps its objects, and containers are apart": mutant((sink) => ({
    async createContainer(container) {
      await sink.createContainer(container);
      for await (const { name } of sink.list(container, "")) await sink.remove(container, name);
    },
  })),
  "every container that holds an object is found, once": mutant((sink) => ({
    async *containers() {
      for await (const container of sink.containers()) yield* [container, container];
    },
  })),
  "a prefix is matched exactly, with its case": mutant((sink) => ({
    async *list(container, prefix) {
      for await (const entry of sink.list(container, ""))
        if (entry.name.toLowerCase().startsWith(prefix.toLowerCase())) yield entry;
    },
  })),
  [`${OPTIONS.manyCount} objects are listed, each once`]: mutant((sink) => ({
    async *list(container, prefix) {
      let count = 0;
      for await (const entry of sink.list(container, prefix)) if (++count <= 20) yield entry;
    },
  })),
};

const others: Mutants = {
  "a signal ends a reader": mutant((sink) => ({
    open: (container, name, { offset = 0 } = {}) => sink.open(container, name, { offset }),
  })),
  "a signal ends a writer, of which nothing is left": mutant((sink) => ({
    create: (container, name) => sink.create(container, name),
  })),
  "a signal that comes too late changes nothing": mutant((sink) => ({
    async create(container, name, options = {}) {
      options.signal?.addEventListener("abort", () => void sink.remove(container, name));
      return await sink.create(container, name, options);
    },
  })),
  "every legal character survives in an object's name": mutant((sink) => ({
    create: (container, name, options) => sink.create(container, name.normalize("NFC"), options),
    open: (container, name, options) => sink.open(container, name.normalize("NFC"), options),
    size: (container, name) => sink.size(container, name.normalize("NFC")),
  })),
  "bad object names are refused": mutant((sink) => ({
    size: async (container, name) => await sink.size(container, name).catch(() => undefined),
  })),
  "bad container names are refused": mutant((sink) => ({
    removeUnfinished: async () => {},
    list: (container, prefix) => sink.list(container, prefix),
  })),
};

// One at a time: all cases have one clock.
mutantTests(test.serial, "sink", {
  whole: sinkContract(async () => new ListingSink({ clock }), OPTIONS),
  mutants: { ...writing, ...reading, ...others },
});
