/** What a test of the page finds: Chromium, the page's server, and buckets with backups that Node made. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buildSite, createSiteServer, type SiteOptions } from "../../../examples/browser/site.js";
import { portableRuntime } from "../../../src/pipeline/run/portable-runtime.js";
import { MemorySink } from "../../../src/sinks/memory/sink.js";
import { getObject, putObject } from "../../../src/testing/objects.js";
import { CONTAINER, World } from "../../portable/world.js";
import { Browser, type Page } from "./browser.js";
import { type BucketServerOptions, createBucketServer } from "./bucket-server.js";

const MIB = 1024 * 1024;
const BLOCK_SIZE = 32_768;
/** Its last block is short. */
const VOLUME_SIZE: number = 6 * MIB - 1000;

export class PageWorld implements AsyncDisposable {
  readonly browser: Browser;
  readonly directory: string;
  readonly sink = new MemorySink({ naming: "flat" });
  /** SHA-256 of the volume at each point, hexadecimal; the page lists the points in their order. */
  readonly digests: string[] = [];
  readonly #servers: Server[] = [];

  static async create(directory: string): Promise<PageWorld> {
    await buildSite(join(directory, "site"));
    const world = new PageWorld(directory);
    await world.#store();
    return world;
  }

  private constructor(directory: string) {
    this.directory = directory;
    this.browser = Browser.start(directory);
  }

  async openPage(options: SiteOptions = {}): Promise<Page> {
    const page = await this.browser.newPage();
    await page.look({ width: 1100, height: 900 });
    await page.open(await this.serve(createSiteServer(join(this.directory, "site"), options)));
    return page;
  }

  /** The address of the bucket. */
  async openBucket(options: BucketServerOptions = {}, bucket = CONTAINER): Promise<string> {
    return (await this.serve(createBucketServer(this.sink, options))) + bucket;
  }

  async serve(server: Server): Promise<string> {
    this.#servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  /** All files of the repository, by name, for a folder of the page's. */
  async files(): Promise<Record<string, string>> {
    const files: Record<string, string> = {};
    for await (const { name } of this.sink.list(CONTAINER, "")) {
      const bytes = await getObject(this.sink, { container: CONTAINER, name });
      files[name] = Buffer.from(bytes).toString("base64");
    }
    return files;
  }

  /** The sink with a byte changed in the middle of an object of the newest point. */
  async damaged(): Promise<MemorySink> {
    const copy = new MemorySink({ naming: "flat" });
    await copy.createContainer(CONTAINER);
    for await (const { name } of this.sink.list(CONTAINER, "")) {
      const bytes = await getObject(this.sink, { container: CONTAINER, name });
      if (name === "volume_2-00001") bytes[bytes.length >> 1]! ^= 1;
      await putObject(copy, { container: CONTAINER, name }, bytes);
    }
    return copy;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser[Symbol.asyncDispose]();
    for (const server of this.#servers) {
      server.closeAllConnections();
      server.close();
    }
  }

  async #store(): Promise<void> {
    const world = await World.create({
      runtime: await portableRuntime(),
      blockSize: BLOCK_SIZE,
      chunkSize: MIB,
      codec: "zlib",
      sink: this.sink,
    });
    const volume = new Uint8Array(VOLUME_SIZE);
    for (let i = 0; i < 3 * MIB; i++) volume[i] = 1 + (((i >> 7) * 31 + (i & 127)) % 250);
    for (const incremental of [false, true]) {
      if (incremental) volume.fill(0xcc, 2 * MIB, 2 * MIB + 70_000);
      await world.backup(volume, { incremental });
      this.digests.push(createHash("sha256").update(volume).digest("hex"));
    }
  }
}
