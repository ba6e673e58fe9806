/** The check of encoded objects, asked for by the settings, by one request, and by a consolidation. */
import * as fs from "node:fs/promises";
import test from "ava";
import type { Codec, PieceEncoder } from "../../../src/codecs/codec.js";
import { IntegrityError } from "../../../src/errors.js";
import { nodeRuntime } from "../../../src/node/runtime.js";
import { patched, prose } from "../../pipeline/volume-bytes.js";
import { rowsOf, start, VOLUME_SIZE } from "../fixture.js";

const { codecs } = await nodeRuntime("native");

/** zlib that loses its checksum. */
function faulty(zlib: Codec): Codec {
  const encoder: PieceEncoder = {
    kind: "pieces",
    start(length) {
      const object = (zlib.encoder(true) as PieceEncoder).start(length);
      return {
        encode: (piece, isZero) => object.encode(piece, isZero),
        finish: async () => new Uint8Array((await object.finish()).length),
        release: () => {},
        abandon: () => object.abandon(),
      };
    },
  };
  return { id: "zlib", memory: zlib.memory, encoder: () => encoder, decoder: (max) => zlib.decoder(max) };
}

const WRONG = new Map([...codecs, ["zlib", faulty(codecs.get("zlib")!)] as const]);

test("settings, requests and consolidations check what was encoded, and a fault leaves nothing", async (t) => {
  const { world, path } = await start(t);
  const bytes = prose(VOLUME_SIZE);
  await fs.writeFile(path, bytes);
  const request = { volume: "disk" };
  const unchecked = await world.open({ codecs: WRONG });
  const checked = await world.open({ codecs: WRONG, settings: { checkEncoded: true } });
  await t.throwsAsync(world.backup(checked, request), { instanceOf: IntegrityError });
  await t.throwsAsync(world.backup(unchecked, { ...request, checkEncoded: true }), {
    message: /^Cannot store object: its zlib data is not what was encoded: /,
  });
  t.deepEqual(await world.stored(), []);
  t.deepEqual((await rowsOf(world)).backups, ["null error", "null error"]);
  await world.backup(checked, { ...request, checkEncoded: false });
  t.true((await world.stored()).length > 0, "the fault itself is not noticed");

  const right = await world.open();
  await world.backup(right, { ...request, name: "full" });
  await fs.writeFile(path, patched(bytes, 5000, prose(9000, 4)));
  await world.backup(right, { ...request, name: "second", incremental: true });
  const stored = await world.stored();
  await t.throwsAsync(checked.consolidateBackup({ backup: "second" }), { instanceOf: IntegrityError });
  t.deepEqual(await world.stored(), stored);
  t.is((await right.verifyBackup({ backup: "second" })).chainLength, 2);
});
