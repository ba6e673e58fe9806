/** Object stores: real servers from Debian's packages, on loopback, and minutes. What takes gigabytes or pages of 10 000 rows is in `npm run test:long`. */
export default {
  files: ["build/test/stores/**/*.test.js", "!build/test/stores/at-scale.test.js"],
  timeout: "10m",
  concurrency: 1,
  workerThreads: false,
};
