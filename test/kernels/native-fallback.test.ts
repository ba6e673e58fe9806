import crypto from "node:crypto";
import test from "ava";
import { noise } from "../pipeline/volume-bytes.js";
import { digest, referenceDigest } from "./engines.js";

test("without crypto.hash, as on runtimes that only resemble Node, createHash gives the same digests", async (t) => {
  t.true(Reflect.deleteProperty(crypto, "hash"));
  // A query makes it another module, one that was evaluated after the function had gone.
  const url = new URL("../../src/node/digests/native.js?without-hash", import.meta.url);
  const { nativeDigest } = (await import(url.href)) as typeof import("../../src/node/digests/native.js");
  const window = noise(10_000);
  window.fill(0, 2048, 4096);
  t.deepEqual(digest(nativeDigest(), window, 1024), referenceDigest(window, 1024));
});
