/**
 * Fast tests on a second version of Node. The portable suite is left out, since `npm run test:runtimes` runs the same
 * cases on that Node; its run on the ponyfill of streams is not, since only AVA has it. Damage to
 * every file is left out, because it takes much processor time for code that does not depend on the version.
 */
import fast from "./ava.config.js";

export default {
  ...fast,
  files: [...fast.files, "!build/test/portable/portable.test.js", "!build/test/pipeline/flips.test.js"],
};
