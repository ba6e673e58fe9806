/**
 * URLs of accounts: `swift://HOST/PATH?…` stands for `https://HOST/PATH`, the URL that issues tokens, and `swift+http:`
 * for the same without TLS. The query identifies the account and its region, and never holds a secret. With
 * `endpoint=storage`, which is for a given token, the URL is the account's own.
 */

import { UsageError } from "../../errors.js";
import { shownValue } from "../../options/secret.js";
import { isServerUrl } from "../../options/values.js";

export interface SwiftLocation {
  /** URL that issues tokens; `undefined` if a token is given, and then `storageUrl` is not. */
  readonly authUrl?: string | undefined;
  readonly authVersion?: "1" | "3" | undefined;
  /** The account's URL, or a prefix of it to which the project's id is appended, instead of the catalog's. */
  readonly storageUrl?: string | undefined;
  readonly user?: string | undefined;
  readonly userDomain?: string | undefined;
  readonly project?: string | undefined;
  readonly projectDomain?: string | undefined;
  readonly region?: string | undefined;
}

type QueryField =
  | "authVersion"
  | "storageUrl"
  | "user"
  | "userDomain"
  | "project"
  | "projectDomain"
  | "region";

/** Parameters of the query, in the order in which they are printed. */
const QUERY: readonly (readonly [name: string, field: QueryField])[] = [
  ["auth_version", "authVersion"],
  ["project", "project"],
  ["project_domain", "projectDomain"],
  ["region", "region"],
  ["storage_url", "storageUrl"],
  ["user", "user"],
  ["user_domain", "userDomain"],
];

/** @throws UsageError for a text that is not such a URL, or has parts that are not allowed */
export function parseSwiftUrl(text: string): SwiftLocation {
  const shown = shownValue(text);
  const refuse = (wanted: string): UsageError =>
    new UsageError(`Cannot use repository "${shown}": want ${wanted}`);
  // The platform parses hosts and ports only of schemes that it knows.
  const web = text.replace(/^swift:\/\//i, "https://").replace(/^swift\+http:\/\//i, "http://");
  if (web === text || !URL.canParse(web)) throw refuse("a URL of the form swift://host/path");
  const url = new URL(web);
  if (url.username !== "" || url.password !== "") throw refuse("a URL without user and password");
  if (url.hash !== "") throw refuse("a URL without a fragment");
  const location: { -readonly [Field in keyof SwiftLocation]: SwiftLocation[Field] } = {};
  const endpoint = `${url.origin}${url.pathname}`.replace(/\/+$/, "");
  for (const [name, value] of url.searchParams) {
    if (name === "endpoint" && value === "storage") continue;
    const field = QUERY.find(([known]) => known === name)?.[1];
    if (field === undefined || url.searchParams.getAll(name).length > 1) {
      throw refuse(`in its query, each at most once, only ${QUERY.map(([known]) => known).join(", ")}`);
    }
    if (field === "storageUrl" && !isServerUrl(value))
      throw refuse("a storage_url of the form https://host/path");
    if (field !== "authVersion") location[field] = value;
    else if (value === "1" || value === "3") location.authVersion = value;
    else throw refuse("an auth_version of 1 or 3");
  }
  if (url.searchParams.has("endpoint")) location.storageUrl = endpoint;
  else location.authUrl = endpoint;
  return location;
}

/** The canonical spelling of a location's URL. */
export function printSwiftUrl(location: SwiftLocation): string {
  const { authUrl, storageUrl } = location;
  const base = authUrl ?? storageUrl;
  if (base === undefined)
    throw new UsageError("Cannot use a Swift without its URL: want backup_swift_auth_url");
  const url = new URL(base.replace(/\/+$/, ""));
  const query = new URLSearchParams();
  if (authUrl === undefined) query.append("endpoint", "storage");
  for (const [name, field] of QUERY) {
    const value = location[field];
    if (value === undefined || value === "" || (authUrl === undefined && field === "storageUrl")) continue;
    query.append(name, value);
  }
  const scheme = url.protocol === "http:" ? "swift+http" : "swift";
  const path = url.pathname === "/" ? "" : url.pathname;
  const text = query.toString();
  return `${scheme}://${url.host}${path}${text === "" ? "" : `?${text}`}`;
}
