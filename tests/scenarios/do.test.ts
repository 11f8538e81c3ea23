import { join } from "node:path";
import { accountId, token, type World } from "../../tools/stack/world";
import { playAll } from "./scenario";

const executable = join(__dirname, "..", "..", "..", "pulumi-resource-cloudflare-kv");

/** `pulumi do` with one type of resource, without a program or a state. */
function pulumiDo(world: World, type: string, ...command: string[]): Promise<string> {
  return world.engine.run("do", "--package", executable, `cloudflare-kv:${type}`, ...command);
}

/** The same, for what it answers. */
async function answered(world: World, ...command: [type: string, ...string[]]): Promise<unknown> {
  const printed = await pulumiDo(world, ...command, "--output", "json");
  return JSON.parse(printed.slice(printed.search(/^[[{]/m)));
}

playAll([
  {
    name: "pulumi do lists, reads, creates, patches and deletes",
    engine: "real",
    door: "plugin",
    // It asks no stack for its configuration.
    settings: { env: { CLOUDFLARE_ACCOUNT_ID: accountId, CLOUDFLARE_API_TOKEN: token } },
    async play(world) {
      world.env.CLOUDFLARE_API_BASE_URL = world.emulator.url;
      await world.foreign("POST", "", '{"title":"theirs"}');
      const namespaceId = world.namespaceId();
      for (const key of ["a/1", "b %"]) {
        await world.foreign("PUT", `${namespaceId}/values/${encodeURIComponent(key)}`, "theirs");
      }
      const place = `${accountId}/${namespaceId}`;
      const noState = ["--stateless", "--yes"];
      expect(await answered(world, "Namespace", "list")).toEqual([{ id: place, name: "theirs" }]);
      const inNamespace = ["--namespace-id", namespaceId];
      expect(await answered(world, "KeyValue", "list", ...inNamespace)).toEqual([
        { id: `${place}/a/1`, name: "a/1" },
        { id: `${place}/b %`, name: "b %" },
      ]);
      expect(await answered(world, "KeyValue", "list", ...inNamespace, "--count", "1")).toHaveLength(1);
      expect(await answered(world, "KeyValue", "read", `${place}/b %`)).toMatchObject({
        key: "b %",
        value: "[secret]",
      });

      const created = [...inNamespace, "--key", "c", "--value", "ours"];
      expect(await answered(world, "KeyValue", "create", ...noState, ...created)).toMatchObject({ id: `${place}/c` });
      await pulumiDo(world, "KeyValue", "patch", ...noState, `${place}/c`, "--value", "patched");
      expect(world.text("c")).toBe("patched");
      await pulumiDo(world, "KeyValue", "delete", ...noState, `${place}/c`);
      expect(world.emulator.keys(namespaceId)).toEqual(["a/1", "b %"]);
    },
  },
]);
