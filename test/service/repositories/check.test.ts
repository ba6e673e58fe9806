import { readdir } from "node:fs/promises";
import test, { type ExecutionContext } from "ava";
import { CancelledError, StorageError } from "../../../src/errors.js";
import type { CheckRepositoryRequest, RepositoryCheck } from "../../../src/service/repositories/requests.js";
import { SinkLayer } from "../../../src/sinks/layers/layer.js";
import { MemorySink } from "../../../src/sinks/memory/sink.js";
import type {
  CreateOptions,
  ObjectEntry,
  ObjectReader,
  ObjectSink,
  ObjectWriter,
  OpenOptions,
  StoreTraits,
} from "../../../src/sinks/sink.js";
import { putObject } from "../../../src/testing/objects.js";
import { World } from "../fixture.js";

const CONTAINER = "volumebackups";

async function check(
  t: ExecutionContext,
  sink: ObjectSink,
  request: CheckRepositoryRequest = { listCount: 30 },
): Promise<RepositoryCheck[]> {
  const world = await World.create(t);
  const service = await world.open({ sink, settings: { container: CONTAINER } });
  return await service.checkRepository(request);
}

function findings(rows: readonly RepositoryCheck[], finding: RepositoryCheck["finding"]): string[] {
  return rows.filter((row) => row.finding === finding).map((row) => row.check);
}

async function objectsIn(sink: ObjectSink): Promise<string[]> {
  const names: string[] = [];
  for await (const container of sink.containers()) {
    for await (const { name } of sink.list(container, "")) names.push(name);
  }
  return names;
}

test("a good repository is good in everything, and nothing is left in it", async (t) => {
  const sink = new MemorySink();
  const rows = await check(t, sink);
  t.deepEqual(findings(rows, "bad"), []);
  t.deepEqual(findings(rows, "warning"), []);
  t.deepEqual(findings(rows, "skipped"), ["conditional put", "lock", "clock"]);
  t.deepEqual(rows.map((row) => row.check).slice(0, 4), ["container", "put", "read", "range"]);
  t.is(rows.at(-1)?.check, "cleanup");
  t.deepEqual(await objectsIn(sink), []);
});

test("a directory is checked, and as it was afterwards", async (t) => {
  const world = await World.create(t);
  const rows = await (await world.open()).checkRepository();
  t.deepEqual(findings(rows, "bad"), []);
  t.is(rows.find((row) => row.check === "list")?.detail, "20 objects, each once");
  t.deepEqual(await readdir(world.repositoryPath), []);
});

test("other objects of the container are left alone", async (t) => {
  const sink = new MemorySink();
  await sink.createContainer(CONTAINER);
  await putObject(sink, { container: CONTAINER, name: "volume_1-00001" }, new Uint8Array(10));
  t.deepEqual(findings(await check(t, sink), "bad"), []);
  t.deepEqual(await objectsIn(sink), ["volume_1-00001"]);
});

