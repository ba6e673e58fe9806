/** Servers that are cut off, wrong or hostile: each ends in the right bytes or in a clear error, and none in a wait. */
import { setTimeout as sleep } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { AshlarError, NotFoundError, StorageError, UsageError } from "../../../src/errors.js";
import { openNbdSource, openNbdTarget } from "../../../src/sources/nbd/open.js";
import { EXPORT_FLAG } from "../../../src/sources/nbd/protocol.js";
import { joined, noise, prose } from "../../pipeline/volume-bytes.js";
import { chunkOf, MemoryServer, type ServerOptions, simpleReply, uint32, uint64 } from "./memory-server.js";

const VOLUME = joined(prose(700), new Uint8Array(500), noise(848));
const URL_TEXT = "nbd://host/";
const WAIT_MAX_MS = 30_000;
/** Short, because a wrong length often means that the rest never comes. */
const SILENCE_MAX_MS = 10;

async function readAll(server: MemoryServer, silenceMaxMs?: number): Promise<Uint8Array> {
  const source = await openNbdSource(server.connect, URL_TEXT, { silenceMaxMs });
  try {
    const bytes = new Uint8Array(VOLUME.length);
    await Promise.all(
      [0, 512, 1024, 1536].map((offset) => source.readInto(bytes.subarray(offset, offset + 512), offset)),
    );
    return bytes;
  } finally {
    await source.close();
  }
}

/** @returns the bytes, or the error; fails the test when neither comes */
async function outcomeOf(
  t: ExecutionContext,
  server: MemoryServer,
  silenceMaxMs?: number,
): Promise<Uint8Array | AshlarError> {
  const ended = new AbortController();
  const late = sleep(WAIT_MAX_MS, "late" as const, { signal: ended.signal }).catch(() => "late" as const);
  const outcome = await Promise.race([readAll(server, silenceMaxMs).catch((error: unknown) => error), late]);
  ended.abort();
  if (outcome instanceof AshlarError || outcome instanceof Uint8Array) return outcome;
  t.log(outcome);
  throw new Error("neither bytes nor an error of ours");
}

for (const isStructured of [true, false]) {
  const options = { bytes: VOLUME, isStructured, chunkSize: 200 };
  const replies = isStructured ? "structured" : "simple";

  test(`a connection that is cut at each byte of a session with ${replies} replies`, async (t) => {
    const whole = new MemoryServer(options);
    t.deepEqual(await readAll(whole), VOLUME);
    for (let cut = 0; cut < whole.sentCount; cut++) {
      const alter: ServerOptions["alter"] = (message, at) =>
        at + message.length <= cut ? message : message.subarray(0, Math.max(0, cut - at));
      const outcome = await outcomeOf(t, new MemoryServer({ ...options, alter }));
      if (outcome instanceof Uint8Array) t.fail(`bytes came although the session was cut at byte ${cut}`);
      else if (!/closed/.test(outcome.message)) t.fail(`${cut}: ${outcome.message}`);
    }
  });

  test(`a session with ${replies} replies in which a byte is wrong`, async (t) => {
    const whole = new MemoryServer(options);
    await readAll(whole);
    for (let wrong = 0; wrong < whole.sentCount; wrong++) {
      const alter: ServerOptions["alter"] = (message, at) => {
        if (wrong < at || wrong >= at + message.length) return message;
        const altered = message.slice();
        altered[wrong - at]! ^= 0x41;
        return altered;
      };
      // Nobody can detect wrong data itself: the protocol has no checksum.
      const outcome = await outcomeOf(t, new MemoryServer({ ...options, alter }), SILENCE_MAX_MS);
      if (outcome instanceof AshlarError && !outcome.message.startsWith("Cannot ")) t.fail(outcome.message);
    }
    t.pass();
  });
}

test("a connection that is cut at each byte of a session that writes", async (t) => {
  const write = async (server: MemoryServer): Promise<void> => {
    const target = await openNbdTarget(server.connect, URL_TEXT, { size: VOLUME.length });
    try {
      await Promise.all(
        [0, 1024].map((offset) => target.write(VOLUME.subarray(offset, offset + 1024), offset)),
      );
      await target.sync();
    } finally {
      await target.close();
    }
  };
  const whole = new MemoryServer({ bytes: new Uint8Array(VOLUME.length) });
  await write(whole);
  for (let cut = 0; cut < whole.sentCount; cut++) {
    const alter: ServerOptions["alter"] = (message, at) =>
      at + message.length <= cut ? message : message.subarray(0, Math.max(0, cut - at));
    const outcome = await write(new MemoryServer({ bytes: new Uint8Array(VOLUME.length), alter })).catch(
      (error: unknown) => error,
    );
    if (!(outcome instanceof AshlarError && /closed/.test(outcome.message))) t.fail(`${cut}: ${outcome}`);
  }
  t.pass();
});

