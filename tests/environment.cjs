// jest loads no ES module into a test. Node.js does here, outside it: the tests in a browser need puppeteer-core.
const { TestEnvironment } = require("jest-environment-node");

module.exports = class extends TestEnvironment {
  async setup() {
    await super.setup();
    this.global.importOutside = (name) => import(name);
  }
};
