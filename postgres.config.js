/**
 * The tests of catalogs in PostgreSQL, from Debian's package. All tests of the service pass there too, in minutes:
 * `ASHLAR_TEST_CATALOG=postgresql npx ava 'build/test/service/**'`.
 */
export default {
  files: [
    "build/test/catalog/**/*.test.js",
    "build/test/fleet/**/*.test.js",
    "build/test/service/operations/**/*.test.js",
    "!build/test/catalog/*sqlite*",
    "!build/test/catalog/network-*",
  ],
  environmentVariables: { ASHLAR_TEST_CATALOG: "postgresql" },
  timeout: "10m",
  concurrency: 2,
  workerThreads: false,
};
