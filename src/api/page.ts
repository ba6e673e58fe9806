/**
 * The files of the dashboard, which are served to everyone: they have no data, and the page asks the API with its
 * user's token. The page may load these files and ask this server, and nothing else.
 */
import { noResource } from "./faults.js";

/** Texts by the names of their files; `index.html` is the page. */
export type PageFiles = ReadonlyMap<string, string>;

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

const POLICY: string = [
  "default-src 'none'",
  ...["script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'"],
  ...[
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ],
].join("; ");

const HEADERS: Readonly<Record<string, string>> = {
  "Cache-Control": "no-cache",
  "Content-Security-Policy": POLICY,
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

const PREFIX = "/ui/";

/**
 * The answer for a path at or below `/ui`; `undefined` for other paths.
 * @throws Fault 404 for a file that is not there, and for other methods than GET and HEAD
 */
export function pageResponse(
  { method }: Request,
  pathname: string,
  files: PageFiles | undefined,
): Response | undefined {
  const isPage = pathname === "/ui";
  if (files === undefined || !(isPage || pathname.startsWith(PREFIX))) return undefined;
  if (method !== "GET" && method !== "HEAD") throw noResource();
  // Relative, for servers that have a path of a proxy before them.
  if (isPage) return new Response(null, { status: 302, headers: { Location: "ui/" } });
  const name = pathname.slice(PREFIX.length) || "index.html";
  const text = files.get(name);
  if (text === undefined) throw noResource();
  const headers = { ...HEADERS, "Content-Type": TYPES[name.replace(/^.*\./, "")]! };
  return new Response(method === "HEAD" ? null : text, { headers });
}
