// Each test file has an `Error` of its own in jest, so that the errors of Node's own modules would be none in the
// tests, though they are in the product.
const { isNativeError } = require("node:util").types;

const usual = Function.prototype[Symbol.hasInstance];

Object.defineProperty(Error, Symbol.hasInstance, {
  value(error) {
    const isForeign = this === Error && (isNativeError(error) || error instanceof DOMException);
    return isForeign || usual.call(this, error);
  },
});
