/** The tests of the catalog and of the service on PostgreSQL, from Debian's package. */
export default {
  files: [
    "build/test/catalog/**/*.test.js",
    "build/test/service/**/*.test.js",
    "!build/test/catalog/*sqlite*",
    "!build/test/catalog/network-*",
  ],
  environmentVariables: { ASHLAR_TEST_CATALOG: "postgresql" },
  timeout: "10m",
  concurrency: 2,
  workerThreads: false,
};
