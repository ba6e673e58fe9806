/**
 * Fast tests on a second version of Node. The portable suite is left out, since `npm run test:runtimes` runs the same
 * cases on that Node; its run on the ponyfill of streams is not, since only AVA has it. So are files that take much
 * processor time for code that does not depend on the version: damage to every file, failures of every call, counted
 * memory, limits of many processes, the table of permissions, encryption, and the DEFLATE kernel.
 */
import fast from "./ava.config.js";

export default {
  ...fast,
  files: [
    ...fast.files,
    "!build/test/portable/portable.test.js",
    "!build/test/pipeline/{faults,flips}.test.js",
    "!build/test/pipeline/memory/accounting.test.js",
    "!build/test/recovery/limits.test.js",
    "!build/test/service/access/policy.test.js",
    "!build/test/encryption/**",
    "!build/test/kernels/deflate*.test.js",
  ],
};
