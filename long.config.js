/** Tens of minutes, one file at a time: the recovery tests as often as it takes to believe them, object stores at scale, workers on eight hosts, every combination with real Cinder, damage at every byte, the DEFLATE kernel on many files, and the tests of clients. */
export default {
  files: [
    "build/test/recovery/stages.test.js",
    "build/test/recovery/stopped.test.js",
    "build/test/recovery/killed.test.js",
    "build/test/stores/at-scale.test.js",
    "build/test/fleet/disturbances.test.js",
    "build/test/pipeline/flips.test.js",
    "build/test/kernels/deflate-files.test.js",
    "build/test/interop/{ashlar-restores-cinder,cinder-restores-ashlar,mixed-chains}.test.js",
    "build/test/service/backups/locks.test.js",
    "build/test/api/functional/**/*.test.js",
  ],
  timeout: "3h",
  concurrency: 1,
  workerThreads: false,
  environmentVariables: {
    ASHLAR_TEST_COMBINATIONS: "all",
    ASHLAR_TEST_HOSTS: "8",
    ASHLAR_TEST_OPERATIONS: "500",
    ASHLAR_TEST_DEFLATE_SECONDS: "1200",
    ASHLAR_TEST_FLIPS: "all",
    ASHLAR_TEST_LOCK_DAYS: "365",
    ASHLAR_TEST_ROUNDS: "200",
    ASHLAR_TEST_STOPS: "100",
    ASHLAR_TEST_STAGE_ROUNDS: "10",
  },
};
