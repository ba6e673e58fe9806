/**
 * The stages of a backup and of a restore over a network, each by the request that it waits for there. A request that is
 * held up holds its stage up, so that a stop finds the process in it and nowhere else.
 */
import type { Random } from "./random.js";
import type { Slow } from "./slow-store.js";

export interface StageOf {
  readonly name: string;
  /** A codec at work on the objects beside the one that is held up; none of its own takes no time. */
  readonly compression?: "bz2";
  slow(random: Random): Slow;
}

const HANG = { kind: "hang" } as const;
const WITHHOLD = { kind: "withhold" } as const;
/** 80 KiB a second. */
const DRIP = { kind: "drip", size: 8192, everyMs: 100 } as const;

/** Of a file of 12 MiB with objects of 1 MiB. */
const OBJECT_COUNT = 12;

function anyObject(random: Random): string {
  return `-${String(1 + Math.floor(random.next() * OBJECT_COUNT)).padStart(5, "0")}`;
}

/** The request that begins an upload, or that has some of its bytes. */
function upload(method: "POST" | "PUT", name: string): Slow["matches"] {
  return (exchange) =>
    exchange.method === method &&
    exchange.url.startsWith("/upload/") &&
    new URL(exchange.url, "http://store").searchParams.get("name")?.endsWith(name) === true;
}

/** The last part says how many bytes there are in all. */
function lastPart(name: string): Slow["matches"] {
  const isPart = upload("PUT", name);
  return (exchange) => isPart(exchange) && !exchange.headers["content-range"]?.endsWith("/*");
}

/** The `count`th read of an object. */
function read(name: string, count = 1): Slow["matches"] {
  let seen = 0;
  return ({ method, url }) => {
    const isIt = method === "GET" && url.includes("alt=media") && url.split("?")[0]!.endsWith(name);
    return isIt && ++seen === count;
  };
}

export const BACKUP_STAGES: readonly StageOf[] = [
  {
    name: "container, asked for",
    slow: () => ({ fault: HANG, matches: ({ url }) => /^\/storage\/v1\/b(\/[^/]*)?(\?.*)?$/.test(url) }),
  },
  {
    name: "diff, the parent's digests on their way",
    slow: () => ({ fault: DRIP, matches: read("_sha256file") }),
  },
  {
    name: "compress, bz2",
    compression: "bz2",
    slow: () => ({ fault: HANG, matches: upload("POST", "-00001") }),
  },
  {
    name: "store, an upload begun",
    slow: (random) => ({ fault: HANG, matches: upload("POST", anyObject(random)) }),
  },
  {
    name: "store, a part on its way",
    slow: (random) => ({ fault: HANG, matches: upload("PUT", anyObject(random)) }),
  },
  {
    name: "store, an object stored and not answered",
    slow: (random) => ({ fault: WITHHOLD, matches: lastPart(anyObject(random)) }),
  },
  {
    name: "digest table, on its way",
    slow: () => ({ fault: HANG, matches: lastPart("_sha256file") }),
  },
  {
    name: "digest table, stored and not answered",
    slow: () => ({ fault: WITHHOLD, matches: lastPart("_sha256file") }),
  },
  {
    name: "manifest, on its way",
    slow: () => ({ fault: HANG, matches: upload("PUT", "_metadata") }),
  },
  {
    name: "manifest, stored and not answered",
    slow: () => ({ fault: WITHHOLD, matches: lastPart("_metadata") }),
  },
];

export const RESTORE_STAGES: readonly StageOf[] = [
  {
    name: "load, an object asked for",
    slow: (random) => ({ fault: HANG, matches: read(anyObject(random)) }),
  },
  {
    name: "load, an object on its way",
    slow: (random) => ({ fault: DRIP, matches: read(anyObject(random)) }),
  },
  {
    name: "decompress, bz2",
    compression: "bz2",
    // One of those that are loaded at once: the others are decoded, and without it the restore cannot end before the stop.
    slow: () => ({ fault: HANG, matches: read("-00004") }),
  },
  {
    name: "verify, the digest table asked for",
    slow: () => ({ fault: HANG, matches: read("_sha256file", 2) }),
  },
  {
    name: "verify, the digest table on its way",
    slow: () => ({ fault: DRIP, matches: read("_sha256file", 2) }),
  },
];
