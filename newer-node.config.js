/**
 * Fast tests on a second version of Node. The portable suite is left out, since `npm run test:runtimes` runs the same
 * cases on that Node; its run on the ponyfill of streams is not, since only AVA has it. So are files that take much
 * processor time for code that does not depend on the version: damage to every file, encryption, and the DEFLATE kernel.
 */
import fast from "./ava.config.js";

export default {
  ...fast,
  files: [
    ...fast.files,
    "!build/test/portable/portable.test.js",
    "!build/test/pipeline/flips.test.js",
    "!build/test/encryption/**",
    "!build/test/kernels/deflate*.test.js",
  ],
};
