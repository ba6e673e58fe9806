/** The contract of `HttpClient` (`src/ports.ts`) as tests, for every client. */
import { createHash } from "node:crypto";
import type { ExecutionContext, TestFn } from "ava";
import { StorageError } from "../../../src/errors.js";
import type { HttpClient, HttpResponse } from "../../../src/ports.js";
import { drain, readText } from "../../../src/sinks/http/body.js";
import { patternBytes } from "../../../src/testing/objects.js";
import { startEchoServer } from "./echo-server.js";

interface Echo {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly size: number;
  readonly md5: string;
}

export function clientContract(
  test: TestFn,
  name: string,
  makeClient: (t: ExecutionContext) => HttpClient,
): void {
  requestContract(test, name, makeClient);
  bodyContract(test, name, makeClient);
  failureContract(test, name, makeClient);
}

type Part = (test: TestFn, name: string, makeClient: (t: ExecutionContext) => HttpClient) => void;

const requestContract: Part = (test, name, makeClient) => {
  test(`${name}: method, query and headers go as they are, and any status is a response`, async (t) => {
    const { url } = await startEchoServer(t);
    const client = makeClient(t);
    for (const method of ["GET", "PUT", "POST", "DELETE"] as const) {
      const sent = { method, url: `${url}/echo?prefix=a%2Fb%20c&x=%C3%BC`, headers: { "x-auth-token": "t" } };
      const response = await client.send(sent);
      t.is(response.headers["x-several"], "a, b");
      const echo = await echoOf(response);
      t.is(echo.method, method);
      t.is(echo.url, "/echo?prefix=a%2Fb%20c&x=%C3%BC");
      t.is(echo.headers["x-auth-token"], "t");
      t.is(echo.size, 0);
      if (method === "PUT" || method === "POST") t.is(echo.headers["content-length"], "0");
    }
    const head = await client.send({ method: "HEAD", url: `${url}/none` });
    t.is(head.status, 404);
    t.is(await readText(head.body, 100), "");
    const redirect = await client.send({ method: "GET", url: `${url}/redirect` });
    t.is(redirect.status, 302);
    t.is(redirect.headers.location, "/echo");
    await drain(redirect.body);
    await client.close();
  });

  test(`${name}: a body is not decoded`, async (t) => {
    const { url } = await startEchoServer(t);
    const client = makeClient(t);
    const echo = await echoOf(await client.send({ method: "GET", url: `${url}/echo` }));
    t.regex(echo.headers["accept-encoding"] ?? "identity", /^identity$/);
    await client.close();
  });

  test(`${name}: connections are used again`, async (t) => {
    const { url, connectionCount } = await startEchoServer(t);
    const client = makeClient(t);
    for (let i = 0; i < 20; i++) {
      const body = i % 2 === 0 ? patternBytes(1000, i) : piecesOf([patternBytes(1000, i)]);
      await echoOf(await client.send({ method: "PUT", url: `${url}/echo`, body }));
    }
    // A busy machine may find the first one not yet free for the second call.
    t.true(connectionCount() <= 3, `${connectionCount()} connections for 20 calls`);
    await client.close();
  });
};

const bodyContract: Part = (test, name, makeClient) => {
  test(`${name}: bytes go with their length, pieces in chunks or with the length that is said`, async (t) => {
    const { url } = await startEchoServer(t);
    const client = makeClient(t);
    const bytes = patternBytes(3_000_001, 1);
    const whole = await echoOf(await client.send({ method: "PUT", url: `${url}/echo`, body: bytes }));
    t.deepEqual([whole.size, whole.md5], [bytes.length, md5Of(bytes)]);
    t.is(whole.headers["content-length"], "3000001");
    const pieces = [
      bytes.subarray(0, 1),
      bytes.subarray(1, 1),
      bytes.subarray(1, 70_000),
      bytes.subarray(70_000),
    ];
    const chunked = await echoOf(
      await client.send({ method: "PUT", url: `${url}/echo`, body: piecesOf(pieces) }),
    );
    t.is(chunked.md5, md5Of(bytes));
    t.is(chunked.headers["transfer-encoding"], "chunked");
    const headers = { "content-length": "3000001" };
    const known = await echoOf(
      await client.send({ method: "PUT", url: `${url}/echo`, body: piecesOf(pieces), headers }),
    );
    t.is(known.md5, md5Of(bytes));
    t.is(known.headers["content-length"], "3000001");
    await client.close();
  });

  test(`${name}: a piece may be reused once the next is asked for`, async (t) => {
    const { url } = await startEchoServer(t);
    const client = makeClient(t);
    for (const size of [1000, 65_536, 65_537, 1_000_000]) {
      const count = Math.ceil(8_000_000 / size);
      const expected = createHash("md5");
      const shared = new Uint8Array(new SharedArrayBuffer(size));
      async function* body(): AsyncGenerator<Uint8Array> {
        for (let i = 0; i < count; i++) {
          shared.set(patternBytes(size, i));
          expected.update(shared);
          yield shared;
          shared.fill(0xee);
        }
      }
      const echo = await echoOf(await client.send({ method: "PUT", url: `${url}/echo`, body: body() }));
      t.deepEqual([echo.size, echo.md5], [size * count, expected.digest("hex")], `pieces of ${size}`);
    }
    await client.close();
  });

  test(`${name}: no more of a body is taken than is sent, and no more read than is asked for`, async (t) => {
    const { url, slowlyRead } = await startEchoServer(t);
    const client = makeClient(t);
    let taken = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (; taken < 1e9; taken += 1_048_576) yield new Uint8Array(1_048_576);
    }
    const controller = new AbortController();
    const sending = client.send({
      method: "PUT",
      url: `${url}/slow`,
      body: endless(),
      signal: controller.signal,
    });
    sending.catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 700));
    t.true(taken < 64 * 1_048_576, `${taken} bytes were taken, ${slowlyRead()} read`);
    const reason = new Error("enough");
    controller.abort(reason);
    t.is(await t.throwsAsync(sending), reason);

    const { body } = await client.send({ method: "GET", url: `${url}/large` });
    await body.cancel();
    const { body: second } = await client.send({ method: "GET", url: `${url}/large` });
    let size = 0;
    for await (const piece of second) size += piece.length;
    t.is(size, 64 * 1_048_576);
    await client.close();
  });
};

