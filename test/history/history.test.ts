/** The signed history by itself: the vectors of its document, trees of every shape, and keys. */
import { readFile } from "node:fs/promises";
import test from "ava";
import { bytesEqual, toHex, toUtf8 } from "../../src/bytes.js";
import { IntegrityError, UsageError } from "../../src/errors.js";
import { openEntry, printEntry, signEntry } from "../../src/history/entry.js";
import { isSigned, openSigner } from "../../src/history/keys.js";
import { HistoryLog } from "../../src/history/log.js";
import { leafHash, MerkleRoot, merklePath, rootOfPath } from "../../src/history/merkle.js";
import { sha256Of } from "../../src/history/table.js";
import { nodeHashes } from "../../src/node/digests/hashes.js";
import { Secret } from "../../src/options/secret.js";
import { MemorySink } from "../../src/sinks/memory/sink.js";

const document = await readFile(new URL("../../../docs/history.md", import.meta.url), "utf8");
const sha256 = sha256Of(nodeHashes);
const DIGESTS: Uint8Array = Buffer.concat(Array.from({ length: 200 }, (_, i) => sha256(Uint8Array.of(i))));
const LEAF = 64 * 32;

function vectorOf(row: string): string {
  const line = document.split("\n").find((each) => each.startsWith(`| ${row} |`));
  return /`([0-9a-f]+)` \|$/.exec(line ?? "")?.[1] ?? `no row "${row}"`;
}

function leavesOf(count: number): Uint8Array[] {
  const leaves: Uint8Array[] = [];
  for (let at = 0; at < 32 * count; at += LEAF)
    leaves.push(DIGESTS.subarray(at, Math.min(at + LEAF, 32 * count)));
  return leaves;
}

function rootOf(leaves: readonly Uint8Array[]): Uint8Array {
  const tree = new MerkleRoot(sha256);
  for (const leaf of leaves) tree.append(leaf);
  return tree.root();
}

function pem(der: Uint8Array): Secret {
  return new Secret(
    `-----BEGIN PRIVATE KEY-----\n${Buffer.from(der).toString("base64")}\n-----END PRIVATE KEY-----\n`,
  );
}

const HEAD = Buffer.from("302e020100300506032b657004220420", "hex");
const ascending = Buffer.from(Array.from({ length: 32 }, (_, i) => i));

test("the test vectors of the document", async (t) => {
  const signer = await openSigner(pem(Buffer.concat([HEAD, ascending])), "x.pem");
  t.is(signer.publicKey, vectorOf("public key"));
  for (const count of [0, 1, 64, 65, 200])
    t.is(toHex(rootOf(leavesOf(count))), vectorOf(`root of ${count} digests`));
  const hashes = leavesOf(200).map((leaf) => leafHash(sha256, leaf));
  const [first, second] = merklePath(sha256, hashes, 2).map(toHex);
  t.is(first, vectorOf("path of leaf 2 of 200 digests, first"));
  t.is(second, vectorOf("path of leaf 2 of 200 digests, second"));
  const [, line = "", signed = ""] = /```\n(\{"version".*\})\n([0-9a-f]{64} [0-9a-f]{128})\n```/.exec(
    document,
  )!;
  const { entry } = await openEntry(toUtf8(`${line}\n${signed}\n`), "e", [signer.publicKey]);
  const { history, number, previous, at, event, backup_id } = entry;
  t.is(printEntry({ history, number, previous, at }, { event: "removed", backup_id }), String(line));
  t.is(event, "removed");
  t.deepEqual(await signEntry(line, signer), toUtf8(`${line}\n${signed}\n`));
  t.true(document.includes(`\`${toHex(sha256(toUtf8(line)))}\``));
});

