/** A directory of the File System Access API as a sink, for pages: one the user picked, or the page's private one. */
export { DirectorySink, type DirectorySinkOptions } from "./sink.js";
