/** A directory of a file system as a sink, in the layout of the reference system's posix driver. */
export { PosixSink, type PosixSinkOptions } from "./sink.js";
