/** The package's schema, as JSON. Required, and not read: a bundle has it within. Loads on any Node.js. */
export function schemaText(): string {
  return JSON.stringify(require("../../../../provider/schema.json"));
}
