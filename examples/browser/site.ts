/** The page as files, and a server for them. */
import { createReadStream } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Where the compiler puts this file's siblings, and where their sources are. */
const COMPILED: string = fileURLToPath(new URL(".", import.meta.url));
const SOURCES: string = fileURLToPath(new URL("../../../examples/browser/", import.meta.url));
const ZSTD: string = join(dirname(createRequire(import.meta.url).resolve("@bokuweb/zstd-wasm")), "../web");

/** Writes the page into `directory`, ready for any web server. */
export async function buildSite(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await build({
    entryPoints: [join(COMPILED, "main.js"), join(COMPILED, "worker.js")],
    outdir: directory,
    bundle: true,
    minify: true,
    sourcemap: true,
    format: "esm",
    platform: "browser",
    logLevel: "warning",
  });
  for (const name of ["index.html", "style.css"]) await copyFile(join(SOURCES, name), join(directory, name));
  await copyFile(join(ZSTD, "zstd.wasm"), join(directory, "zstd.wasm"));
}

export interface SiteOptions {
  /** Whether the page gets memory that threads share, which takes these two headers. @default {true} */
  readonly isolated?: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  "index.html": "text/html; charset=utf-8",
  "style.css": "text/css; charset=utf-8",
  "main.js": "text/javascript; charset=utf-8",
  "main.js.map": "application/json",
  "worker.js": "text/javascript; charset=utf-8",
  "worker.js.map": "application/json",
  "zstd.wasm": "application/wasm",
};

/** Any server can be opened; nothing else can come into the page. */
const POLICY = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "img-src 'self' data:",
  "connect-src *",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

export function createSiteServer(directory: string, { isolated = true }: SiteOptions = {}): Server {
  return createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname.slice(1);
    const name = path === "" ? "index.html" : path;
    const type = TYPES[name];
    if (type === undefined || (request.method !== "GET" && request.method !== "HEAD")) {
      response.writeHead(type === undefined ? 404 : 405).end();
      return;
    }
    response.setHeader("content-type", type);
    response.setHeader("content-security-policy", POLICY);
    response.setHeader("x-content-type-options", "nosniff");
    response.setHeader("referrer-policy", "no-referrer");
    if (isolated) {
      response.setHeader("cross-origin-opener-policy", "same-origin");
      response.setHeader("cross-origin-embedder-policy", "require-corp");
    }
    createReadStream(join(directory, name))
      .on("error", () => response.destroy())
      .pipe(response);
  });
}
