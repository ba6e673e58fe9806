/** The handler for workerd, which compiles nothing: the kernels are files of the deployment. */
import bzip2 from "ashlar/kernels/bzip2.wasm";
import deflate from "ashlar/kernels/deflate.wasm";
import hashes from "ashlar/kernels/hashes.wasm";
import simd from "ashlar/kernels/simd.wasm";
import zstd from "ashlar/kernels/zstd.wasm";
import { provideKernels } from "../../src/kernels/index.js";

provideKernels({ simd, bzip2, deflate, hashes, zstd });

export { default } from "./edge.js";
