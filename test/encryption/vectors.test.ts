/** The values in docs/encryption.md are those of the code. */
import { readFile } from "node:fs/promises";
import test from "ava";
import { toHex, toUtf8 } from "../../src/bytes.js";
import { printHeader } from "../../src/encryption/layout.js";
import { RepositoryKey } from "../../src/encryption/repository-key.js";

const document = await readFile(new URL("../../../docs/encryption.md", import.meta.url), "utf8");
const ascending = (first: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length: 32 }, (_, i) => first + i);

/** The value in the row of that name in the table of vectors. */
function vectorOf(row: string): string {
  const vectors = document.slice(document.indexOf("## 5. Test vectors"));
  const line = vectors.split("\n").find((each) => each.startsWith(`| ${row} |`));
  return /`([0-9a-f]+)` \|$/.exec(line ?? "")?.[1] ?? `no row "${row}"`;
}

test("the test vectors of the document", async (t) => {
  const key = await RepositoryKey.from(ascending(0));
  t.is(key.id, vectorOf("key ID"));
  const header = printHeader(key.id, ascending(0x20));
  t.is(toHex(header.bytes), vectorOf("header"));
  const cipher = await key.cipherOf("volume_1-00001", header);
  const rows = [
    ["segment 0, last, of no bytes", "", 0, true],
    ["segment 0, last, of `ashlar`", "ashlar", 0, true],
    ["segment 0, not last, of `ashlar`", "ashlar", 0, false],
    ["segment 1, last, of `ashlar`", "ashlar", 1, true],
  ] as const;
  for (const [row, text, index, isLast] of rows) {
    const sealed = await cipher.seal(toUtf8(text), index, isLast);
    t.is(toHex(sealed), vectorOf(row), row);
    t.deepEqual(await cipher.open(sealed, index, isLast), toUtf8(text));
    t.is(await cipher.open(sealed, index + 1, isLast), undefined);
    t.is(await cipher.open(sealed, index, !isLast), undefined);
  }
});
