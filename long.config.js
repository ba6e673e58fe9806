/** The recovery tests as often as it takes to believe them: tens of minutes, one file at a time. */
export default {
  files: [
    "build/test/recovery/stages.test.js",
    "build/test/recovery/stopped.test.js",
    "build/test/recovery/killed.test.js",
  ],
  timeout: "3h",
  concurrency: 1,
  workerThreads: false,
  environmentVariables: {
    ASHLAR_TEST_ROUNDS: "200",
    ASHLAR_TEST_STOPS: "100",
    ASHLAR_TEST_STAGE_ROUNDS: "10",
  },
};
