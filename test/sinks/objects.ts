/** Whole objects in one call, as tests want them. */
export { getObject, listNames, patternBytes, putObject } from "../../src/testing/objects.js";
