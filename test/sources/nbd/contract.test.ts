/** The contracts of sources and targets, held by NBD exports of servers that answer in every way that is allowed. */
import test from "ava";
import { openNbdSource, openNbdTarget } from "../../../src/sources/nbd/open.js";
import { EXPORT_FLAG } from "../../../src/sources/nbd/protocol.js";
import { sourceContract, targetContract } from "../../../src/testing/index.js";
import { runCases } from "../../portable/assertions.js";
import { MemoryServer, type ServerOptions } from "./memory-server.js";

interface Variant extends Omit<ServerOptions, "bytes"> {
  readonly title: string;
}

const VARIANTS: readonly Variant[] = [
  { title: "structured replies", blockSizes: [1, 4096, 33_554_432] },
  { title: "many chunks, last first", chunkSize: 1000, isReversed: true, blockSizes: [1, 4096, 33_554_432] },
  { title: "simple replies", isStructured: false, blockSizes: [1, 4096, 33_554_432] },
  { title: "blocks of 4096 bytes, 8192 in a request", blockSizes: [4096, 4096, 8192] },
  { title: "blocks of 512 bytes, no limits named, several connections", flags: EXPORT_FLAG.canMultiConnect },
  { title: "a server without NBD_OPT_GO", hasGo: false, isStructured: false },
];

for (const { title, ...options } of VARIANTS) {
  const sizeUnit = options.blockSizes?.[0] ?? 512;
  const source = sourceContract(
    async (bytes) => await openNbdSource(new MemoryServer({ ...options, bytes }).connect, "nbd://host/"),
    { sizeUnit },
  );
  runCases(test, `NBD source, ${title}`, source);
  const target = targetContract(async (size) => {
    const bytes = new Uint8Array(Math.ceil(size / sizeUnit) * sizeUnit).fill(0xa5);
    const opened = await openNbdTarget(new MemoryServer({ ...options, bytes }).connect, "nbd://host/", {
      size,
    });
    return { target: opened, contents: async () => bytes };
  });
  runCases(test, `NBD target, ${title}`, target);
}

test("requests keep to the limits of the server", async (t) => {
  const server = new MemoryServer({ bytes: new Uint8Array(65_536).fill(1), blockSizes: [4096, 4096, 8192] });
  const target = await openNbdTarget(server.connect, "nbd://host/", { size: 65_536 });
  await target.write(new Uint8Array(30_000).fill(2), 5000);
  await target.close();
  const ranges = server.requests.filter(({ length }) => length > 0);
  t.true(ranges.length > 6);
  for (const { offset, length, command } of ranges)
    t.true(
      offset % 4096 === 0 && length % 4096 === 0 && (length <= 8192 || command === 7),
      `${offset} ${length}`,
    );
});