const failureContract: Part = (test, name, makeClient) => {
  test(`${name}: what goes wrong on the connection is temporary, and says no secret`, async (t) => {
    const { url } = await startEchoServer(t);
    const client = makeClient(t);
    const temporary = { instanceOf: StorageError, message: /^Cannot (GET|PUT) http:\/\/[^?]*: [^?]*$/ };
    const failures = [
      { method: "GET", url: `${url}/reset?signature=secret` },
      { method: "PUT", url: `${url}/reset?signature=secret`, body: patternBytes(5_000_000, 1) },
      { method: "GET", url: "http://127.0.0.1:1/none?signature=secret" },
    ] as const;
    for (const request of failures) {
      const error = await t.throwsAsync(client.send(request), temporary);
      t.is((error as StorageError).status, "temporary");
      t.notRegex(error!.message, /secret/);
    }
    const { body } = await client.send({ method: "GET", url: `${url}/cut` });
    const error = await t.throwsAsync(readText(body, 10_000), temporary);
    t.is((error as StorageError).status, "temporary");
    await client.close();
  });

  test(`${name}: what the body's source throws is what the call rejects with, as its cause at least`, async (t) => {
    const { url } = await startEchoServer(t);
    const client = makeClient(t);
    const broken = new Error("the disk is gone");
    async function* body(): AsyncGenerator<Uint8Array> {
      yield patternBytes(100_000, 1);
      throw broken;
    }
    const error = await t.throwsAsync(client.send({ method: "PUT", url: `${url}/echo`, body: body() }));
    t.true(error === broken || causes(error).includes(broken), String(error));
    await client.close();
  });

  test(`${name}: an answer before the body is sent is a response`, async (t) => {
    const { url } = await startEchoServer(t);
    const client = makeClient(t);
    const controller = new AbortController();
    async function* body(): AsyncGenerator<Uint8Array> {
      yield patternBytes(1000, 1);
      await new Promise((resolve) => controller.signal.addEventListener("abort", resolve));
    }
    const response = await client.send({ method: "PUT", url: `${url}/early`, body: body() });
    t.is(response.status, 401);
    controller.abort();
    await drain(response.body);
    await client.close();
  });

  test(`${name}: a signal ends the call, whatever it waits for`, async (t) => {
    const { url } = await startEchoServer(t);
    const client = makeClient(t);
    const reason = new Error("the run is over");
    const request = { method: "GET", url: `${url}/hang` } as const;
    t.is(await t.throwsAsync(client.send({ ...request, signal: AbortSignal.abort(reason) })), reason);
    const waiting = new AbortController();
    const hanging = client.send({ ...request, signal: waiting.signal });
    setTimeout(() => waiting.abort(reason), 50);
    t.is(await t.throwsAsync(hanging), reason);

    const reading = new AbortController();
    const { body } = await client.send({ method: "GET", url: `${url}/large`, signal: reading.signal });
    const reader = body.getReader();
    await reader.read();
    reading.abort(reason);
    const rest = (async () => {
      while (!(await reader.read()).done);
    })();
    t.is(await t.throwsAsync(rest), reason);
    await client.close();
  });
};

async function echoOf(response: HttpResponse): Promise<Echo> {
  return JSON.parse(await readText(response.body, 1_000_000)) as Echo;
}

async function* piecesOf(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

function md5Of(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}

function causes(error: unknown): unknown[] {
  return error instanceof Error && error.cause !== undefined ? [error.cause, ...causes(error.cause)] : [];
}
