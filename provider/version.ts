/** The package's version, from the package.json beside `dist`. Required, and not read: a bundle has it within. */
export const { version } = require("../../package.json") as { readonly version: string };
