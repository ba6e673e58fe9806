/** The library for Node: files and devices, SQLite, Node's codecs on its threads, stores by URL, and the service. */
export type { DigestEngineChoice } from "../kernels/engine.js";
export { nodeClock } from "./clock.js";
export { nodeZlibCodec } from "./codecs/zlib/codec.js";
export { nodeHashes } from "./digests/hashes.js";
export { nativeDigest } from "./digests/native.js";
export { nodeFileSystem } from "./files/file-system.js";
export { nodeConnect } from "./net/connection.js";
export { nodeRuntime } from "./runtime.js";
export { type NodeServiceOptions, openNodeService } from "./service.js";
export { nodeSinkHost, openSink } from "./sink-host.js";
export { openSqlite } from "./sqlite/open.js";
