import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { PathHost } from "../sinks/host.js";

export const nodePaths: PathHost = { fileUrl: (path) => pathToFileURL(resolve(path)).href };
