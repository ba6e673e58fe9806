/** Held against the `bzip2` tool (Debian package bzip2) and Python's bz2, both of which these tests need. */
import { spawnSync } from "node:child_process";
import test from "ava";
import { compress, decompress, hardBlocks, machineCode, randomBytes, text } from "./bzip2-samples.js";

const PYTHON = ["-c", "import bz2, sys; sys.stdout.buffer.write(bz2.decompress(sys.stdin.buffer.read()))"];
const PYTHON_COMPRESS = [
  "-c",
  "import bz2, sys; sys.stdout.buffer.write(bz2.compress(sys.stdin.buffer.read(), 9))",
];

function pipe(command: string, parameters: readonly string[], input: Uint8Array): Buffer {
  const { error, status, stdout, stderr } = spawnSync(command, parameters, { input, maxBuffer: 1 << 28 });
  if (error !== undefined) throw new Error(`Cannot run ${command}, which this test needs`, { cause: error });
  if (status !== 0) throw new Error(`${command} ended with status ${status}: ${stderr}`);
  return stdout;
}

async function samples(): Promise<[string, Buffer][]> {
  return [
    ["nothing", Buffer.alloc(0)],
    ["one byte", Buffer.from("x")],
    ["text", text(2_000_000, 11)],
    ["machine code", await machineCode(2_000_000)],
    ["zeros", Buffer.alloc(5_000_000)],
    ["random", randomBytes(1_000_001, 12)],
    ["few different bytes", randomBytes(950_000, 13, 3)],
    ...hardBlocks(),
  ];
}

test("bzip2 and Python read what the kernel writes, one stream behind the other", async (t) => {
  const plains = (await samples()).map(([, plain]) => plain);
  const encoded = Buffer.concat(plains.map((plain) => compress(plain)));
  t.true(pipe("bzip2", ["-dc"], encoded).equals(Buffer.concat(plains)));
  t.true(pipe("python3", PYTHON, encoded).equals(Buffer.concat(plains)));
});

test("the kernel reads what bzip2 writes", async (t) => {
  for (const [title, plain] of await samples()) {
    t.true(decompress(pipe("bzip2", ["-c"], plain)).equals(plain), title);
  }
});

test("the kernel reads what Python writes", (t) => {
  const plain = Buffer.concat([text(1_000_000, 18), Buffer.alloc(100_000), randomBytes(100_000, 19)]);
  t.true(decompress(pipe("python3", PYTHON_COMPRESS, plain)).equals(plain));
});

test("every level, in both directions", (t) => {
  const plain = Buffer.concat([text(450_000, 14), randomBytes(500_000, 15)]);
  for (let level = 1; level <= 9; level++) {
    t.true(pipe("bzip2", ["-dc"], compress(plain, level)).equals(plain), `level ${level}`);
    t.true(decompress(pipe("bzip2", [`-${level}c`], plain)).equals(plain), `level ${level}`);
  }
});

test("bzip2 reads the concatenated streams of all words of two letters up to length 11", (t) => {
  const words: Buffer[] = [];
  for (let length = 1; length <= 11; length++) {
    for (let bits = 0; bits < 1 << length; bits++) {
      words.push(Buffer.from(bits.toString(2).padStart(length, "0")));
    }
  }
  const encoded = Buffer.concat(words.map((word) => compress(word)));
  t.true(pipe("bzip2", ["-dc"], encoded).equals(Buffer.concat(words)));
  t.true(decompress(encoded).equals(Buffer.concat(words)));
});

test("sizes are within 3 % of bzip2 -9", async (t) => {
  for (const [title, plain] of [
    ["text", text(2_000_000, 16)],
    ["machine code", await machineCode(3_000_000)],
    ["random", randomBytes(1_000_000, 17)],
  ] as const) {
    const ratio = compress(plain).length / pipe("bzip2", ["-9c"], plain).length;
    t.true(ratio < 1.03, `${title}: ${ratio}`);
  }
});
