/** Whole objects in one call, as tests want them. */
export {
  getObject,
  listNames,
  type ObjectPlace,
  patternBytes,
  putObject,
} from "../../src/testing/objects.js";
