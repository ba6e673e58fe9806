/** A sink that keeps its objects in memory, for tests and trials. */
export { MemorySink, type MemorySinkOptions } from "./sink.js";
