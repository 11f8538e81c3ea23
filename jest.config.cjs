/** The tests run as they were compiled, beside the code that ships. */
module.exports = { roots: ["<rootDir>/dist/tests"], testEnvironment: "node", maxWorkers: "100%", testTimeout: 240_000 };
