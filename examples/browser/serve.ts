/** `npm run example:browser [-- --port PORT]`: the page, on this machine only. */
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildSite, createSiteServer } from "./site.js";

const { values } = parseArgs({ options: { port: { type: "string", default: "8080" } } });
const directory = await mkdtemp(join(tmpdir(), "ashlar-page-"));
await buildSite(directory);
const server = createSiteServer(directory);
server.listen(Number(values.port), "127.0.0.1");
await once(server, "listening");
console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