interface Wrong {
  readonly title: string;
  readonly answer: ServerOptions["answer"];
  readonly message: RegExp;
}

const read = { command: 0 };
const WRONG: readonly Wrong[] = [
  {
    title: "an unknown cookie",
    answer: ({ cookie }) => [chunkOf(cookie + 77n, 0, true)],
    message: /answered a request that was not sent/,
  },
  {
    title: "data outside of the request",
    answer: ({ cookie, offset }) => [
      chunkOf(cookie, 1, true, uint64(BigInt(offset + 1)), new Uint8Array(512)),
    ],
    message: /sent 512 bytes at offset 1 for a request of 512 bytes at offset 0/,
  },
  {
    title: "data before the request",
    answer: ({ cookie }) => [chunkOf(cookie, 1, true, uint64(2n ** 64n - 1n), new Uint8Array(2))],
    message: /for a request of 512 bytes/,
  },
  {
    title: "data that comes twice",
    answer: ({ cookie, offset }) => [
      chunkOf(cookie, 1, false, uint64(BigInt(offset)), new Uint8Array(512)),
      chunkOf(cookie, 2, true, uint64(BigInt(offset + 100)), uint32(10)),
    ],
    message: /sent the bytes at offset 100 twice/,
  },
  {
    title: "a reply that ends early",
    answer: ({ cookie, offset }) => [chunkOf(cookie, 1, true, uint64(BigInt(offset)), new Uint8Array(511))],
    message: /sent 511 of 512 bytes/,
  },
  {
    title: "a chunk that is longer than its request",
    answer: ({ cookie, offset }) => [chunkOf(cookie, 1, true, uint64(BigInt(offset)), new Uint8Array(513))],
    message: /sent 513 bytes at offset 0 for a request of 512 bytes/,
  },
  {
    title: "a chunk that is shorter than its own header",
    answer: ({ cookie }) => [chunkOf(cookie, 1, true, uint32(0))],
    message: /a chunk of data without data/,
  },
  {
    title: "the cookie of a request that was answered",
    answer: ({ cookie, offset }) => [
      chunkOf(cookie, 1, true, uint64(BigInt(offset)), new Uint8Array(100)),
      chunkOf(cookie, 1, true, uint64(BigInt(offset + 100)), new Uint8Array(412)),
    ],
    message: /sent 100 of 512 bytes/,
  },
  {
    title: "a hole of no length",
    answer: ({ cookie, offset }) => [chunkOf(cookie, 2, true, uint64(BigInt(offset)), uint32(0))],
    message: /sent 0 bytes/,
  },
  {
    title: "a hole in a chunk that is too long",
    answer: ({ cookie, offset }) => [
      chunkOf(cookie, 2, true, uint64(BigInt(offset)), uint32(512), uint32(0)),
    ],
    message: /a hole in a chunk of 16 bytes/,
  },
  {
    title: "a chunk of an unknown type",
    answer: ({ cookie }) => [chunkOf(cookie, 99, true)],
    message: /a chunk of type 99/,
  },
  {
    title: "a block status that nobody wants",
    answer: ({ cookie }) => [chunkOf(cookie, 5, true, uint32(1), uint32(512), uint32(0))],
    message: /a block status that was not requested/,
  },
  {
    title: "a simple reply to a read where structured ones are agreed",
    answer: ({ cookie, length }) => [simpleReply(cookie, 0, new Uint8Array(length))],
    message: /without a structured reply/,
  },
  {
    title: "an error whose text is longer than its chunk",
    answer: ({ cookie }) => [chunkOf(cookie, 0x8001, true, uint32(5), Uint8Array.of(0, 9, 65))],
    message: /an error without a number or its text/,
  },
  {
    title: "an error that comes in the middle of a reply",
    answer: ({ cookie, offset }) => [
      chunkOf(cookie, 1, false, uint64(BigInt(offset)), new Uint8Array(100)),
      chunkOf(
        cookie,
        0x8002,
        false,
        uint32(5),
        Uint8Array.of(0, 4),
        new TextEncoder().encode("di\u0007e"),
        uint64(3n),
      ),
      chunkOf(cookie, 0, true),
    ],
    message: /Cannot read 512 bytes at offset 0 from "nbd:\/\/host\/": input\/output error \(di\?e\)/,
  },
  {
    title: "bytes that are no reply",
    answer: () => [new Uint8Array(40).fill(0x20)],
    message: /bytes that are no reply/,
  },
];

