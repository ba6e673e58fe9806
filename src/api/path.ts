/** Paths with and without a project: `/v3/backups` and `/v3/PROJECT/backups`. */
import { COLLECTIONS } from "./routes/all.js";

export interface ApiPath {
  /** As the routes have it. */
  readonly inner: string;
  readonly projectId: string | undefined;
}

const PREFIX = /^\/v3(?=\/|$)/;

/** `undefined` for what is not below `/v3`. */
export function parsePath(pathname: string): ApiPath | undefined {
  if (!PREFIX.test(pathname)) return undefined;
  const rest = pathname.replace(PREFIX, "");
  const [, first = "", ...others] = rest.split("/");
  if (first === "" || COLLECTIONS.has(first)) return { inner: rest, projectId: undefined };
  return { inner: `/${others.join("/")}`, projectId: decode(first) };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
