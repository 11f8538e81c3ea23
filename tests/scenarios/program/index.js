// The program of every scenario: it declares what resources.json lists, through the door that PULUMI_KV_DOOR names.
const { readFileSync } = require("node:fs");
const pulumi = require("@pulumi/pulumi");

const properties = {
  Namespace: [
    "accountId",
    "title",
    "jurisdiction",
    "adopt",
    "forceDestroy",
    "namespaceId",
    "supportsUrlEncoding",
    "writtenAt",
  ],
  KeyValue: [
    "accountId",
    "namespaceId",
    "key",
    "value",
    "valueBase64",
    "source",
    "metadata",
    "expiration",
    "expirationTtl",
    "expiresAt",
    "valueSha256",
    "writtenAt",
  ],
};

const declared = {};
for (const { type, name, args = {}, options = {} } of JSON.parse(readFileSync("resources.json", "utf8"))) {
  declared[name] = construct(type, name, resolve(args), resolve(options));
}

module.exports = Object.fromEntries(Object.entries(declared).map(([name, resource]) => [name, resource.id]));

function construct(type, name, args, options) {
  if (process.env.PULUMI_KV_DOOR === "dynamic") return new (require("pulumi-cloudflare-kv")[type])(name, args, options);
  const outputs = Object.fromEntries(properties[type].map((property) => [property, undefined]));
  return new pulumi.CustomResource(`cloudflare-kv:index:${type}`, name, { ...outputs, ...args }, options);
}

/** `{$ref: "ns.namespaceId"}`, `{$secret: x}`, `{$file: path}`, `{$text: text}` and `{$resource: name}` stand for what JSON cannot say. */
function resolve(value) {
  if (Array.isArray(value)) return value.map(resolve);
  if (typeof value !== "object" || value === null) return value;
  if ("$secret" in value) return pulumi.secret(resolve(value.$secret));
  if ("$file" in value) return new pulumi.asset.FileAsset(value.$file);
  if ("$text" in value) return new pulumi.asset.StringAsset(value.$text);
  if ("$resource" in value) return declared[value.$resource];
  if ("$ref" in value) {
    const [name, property] = value.$ref.split(".");
    return declared[name][property];
  }
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, resolve(member)]));
}
