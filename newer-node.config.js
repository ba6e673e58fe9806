/** Fast tests on a second version of Node: the portable suite is left out, since `npm run test:runtimes` runs it there. */
import fast from "./ava.config.js";

export default { ...fast, files: [...fast.files, "!build/test/portable/**"] };
