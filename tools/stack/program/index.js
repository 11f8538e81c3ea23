// The program of every scenario: it declares what resources.json lists, through the door that PULUMI_KV_DOOR names.
const { readFileSync } = require("node:fs");
const pulumi = require("@pulumi/pulumi");

const schema = JSON.parse(readFileSync("node_modules/pulumi-cloudflare-kv/provider/schema.json", "utf8"));

const declared = {};
for (const { type, name, door = process.env.PULUMI_KV_DOOR, args = {}, options = {} } of JSON.parse(
  readFileSync("resources.json", "utf8"),
)) {
  const declare = type.startsWith("get") ? call : construct;
  declared[name] = declare(type, name, resolve(args), resolve(options), door);
}

module.exports = Object.fromEntries(
  Object.entries(declared).map(([name, made]) => [name, pulumi.Output.isInstance(made) ? made : made.id]),
);

function construct(type, name, args, options, door) {
  if (type === "Provider") return new pulumi.ProviderResource("cloudflare-kv", name, args, options);
  if (door === "dynamic") return new (require("pulumi-cloudflare-kv")[type])(name, args, options);
  const token = `cloudflare-kv:index:${type}`;
  const outputs = Object.fromEntries(Object.keys(schema.resources[token].properties).map((name) => [name, undefined]));
  return new pulumi.CustomResource(token, name, { ...outputs, ...args }, options);
}

function call(name, _, args, options, door) {
  if (door === "dynamic") return require("pulumi-cloudflare-kv")[`${name}Output`](args, options);
  return pulumi.runtime.invokeOutput(`cloudflare-kv:index:${name}`, args, options);
}

/** `{$ref: "ns.namespaceId"}`, `{$secret: x}`, `{$file: path}`, `{$text: text}`, `{$dir: path}` and `{$resource: name}` stand for what JSON cannot say. */
function resolve(value) {
  if (Array.isArray(value)) return value.map(resolve);
  if (typeof value !== "object" || value === null) return value;
  if ("$secret" in value) return pulumi.secret(resolve(value.$secret));
  if ("$file" in value) return new pulumi.asset.FileAsset(value.$file);
  if ("$dir" in value) return new pulumi.asset.FileArchive(value.$dir);
  if ("$text" in value) return new pulumi.asset.StringAsset(value.$text);
  if ("$resource" in value) return declared[value.$resource];
  if ("$ref" in value) {
    const [name, property] = value.$ref.split(".");
    return declared[name][property];
  }
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, resolve(member)]));
}