test("every leaf of trees of every shape is proven by its path, and by no other", (t) => {
  for (let count = 1; count <= 33; count++) {
    const leaves = Array.from({ length: count }, (_, i) =>
      leafHash(sha256, DIGESTS.subarray(32 * i, 32 * i + 32)),
    );
    const root = rootOf(Array.from({ length: count }, (_, i) => DIGESTS.subarray(32 * i, 32 * i + 32)));
    for (let index = 0; index < count; index++) {
      const path = merklePath(sha256, leaves, index);
      const leadsTo = (
        given: { path?: Uint8Array[]; index?: number; count?: number },
        leaf = leaves[index]!,
      ) => {
        const found = rootOfPath(sha256, leaf, { path, index, count, ...given });
        return found !== undefined && bytesEqual(found, root);
      };
      t.true(leadsTo({}), `${index} of ${count}`);
      t.false(leadsTo({}, DIGESTS.subarray(32 * index, 32 * index + 32)));
      t.false(leadsTo({ path: [...path, root] }));
      t.false(leadsTo({ path: path.slice(1) }) && path.length > 0);
      t.false(leadsTo({ index: count }));
      t.false(leadsTo({ index: index ^ 1 }) && count > 1);
    }
  }
});

test("only an Ed25519 private key signs, and no message quotes the file", async (t) => {
  const wrong = [
    new Secret("hunter2"),
    pem(ascending),
    pem(Buffer.concat([HEAD, ascending, ascending])),
    new Secret("-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----"),
  ];
  for (const secret of wrong) {
    const error = await t.throwsAsync(openSigner(secret, "x.pem"), {
      instanceOf: UsageError,
      message: /^Cannot use history identity "x.pem": want an Ed25519 private key in PEM/,
    });
    t.false(error.message.includes(secret.reveal()));
  }
  const { publicKey, sign } = await openSigner(pem(Buffer.concat([HEAD, ascending])), "x.pem");
  const signature = await sign("text");
  t.true(await isSigned("text", { publicKey, signature }));
  t.false(await isSigned("texT", { publicKey, signature }));
  t.false(await isSigned("text", { publicKey: "f".repeat(64), signature }));
  t.false(await isSigned("text", { publicKey, signature: signature.slice(2) }));
});

test("entries of unknown keys, of wrong forms and of wrong places are refused", async (t) => {
  const signer = await openSigner(pem(Buffer.concat([HEAD, ascending])), "x.pem");
  const other = await openSigner(pem(Buffer.concat([HEAD, ascending.toReversed()])), "y.pem");
  const keys = [signer.publicKey];
  const log = (sink: MemorySink): HistoryLog =>
    new HistoryLog(sink, { container: "box", hashes: nodeHashes, keys });
  const sink = new MemorySink({ naming: "flat" });
  const now = new Date(0);
  const onOther = async (): Promise<void> => undefined;
  const event = { event: "removed", backup_id: "b" } as const;
  const first = await log(sink).append(event, { head: undefined, signer, now, onOther });
  t.is(first.entry.number, 1);
  const position = { history: first.entry.history, number: 2, previous: first.hash, at: now.toISOString() };
  const entries: readonly (readonly [RegExp, string])[] = [
    [/it is entry 3$/, printEntry({ ...position, number: 3 }, event)],
    [/it does not follow the entry before it/, printEntry({ ...position, previous: null }, event)],
    [/it is of another history/, printEntry({ ...position, history: "0".repeat(32) }, event)],
    [/it is no entry of version 1.0.0/, '{"version":"1.0.0"}'],
    [/it is no entry of version 1.0.0/, printEntry({ ...position, history: "x" }, event)],
    [/it is not JSON/, "{"],
  ];
  for (const [state, line] of entries) {
    const place = new MemorySink({ naming: "flat" });
    await log(place).append(event, { head: undefined, signer, now: new Date(1), onOther });
    const name = log(place).nameOf(2);
    const writer = await place.create("box", name);
    await writer.write(await signEntry(line, signer));
    await writer.close();
    const head = { history: first.entry.history, number: 1, hash: first.hash };
    await t.throwsAsync(log(place).after(head).next(), {
      instanceOf: IntegrityError,
      message: new RegExp(`^Cannot trust history: ${state.source.replace("$", "")}`),
    });
  }
  await t.throwsAsync(openEntry(await signEntry("{}", other), "e", keys), {
    message: /not among history_key/,
  });
});
