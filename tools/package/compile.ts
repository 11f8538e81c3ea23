import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Script } from "node:vm";
import { CheckRequest, ConfigureRequest, ProviderHandshakeRequest } from "@pulumi/pulumi/proto/provider_pb";
import { connect } from "../provider-client";
import { struct } from "../wire";

/**
 * Runs a plugin as far as a program's first resource, and keeps what V8 has compiled on the way: functions that were
 * never called are not in it. Run by the very Node.js that is to take it back.
 */
const [, , source = "", output = ""] = process.argv;
const script = new Script(readFileSync(source, "latin1"), { filename: "plugin.cjs" });
process.stdout.write = ((text: string) => {
  askFirst(Number(text)).then(() => {
    writeFileSync(output, script.createCachedData());
    process.exit();
  });
  return true;
}) as typeof process.stdout.write;
script.runInThisContext()(createRequire(__filename), __filename);

async function askFirst(port: number): Promise<void> {
  const client = connect(`127.0.0.1:${port}`);
  const [accountId, namespaceId] = ["0".repeat(32), "1".repeat(32)];
  const check = new CheckRequest().setUrn("urn:pulumi:dev::project::cloudflare-kv:index:KeyValue::key");
  await client.handshake(new ProviderHandshakeRequest());
  await client.configure(new ConfigureRequest().setArgs(struct({ apiToken: "token", accountId })));
  await client.check(check.setOlds(struct({})).setNews(struct({ namespaceId, key: "key", value: "value" })));
}
