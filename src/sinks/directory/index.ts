/** A sink for web pages: a directory that the user picked, or the page's private one (File System Access API). */
export { DirectorySink, type DirectorySinkOptions } from "./sink.js";
