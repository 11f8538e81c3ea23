import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Emulator } from "../../provider/emulator/emulator";
import { succeeded } from "../../tools/stack/stack";
import { documented } from "./documented";
import { testWith } from "./host";
import { accountId, closeProject, installPackage, openExample } from "./project";

/** The documentation's own, instead of which the emulator has another. */
const documentedId = "fedcba9876543210fedcba9876543210";

testWith("yaml")(
  "the documented examples are planned without a complaint",
  async () => {
    const project = await openExample("yaml", installPackage);
    try {
      const { dir, engine, emulator } = project;
      await engine.run("config", "set", "--secret", "paymentKey", "sk_test_example");
      writeFileSync(join(dir, "logo.svg"), "<svg/>");
      writeFileSync(join(dir, "redirects.ndjson"), '{"key": "/old", "value": "/new"}\n');
      const namespaceId = await createNamespace(emulator, "settings", ["motto", "banner/1"]);
      const [head = ""] = readFileSync(join(dir, "Pulumi.yaml"), "utf8").split(/^config:$/m);
      for (const [name, code] of documented("yaml")) {
        writeFileSync(join(dir, "Pulumi.yaml"), head + code.replaceAll(documentedId, namespaceId));
        const { printed } = succeeded(await engine.preview());
        expect(`${name}: ${printed}`).not.toMatch(/warning|error/i);
      }
    } finally {
      await closeProject(project);
    }
  },
  300_000,
);

testWith("yaml")(
  "metadata that are not JSON, and empty text assets, are refused in the preview",
  async () => {
    const project = await openExample("yaml", installPackage);
    try {
      const { dir, engine, emulator } = project;
      const [head = ""] = readFileSync(join(dir, "Pulumi.yaml"), "utf8").split(/^config:$/m);
      const namespaceId = await createNamespace(emulator, "data", []);
      for (const [type, properties, sentence] of [
        ["KeyValue", "{key: a, value: v, metadata: {x: .nan}}", "NaN is not JSON"],
        ["KeyValue", "{key: a, value: v, metadata: -.inf}", "-Infinity is not JSON"],
        ["KeyValueSet", "{entries: [{key: a, value: v, metadata: {x: [.inf]}}]}", "Infinity is not JSON"],
        ["KeyValue", '{key: a, source: {fn::stringAsset: ""}}', 'give value: "", or an empty file'],
        ["KeyValueSet", '{source: {fn::stringAsset: ""}}', "give values: {}, or an empty file"],
      ] as const) {
        const given = properties.replace("{", `{namespaceId: "${namespaceId}", `);
        const resource = `{type: "cloudflare-kv:${type}", properties: ${given}}`;
        writeFileSync(join(dir, "Pulumi.yaml"), `${head}resources:\n  it: ${resource}\n`);
        const { ok, printed } = await engine.preview();
        expect([ok, printed]).toEqual([false, expect.stringContaining(sentence)]);
      }
    } finally {
      await closeProject(project);
    }
  },
  300_000,
);

async function createNamespace({ url }: Emulator, title: string, keys: readonly string[]): Promise<string> {
  const namespaces = `${url}/accounts/${accountId}/storage/kv/namespaces`;
  const headers = { authorization: "Bearer token", "content-type": "application/json" };
  const created = await fetch(namespaces, { method: "POST", headers, body: JSON.stringify({ title }) });
  const { result } = (await created.json()) as { result: { id: string } };
  for (const key of keys) {
    const path = `${namespaces}/${result.id}/values/${encodeURIComponent(key)}`;
    await fetch(path, { method: "PUT", headers, body: "value" });
  }
  return result.id;
}
