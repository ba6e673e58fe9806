/** Ashlar on Node: the portable entry, and the adapters for files, devices, SQLite and Node's own codecs. */
export * from "../index.js";
export { nodeClock } from "./clock.js";
export type { DigestEngineChoice } from "./digest-choice.js";
export { nodeFileSystem } from "./file-system.js";
export { nodeHashes } from "./hashes.js";
export { nativeDigest } from "./native-digest.js";
export { openSink } from "./repository.js";
export { nodeRuntime } from "./runtime.js";
export { type NodeServiceOptions, openNodeService } from "./service.js";
export { openSqlite } from "./sqlite.js";
export { nodeZlibCodec } from "./zlib.js";
