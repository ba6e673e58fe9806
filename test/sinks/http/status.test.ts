import test from "ava";
import { NotFoundError, StorageError } from "../../../src/errors.js";
import { withoutSecrets } from "../../../src/options/secret.js";
import { shownUrl } from "../../../src/sinks/http/redact.js";
import { retryAfterMs } from "../../../src/sinks/http/retry-after.js";
import { expectDone, HttpStatusError, statusError } from "../../../src/sinks/http/status.js";
import { type Answer, FakeClient } from "./fake-client.js";

const context = { what: 'put object "a"', call: "put", now: new Date(Date.UTC(2026, 0, 1)) };

async function responseOf(answer: Answer) {
  return await new FakeClient([answer]).send({ method: "GET", url: "http://host/" });
}

test("what may pass is temporary, and nothing else", async (t) => {
  for (const status of [408, 429, 498, 500, 502, 503, 504]) {
    const error = await statusError(await responseOf({ status }), context);
    t.is(error.status, "temporary", String(status));
  }
  for (const status of [301, 400, 401, 403, 405, 409, 411, 412, 413, 416, 422, 501, 507]) {
    const error = await statusError(await responseOf({ status }), context);
    t.is(error.status, "permanent", String(status));
    t.true(error instanceof HttpStatusError);
    t.is((error as HttpStatusError).httpStatus, status);
  }
  const missing = await statusError(await responseOf({ status: 404 }), context);
  t.true(missing instanceof NotFoundError);
  t.true((missing.cause as HttpStatusError).httpStatus === 404);
});

test("a message is one line with the reason, without markup, escapes and secrets", async (t) => {
  const body = "<html><h1>Bad\n\nGateway</h1>\u001b[31m token s3cr3t</html>";
  const error = await statusError(await responseOf({ status: 502, body }), {
    ...context,
    secrets: ["s3cr3t", ""],
  });
  t.is(error.message, 'Cannot put object "a": the server answered 502, Bad Gateway [31m token ***');
  const reasoned = await statusError(await responseOf({ status: 400, body: "<Code>X</Code>" }), {
    ...context,
    reasonOf: () => "the clocks differ",
  });
  t.regex(reasoned.message, /answered 400, the clocks differ$/);
  const long = await statusError(await responseOf({ status: 400, body: "x".repeat(100_000) }), context);
  t.true(long.message.length < 400);
});

test("success passes, and what the caller expects does", async (t) => {
  await expectDone(await responseOf({ status: 204 }), context);
  await expectDone(await responseOf({ status: 404 }), context, [404]);
  await t.throwsAsync(expectDone(await responseOf({ status: 304 }), context), { instanceOf: StorageError });
});

test("Retry-After is seconds or a date", (t) => {
  const now = new Date(Date.UTC(2026, 0, 1));
  t.is(retryAfterMs({ "retry-after": "7" }, now), 7000);
  t.is(retryAfterMs({ "retry-after": "Thu, 01 Jan 2026 00:00:30 GMT" }, now), 30_000);
  t.is(retryAfterMs({ "retry-after": "Wed, 31 Dec 2025 00:00:30 GMT" }, now), 0);
  t.is(retryAfterMs({ "retry-after": "soon" }, now), undefined);
  t.is(retryAfterMs({}, now), undefined);
});

test("a URL is shown without what may be secret in it", (t) => {
  t.is(shownUrl("https://user:secret@host:8080/v1/a%20b?sig=secret#secret"), "https://host:8080/v1/a%20b");
  t.is(shownUrl("not a url//user:secret@x?secret"), "not a url//x");
  t.is(withoutSecrets("a secret and a secret", ["secret"]), "a *** and a ***");
});
