/** The script of a Web Worker. If a bundler does not find it, write a script of your own that calls `serveTasks`. */
import { serveTasks } from "./web-thread.js";

serveTasks();
