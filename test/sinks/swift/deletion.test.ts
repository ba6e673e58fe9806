/** How many requests it takes to delete objects of Swift, with the `bulk` middleware and without. */
import test from "ava";
import { nodeHashes } from "../../../src/node/digests/hashes.js";
import { SwiftSink } from "../../../src/sinks/swift/sink.js";
import { type Answer, FakeClient, fakeTime } from "../http/fake-client.js";

function sinkOn(answers: readonly Answer[]): { sink: SwiftSink; client: FakeClient } {
  const client = new FakeClient(answers);
  const auth = { secrets: [], begin: async () => ({ token: "t", storageUrl: "http://swift/v1/AUTH_a" }) };
  const sink = new SwiftSink({ http: client, clock: fakeTime().clock, hashes: nodeHashes, auth });
  return { sink, client };
}

const INFO: Answer = { status: 200, body: `{"bulk_delete":{"max_deletes_per_request":10000}}` };
const NO_SEGMENTS: Answer = { status: 200, body: "[]" };
const GONE: Answer = { status: 204 };
const done = (deleted: number, missing = 0): Answer => ({
  status: 200,
  body: `  \n{"Number Deleted":${deleted},"Number Not Found":${missing},"Response Status":"200 OK","Errors":[]}`,
});
const shown = ({ requests }: FakeClient): string[] =>
  requests.map(({ method, url }) => `${method} ${new URL(url).pathname}`);

test("1000 objects take two bulk requests, and the segments one list", async (t) => {
  const names = Array.from({ length: 1000 }, (_, i) => `volume_1/a b-${i}`);
  const { sink, client } = sinkOn([INFO, done(500), done(499, 1), NO_SEGMENTS]);
  await sink.removeAll("c", names);
  t.deepEqual(shown(client), ["GET /info", "POST /v1/AUTH_a", "POST /v1/AUTH_a", "GET /v1/AUTH_a/c"]);
  t.true(client.bodies[1]!.startsWith("/c/volume_1/a%20b-0\n/c/volume_1/a%20b-1\n"));
  t.is(new URL(client.requests[3]!.url).searchParams.get("prefix"), ".ashlar-segments/volume_1/a b-");
});

test("without the middleware, and where its answer leaves something open, each object is deleted", async (t) => {
  const singles = ["DELETE /v1/AUTH_a/c/a", "DELETE /v1/AUTH_a/c/b", "GET /v1/AUTH_a/c"];
  const hidden = sinkOn([{ status: 404 }, GONE, GONE, NO_SEGMENTS]);
  await hidden.sink.removeAll("c", ["a", "b"]);
  t.deepEqual(shown(hidden.client), ["GET /info", ...singles]);

  const doubtful: readonly Answer[] = [
    done(1),
    { status: 200, body: `{"Number Deleted":2,"Number Not Found":0,"Response Status":"401 Unauthorized"}` },
    { status: 204 },
    { status: 200, body: "<html>" },
    { status: 501 },
  ];
  for (const answer of doubtful) {
    const { sink, client } = sinkOn([INFO, answer, GONE, GONE, NO_SEGMENTS]);
    await sink.removeAll("c", ["a", "b"]);
    t.deepEqual(shown(client), ["GET /info", "POST /v1/AUTH_a", ...singles]);
  }
});
