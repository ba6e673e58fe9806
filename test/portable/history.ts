/** The signed history on every runtime: a key in PEM, signatures, entries in a store, and a root. */
import { toHex } from "../../src/bytes.js";
import { isSigned, openSigner } from "../../src/history/keys.js";
import { HistoryLog } from "../../src/history/log.js";
import { MerkleRoot } from "../../src/history/merkle.js";
import { sha256Of } from "../../src/history/table.js";
import { Secret } from "../../src/options/secret.js";
import type { Runtime } from "../../src/pipeline/run/runtime.js";
import { MemorySink } from "../../src/sinks/memory/sink.js";
import type { PortableTest } from "./assertions.js";

/** The private key of the vectors of docs/history.md: the bytes 00 to 1f. */
const PEM =
  "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n-----END PRIVATE KEY-----\n";

export function historyTests(test: PortableTest, { hashes }: Runtime): void {
  test("history: entries are signed, chained and read back, and a signature is of one text", async (t) => {
    const signer = await openSigner(new Secret(PEM), "history.pem");
    t.is(signer.publicKey, "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8");
    const signature = await signer.sign("text");
    const { publicKey } = signer;
    t.true(await isSigned("text", { publicKey, signature }));
    t.false(await isSigned("texts", { publicKey, signature }));
    const sink = new MemorySink();
    const log = new HistoryLog(sink, { container: "box", hashes, keys: [publicKey] });
    const onOther = async (): Promise<void> => undefined;
    for (const id of ["a", "b", "c"])
      await log.append(
        { event: "removed", backup_id: id },
        { head: undefined, signer, now: new Date(0), onOther },
      );
    const found: string[] = [];
    for await (const { entry } of log.after(undefined)) found.push(`${entry.number} ${entry.backup_id}`);
    t.is(found.join(), "1 a,2 b,3 c");
  });

  test("history: the root of a digest table is that of the vectors", async (t) => {
    const sha256 = sha256Of(hashes);
    const tree = new MerkleRoot(sha256);
    const leaf = new Uint8Array(64 * 32);
    for (let i = 0; i < 65; i++) leaf.set(sha256(Uint8Array.of(i)), (i % 64) * 32);
    const last = leaf.slice(0, 32);
    for (let i = 0; i < 64; i++) leaf.set(sha256(Uint8Array.of(i)), i * 32);
    tree.append(leaf);
    tree.append(last);
    t.is(toHex(tree.root()), "334ce85ca33cd0ede6581c2c082068c049d7b1f0146fc6e4b9d20a7897fd3f73");
  });
}
