/** Deflating on a thread, with one instance of the kernel per thread, which is loaded on first use. */
import type { Deflater } from "../kernels/deflate.js";
import type { CommonTasks, HandlersOf } from "./task-table.js";

export function deflatingTasks(): HandlersOf<Pick<CommonTasks, "zlib-encode">> {
  let deflater: Promise<Deflater> | undefined;
  return {
    async "zlib-encode"({ piece, dictionary, level }) {
      deflater ??= import("../kernels/deflate.js").then(({ Deflater }) => Deflater.load());
      return (await deflater).deflate(piece, level, dictionary);
    },
  };
}
