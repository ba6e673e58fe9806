/** Swift's uploads, over a server that answers when the test lets it. */
import test from "ava";
import { nodeClock } from "../../../src/node/clock.js";
import { nodeHashes } from "../../../src/node/digests/hashes.js";
import type { HttpClient, HttpRequest, HttpResponse } from "../../../src/ports.js";
import { SwiftSink } from "../../../src/sinks/swift/sink.js";
import { patternBytes } from "../../../src/testing/objects.js";

const PART_SIZE = 65_536;

/** Stores nothing; answers each PUT once `release` was called for it. */
class GatedSwift implements HttpClient {
  readonly puts: string[] = [];
  readonly #gates: (() => void)[] = [];

  async send({ method, url, headers = {}, body: sent }: HttpRequest): Promise<HttpResponse> {
    if (method === "PUT") {
      this.puts.push(new URL(url).pathname.replace(/[0-9a-f]{16}/, "ID") + new URL(url).search);
      await new Promise<void>((resolve) => this.#gates.push(resolve));
    }
    const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
    const etag = headers.etag ?? tagOf(sent);
    return { status: 201, headers: etag === undefined ? {} : { etag }, body };
  }

  release(): void {
    this.#gates.shift()?.();
  }

  async close(): Promise<void> {}
}

/** The tag of a static large object, of whose manifest the body is. */
function tagOf(body: HttpRequest["body"]): string | undefined {
  if (!(body instanceof Uint8Array)) return undefined;
  const rows = JSON.parse(new TextDecoder().decode(body)) as { readonly etag: string }[];
  const md5 = nodeHashes.md5();
  md5.update(new TextEncoder().encode(rows.map(({ etag }) => etag).join("")));
  return md5.hex();
}

test("a segment is on its way while the next one is filled", async (t) => {
  const http = new GatedSwift();
  const sink = new SwiftSink({
    ...{ http, clock: nodeClock, hashes: nodeHashes, partSize: PART_SIZE },
    auth: { secrets: [], begin: async () => ({ token: "t", storageUrl: "http://swift/v1/AUTH_a" }) },
  });
  const writer = await sink.create("c", "a");
  await writer.write(patternBytes(2 * PART_SIZE, 1));
  t.deepEqual(
    http.puts,
    ["/v1/AUTH_a/c/.ashlar-segments/a/ID/00000001"],
    "the first is sent, and not waited for",
  );
  const third = writer.write(patternBytes(1, 2));
  http.release();
  await third;
  t.is(http.puts.length, 2, "the second follows once the first has arrived");
  http.release();
  const closed = writer.close();
  for (let i = 0; i < 2; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    http.release();
  }
  await closed;
  t.deepEqual(http.puts.slice(2), [
    "/v1/AUTH_a/c/.ashlar-segments/a/ID/00000003",
    "/v1/AUTH_a/c/a?multipart-manifest=put",
  ]);
});
