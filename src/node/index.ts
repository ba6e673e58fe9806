/** Ashlar on Node: the portable entry, and the adapters for files, devices, SQLite and Node's own codecs. */
export * from "../index.js";
export type { DigestEngineChoice } from "../kernels/engine.js";
export { nodeClock } from "./clock.js";
export { nodeHashes } from "./codecs/hashes.js";
export { nativeDigest } from "./codecs/native-digest.js";
export { nodeZlibCodec } from "./codecs/zlib.js";
export { nodeFileSystem } from "./files/file-system.js";
export { nodeRuntime } from "./runtime.js";
export { type NodeServiceOptions, openNodeService } from "./service.js";
export { openSink } from "./sinks/open.js";
export { openSqlite } from "./sqlite/open.js";