for (const { title, answer, message } of WRONG) {
  test(`a server that sends ${title}`, async (t) => {
    const server = new MemoryServer({
      bytes: VOLUME,
      answer: (request) => (request.command === read.command ? answer!(request) : undefined),
    });
    const source = await openNbdSource(server.connect, URL_TEXT);
    await t.throwsAsync(source.readInto(new Uint8Array(512), 0), { instanceOf: StorageError, message });
    await source.close();
  });
}

test("a server that fails one read goes on with the next", async (t) => {
  let count = 0;
  const answer: ServerOptions["answer"] = ({ command, cookie }) =>
    command === 0 && count++ === 0
      ? [chunkOf(cookie, 0x8001, true, uint32(5), Uint8Array.of(0, 0))]
      : undefined;
  const source = await openNbdSource(new MemoryServer({ bytes: VOLUME, answer }).connect, URL_TEXT);
  const buffer = new Uint8Array(100);
  await t.throwsAsync(source.readInto(buffer, 0), { message: /input\/output error/ });
  await source.readInto(buffer, 0);
  t.deepEqual(buffer, VOLUME.slice(0, 100));
  await source.close();
});

test("a source that is closed ends the reads under way", async (t) => {
  const answer: ServerOptions["answer"] = ({ command }) => (command === 0 ? [] : undefined);
  const source = await openNbdSource(new MemoryServer({ bytes: VOLUME, answer }).connect, URL_TEXT);
  const reading = t.throwsAsync(source.readInto(new Uint8Array(100), 0), {
    message: /the connection was closed/,
  });
  await source.close();
  await reading;
  await t.throwsAsync(source.readInto(new Uint8Array(100), 0), { message: /the connection was closed/ });
});

test("exports that cannot be used are refused", async (t) => {
  const open = (options: Partial<ServerOptions>, url = URL_TEXT) =>
    openNbdTarget(new MemoryServer({ bytes: new Uint8Array(1024), ...options }).connect, url, { size: 1024 });
  await t.throwsAsync(open({}, "nbd://host/other"), {
    instanceOf: NotFoundError,
    message: 'Cannot open "nbd://host/other": it has no export named "other" (no?such export)',
  });
  await t.throwsAsync(open({ flags: EXPORT_FLAG.readOnly }), {
    instanceOf: UsageError,
    message: /read-only/,
  });
  await t.throwsAsync(open({ bytes: new Uint8Array(512) }), {
    instanceOf: UsageError,
    message: /room for 512/,
  });
  await t.throwsAsync(open({ blockSizes: [3, 3, 3] }), { message: /its block sizes are 3 to 3 bytes/ });
  await t.throwsAsync(open({ blockSizes: [4096, 4096, 512] }), {
    message: /its block sizes are 4096 to 512/,
  });
  await t.throwsAsync(open({ bytes: new Uint8Array(1500), blockSizes: [1024, 1024, 4096] }), {
    message: /no multiple of its block size/,
  });
  const empty = new MemoryServer({ bytes: new Uint8Array(0) });
  await t.throwsAsync(openNbdSource(empty.connect, URL_TEXT), {
    instanceOf: UsageError,
    message: /it is empty/,
  });
});

test("a target is taken for zero only if the server says so of all its bytes", async (t) => {
  const isZeroed = async (options: ServerOptions): Promise<boolean> => {
    const target = await openNbdTarget(new MemoryServer(options).connect, URL_TEXT, { size: 1024 });
    await target.close();
    return target.isZeroed;
  };
  const last = new Uint8Array(4096);
  last[4095] = 1;
  t.true(await isZeroed({ bytes: new Uint8Array(4096) }));
  t.false(await isZeroed({ bytes: last }));
  t.false(await isZeroed({ bytes: new Uint8Array(4096), isStructured: false }));
});
