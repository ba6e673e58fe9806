/** The places that the page can open. */
import { isAshlarError, type ObjectSink, StorageError, UsageError } from "../../src/index.js";
import { loadHashes } from "../../src/kernels/index.js";
import { DirectorySink } from "../../src/sinks/directory/index.js";
import { FetchClient } from "../../src/sinks/http/index.js";
import { S3Sink } from "../../src/sinks/s3/index.js";

/** In no library of TypeScript's yet; not all browsers have them. */
interface Pickers {
  showDirectoryPicker?(options: { id: string; mode: "read" }): Promise<FileSystemDirectoryHandle>;
  showSaveFilePicker?(options: { suggestedName: string }): Promise<FileSystemFileHandle>;
}

export const pickers = globalThis as Pickers;

export interface StoreAddress {
  /** `https://host/bucket`, with a path before the bucket where the server has one. */
  readonly address: string;
  /** Empty for a bucket that is open to everybody. */
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

/** The folder that the user picks; `undefined` when they picked none. */
export async function pickFolder(): Promise<DirectorySink | undefined> {
  try {
    const root = await pickers.showDirectoryPicker!({ id: "ashlar-repository", mode: "read" });
    return new DirectorySink({ root });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return undefined;
    throw error;
  }
}

/** @throws UsageError for what is no address of a bucket */
export async function openStore(store: StoreAddress): Promise<ObjectSink> {
  const url = addressOf(store.address);
  const path = url.pathname.replace(/\/+$/, "");
  const bucket = decodeURIComponent(path.slice(path.lastIndexOf("/") + 1));
  if (bucket === "")
    throw new UsageError(`Cannot open ${url.href}: add the bucket's name, as in https://s3.example/bucket`);
  const { accessKeyId, secretAccessKey, region } = store;
  if ((accessKeyId === "") !== (secretAccessKey === ""))
    throw new UsageError(
      "Cannot sign requests: fill in both access key ID and secret access key, or neither",
    );
  const credentials = accessKeyId === "" ? undefined : { accessKeyId, secretAccessKey };
  return new S3Sink({
    http: new FetchClient(),
    hashes: await loadHashes(),
    clock: { now: () => new Date(), monotonicMs: () => performance.now() },
    credentials: async () => credentials,
    endpoint: url.origin + path.slice(0, path.lastIndexOf("/")),
    region: region === "" ? undefined : region,
    bucket,
  });
}

/** What to do about a store that could not be read, where the error does not say it; browsers do not tell pages why. */
export function adviceOf(error: unknown): string {
  if (isAshlarError(error, "not-found")) return "Check the bucket's name in the address.";
  if (error instanceof StorageError && error.status === "temporary")
    return `Check the address and the connection, and that the store's CORS rules allow GET and HEAD from ${location.origin}.`;
  return "";
}

function addressOf(address: string): URL {
  try {
    const url = new URL(address);
    if (url.protocol === "https:" || url.protocol === "http:") return url;
  } catch {
    // Said below, as for what is no address of the web.
  }
  throw new UsageError(
    `Cannot open ${JSON.stringify(address)}: want an address like https://s3.example/bucket`,
  );
}