test("what a check left that was killed is told, and not taken for its own", async (t) => {
  const sink = new MemorySink();
  await sink.createContainer(CONTAINER);
  const left = { container: CONTAINER, name: "ashlar-check-0123456789abcdef-object" };
  await putObject(sink, left, new Uint8Array(10));
  const rows = await check(t, sink);
  t.deepEqual(findings(rows, "warning"), ["container"]);
  t.regex(rows[0]!.detail!, /^an interrupted check left 1 objects, such as "ashlar-check-0123456789/);
  t.deepEqual(findings(rows, "bad"), []);
  t.deepEqual(await objectsIn(sink), [left.name]);
});

/** What goes wrong, and the checks that notice. */
const FAULTY: readonly (readonly [what: string, make: (inner: ObjectSink) => ObjectSink, bad: string[]])[] = [
  [
    "containers cannot be made",
    (inner) =>
      new (class extends SinkLayer {
        override createContainer(): Promise<void> {
          throw new StorageError("Cannot create container: the server answered 403", { call: "create" });
        }
      })(inner),
    ["container"],
  ],
  [
    "nothing can be written",
    (inner) =>
      new (class extends SinkLayer {
        override create(): Promise<ObjectWriter> {
          throw new StorageError("Cannot put object: the server answered 403", { call: "put" });
        }
      })(inner),
    ["put"],
  ],
  [
    "reads begin at the beginning, whatever is asked",
    (inner) =>
      new (class extends SinkLayer {
        override open(container: string, name: string, options: OpenOptions = {}): Promise<ObjectReader> {
          return super.open(container, name, { ...options, offset: 0 });
        }
      })(inner),
    ["range"],
  ],
  [
    "reads give one wrong byte",
    (inner) =>
      new (class extends SinkLayer {
        override async open(container: string, name: string, options?: OpenOptions): Promise<ObjectReader> {
          const reader = await super.open(container, name, options);
          return {
            size: reader.size,
            close: () => reader.close(),
            async readInto(buffer) {
              const count = await reader.readInto(buffer);
              if (count > 0) buffer[count - 1]! ^= 1;
              return count;
            },
          };
        }
      })(inner),
    ["read", "range", "overwrite"],
  ],
  [
    "the first object of a name stays",
    (inner) =>
      new (class extends SinkLayer {
        override async create(
          container: string,
          name: string,
          options?: CreateOptions,
        ): Promise<ObjectWriter> {
          const writer = await super.create(container, name, options);
          const isTaken = (await this.inner.size(container, name)) !== undefined;
          return {
            write: (bytes) => writer.write(bytes),
            close: async () => (isTaken ? writer.abort() : writer.close()),
            abort: () => writer.abort(),
          };
        }
      })(inner),
    ["overwrite"],
  ],
  [
    "a put that is given up is there",
    (inner) =>
      new (class extends SinkLayer {
        override async create(
          container: string,
          name: string,
          options?: CreateOptions,
        ): Promise<ObjectWriter> {
          const writer = await super.create(container, name, options);
          return {
            write: (bytes) => writer.write(bytes),
            close: () => writer.close(),
            abort: () => writer.close().catch(() => undefined),
          };
        }
      })(inner),
    ["unfinished", "list"],
  ],
  [
    "lists end after a page",
    (inner) =>
      new (class extends SinkLayer {
        override async *list(container: string, prefix: string): AsyncGenerator<ObjectEntry> {
          let count = 0;
          for await (const entry of super.list(container, prefix)) if (count++ < 25) yield entry;
        }
      })(inner),
    ["list"],
  ],
  [
    "lists have an object twice",
    (inner) =>
      new (class extends SinkLayer {
        override async *list(container: string, prefix: string): AsyncGenerator<ObjectEntry> {
          for await (const entry of super.list(container, prefix)) {
            yield entry;
            if (entry.name.endsWith("list-000003")) yield entry;
          }
        }
      })(inner),
    ["list"],
  ],
  [
    "locks are accepted and not kept",
    (inner) =>
      new (class extends SinkLayer {
        override async inspect() {
          return {
            clockAheadMs: 0,
            lock: { refusesRemoval: false, refusesShortening: true, keepsOverwritten: true },
          };
        }
      })(inner),
    ["lock"],
  ],
  [
    "the clocks are ten minutes apart",
    (inner) =>
      new (class extends SinkLayer {
        override async inspect(): Promise<StoreTraits> {
          return { clockAheadMs: 600_000, conditionalPut: true };
        }
      })(inner),
    ["clock"],
  ],
];

for (const [what, make, bad] of FAULTY) {
  test(`it is noticed when ${what}`, async (t) => {
    const inner = new MemorySink();
    const rows = await check(t, make(inner));
    t.deepEqual(findings(rows, "bad"), bad);
    for (const row of rows.filter(({ finding }) => finding === "bad")) {
      t.regex(row.detail!, /^Cannot /);
      t.truthy(row.advice);
    }
    t.deepEqual(await objectsIn(inner), []);
  });
}

test("it is noticed when nothing can be deleted, and said what is left", async (t) => {
  const inner = new MemorySink();
  const sink = new (class extends SinkLayer {
    override async removeAll(): Promise<void> {
      await this.remove();
    }

    override async remove(): Promise<void> {
      throw new StorageError("Cannot remove object: the server answered 403", { call: "remove" });
    }
  })(inner);
  const rows = await check(t, sink);
  t.deepEqual(findings(rows, "bad"), ["delete", "cleanup"]);
  t.regex(
    rows.at(-1)!.advice!,
    /^remove the objects whose names begin with "ashlar-check-[0-9a-f]{16}-" in "volumebackups"$/,
  );
  const left = await objectsIn(inner);
  t.true(left.length > 0 && left.every((name) => name.startsWith("ashlar-check-")));
});

test("a clock that begins to be wrong is a warning", async (t) => {
  const sink = new (class extends SinkLayer {
    override async inspect(): Promise<StoreTraits> {
      return { clockAheadMs: -40_000, conditionalPut: false };
    }
  })(new MemorySink());
  const rows = await check(t, sink);
  t.deepEqual(findings(rows, "warning"), ["clock"]);
  t.is(
    rows.find((row) => row.check === "clock")?.detail,
    "this machine's clock is 40 seconds ahead of the store's; set it",
  );
});

for (const stopAt of [0, 1, 2, 10, 40]) {
  test(`a check that is stopped at its ${stopAt}th put leaves nothing`, async (t) => {
    const inner = new MemorySink();
    const controller = new AbortController();
    let count = 0;
    const sink = new (class extends SinkLayer {
      override create(container: string, name: string, options?: CreateOptions): Promise<ObjectWriter> {
        if (count++ === stopAt) controller.abort();
        return super.create(container, name, options);
      }
    })(inner);
    const checking = check(t, sink, { signal: controller.signal, listCount: 50 });
    await t.throwsAsync(checking, { instanceOf: CancelledError });
    t.deepEqual(await objectsIn(inner), []);
  });
}
