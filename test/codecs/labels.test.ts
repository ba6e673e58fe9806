import test from "ava";
import { codecIdOf, parseCodecId } from "../../src/codecs/labels.js";
import { UsageError } from "../../src/errors.js";

test("every label that the reference system may have recorded stands for a codec", (t) => {
  for (const [label, id] of [
    ["none", "none"],
    ["off", "none"],
    ["no", "none"],
    ["zlib", "zlib"],
    ["gzip", "zlib"],
    ["bz2", "bz2"],
    ["bzip2", "bz2"],
    ["zstd", "zstd"],
  ] as const) {
    for (const spelled of [label, label.toUpperCase(), label.charAt(0).toUpperCase() + label.slice(1)]) {
      t.is(codecIdOf(spelled), id);
      t.is(parseCodecId(spelled), id);
    }
  }
});

test("other labels stand for none", (t) => {
  for (const label of ["", "lz4", " zlib", "toString", "__proto__"]) {
    t.is(codecIdOf(label), undefined);
    t.throws(() => parseCodecId(label), {
      instanceOf: UsageError,
      message: `Cannot use compression algorithm "${label}": want one of none, off, no, zlib, gzip, bz2, bzip2, zstd`,
    });
  }
});
