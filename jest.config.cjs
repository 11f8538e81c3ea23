/** The tests run as they were compiled, beside the code that ships. */
module.exports = {
  roots: ["<rootDir>/dist/tests"],
  testEnvironment: "<rootDir>/tests/environment.cjs",
  setupFiles: ["<rootDir>/tests/one-realm.cjs"],
  maxWorkers: 3,
  testTimeout: 240_000,
};
