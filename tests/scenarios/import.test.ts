import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Declaration } from "../../tools/stack/stack";
import { accountId, type World } from "../../tools/stack/world";
import { playAll } from "./scenario";

const oddKeys = ["plain", "a/b//c", "100%", "%2F", "with spaces ", "ключ/钥匙/🔑", `"quoted" \\ \${braces}`, "#?&=+"];

/** A store that no stack manages: a namespace, its keys, and some more keys below a prefix. */
async function foreignStore(world: World): Promise<string> {
  await world.foreign("POST", "", '{"title":"theirs"}');
  const id = world.namespaceId();
  for (const [index, key] of oddKeys.entries()) {
    await world.foreign("PUT", `${id}/values/${encodeURIComponent(key)}?expiration=20000000${index}0`, `of ${key}`);
  }
  for (const key of ["s:a/1", "s:b 2", "s:ü"]) {
    await world.foreign("PUT", `${id}/values/${encodeURIComponent(key)}`, `of ${key}`);
  }
  world.emulator.clearLog();
  return id;
}

/** Of the keys below s:, as a file declares them. */
const seed = ["a/1", "b 2", "ü"].map((key) => `${JSON.stringify({ key, value: `of s:${key}` })}\n`).join("");

/** The same in a program that says what is there in its own way, each with what it is to be imported from. */
function program(namespaceId: string): Declaration[] {
  const place = `${accountId}/${namespaceId}`;
  const keyArgs = { namespaceId: { $ref: "ns.id" }, key: "100%", value: "of 100%", expiration: 2_000_000_020 };
  const setArgs = { namespaceId: { $ref: "ns.namespaceId" }, keyPrefix: "s:", source: { $file: "seed.ndjson" } };
  return [
    { type: "Namespace", name: "ns", args: { title: "theirs" }, options: { import: place } },
    { type: "KeyValue", name: "key", args: keyArgs, options: { import: `${place}/100%` } },
    { type: "KeyValueSet", name: "set", args: setArgs, options: { import: `${place}/s:*` } },
  ];
}

interface Import {
  readonly type: string;
  readonly name: string;
  readonly id: string;
}

function importsOf(namespaceId: string): Import[] {
  const place = `${accountId}/${namespaceId}`;
  return [
    { type: "cloudflare-kv:index:Namespace", name: "ns", id: place },
    { type: "cloudflare-kv:index:KeyValueSet", name: "set", id: `${place}/s:*` },
    ...oddKeys.map((key, index) => ({
      type: "cloudflare-kv:index:KeyValue",
      name: `key${index}`,
      id: `${place}/${key}`,
    })),
  ];
}

/** Imports as a user of YAML does, and takes what Pulumi generates as the program. */
async function importIntoYaml(world: World, resources: readonly Import[]): Promise<string> {
  const [head, file, generated] = ["name: project\nruntime: yaml\n", "import.json", "generated.yaml"];
  writeFileSync(join(world.dir, "Pulumi.yaml"), head);
  writeFileSync(join(world.dir, file), JSON.stringify({ resources }));
  const flags = ["--file", file, "--out", generated, "--yes", "--skip-preview", "--protect=false"];
  await world.engine.run("import", ...flags);
  const program = readFileSync(join(world.dir, generated), "utf8");
  writeFileSync(join(world.dir, "Pulumi.yaml"), head + program);
  return program;
}

playAll([
  {
    name: "pulumi import of all three resources, with odd keys",
    engine: "real",
    door: "plugin",
    // Nothing in the generated program says that the keys go before their namespace: its delete looks again.
    settings: { env: { CLOUDFLARE_KV_CONSISTENCY_SECONDS: "90" } },
    async play(world) {
      const resources = importsOf(await foreignStore(world));
      const program = await importIntoYaml(world, resources);
      expect(world.writes()).toEqual([]);
      for (const key of ["s:a/1", "s:b 2", "s:ü"]) expect(program).toContain(`fn::secret: of ${key}\n`);
      expect(world.engine.clearState()).not.toContain("of s:");
      expect(resources.map(({ name }) => world.state(name).id)).toEqual(resources.map(({ id }) => id));
      await world.expectSettled();
      await world.up();
      expect(world.requests()).toBe(0);
      expect(world.engine.clearState()).not.toContain("of s:");
      expect((await world.refresh()).steps).toEqual([]);
      await world.destroy();
      expect(world.emulator.namespaces()).toEqual([]);
    },
  },
  {
    name: "import by the option, of what is as the program says",
    engine: "real",
    door: "plugin",
    async play(world) {
      const namespaceId = await foreignStore(world);
      writeFileSync(join(world.dir, "seed.ndjson"), seed);
      const { steps } = await world.up(...program(namespaceId));
      // The engine takes what is there, and then plans from it to what is declared: a file in place of entries.
      expect(steps).toEqual(["import key", "import ns", "import set", "update set"]);
      expect(world.writes()).toEqual([]);
      await world.up(...program(namespaceId).map(({ options: _, ...declaration }) => declaration));
      expect(world.requests()).toBe(0);
      await world.expectSettled();
    },
  },
  {
    name: "import by the option, of what is not as the program says",
    engine: "real",
    door: "plugin",
    async play(world) {
      const namespaceId = await foreignStore(world);
      writeFileSync(join(world.dir, "seed.ndjson"), seed.replace("b 2", "other"));
      world.declare(...program(namespaceId));
      const { text } = await world.engine.preview();
      expect(text).toContain('+1 ~0 -1 of 3 entries (2 requests)\n  - "s:b 2"\n  + "s:other"');
      await world.up();
      expect(world.writes()).toEqual(["bulk.put s:other", "bulk.delete s:b 2"]);
      await world.expectSettled();
    },
  },
  {
    name: "import of what is not there, and by ids that are none",
    engine: "real",
    door: "plugin",
    async play(world) {
      const namespaceId = await foreignStore(world);
      const place = `${accountId}/${namespaceId}`;
      const nowhere = `${accountId}/${"0".repeat(32)}`;
      // The provider says the reason, and the engine that there is nothing.
      const isAbsent = (id: string) => `resource '${id}' does not exist`;
      for (const [type, id, sentence] of [
        ["Namespace", nowhere, isAbsent(nowhere)],
        ["KeyValue", `${place}/absent`, isAbsent(`${place}/absent`)],
        ["KeyValueSet", `${place}/absent:*`, 'no key of the namespace begins with "absent:"'],
        ["KeyValueSet", `${nowhere}/*`, `the account ${accountId} has no namespace`],
        ["Namespace", "theirs", 'Invalid namespace id "theirs": expected <accountId>/<namespaceId>'],
        ["KeyValue", "plain", 'Invalid key-value id "plain": expected <accountId>/<namespaceId>/<key>'],
        [
          "KeyValue",
          `${"0".repeat(32)}/absent`,
          "the namespace does not list this key; a new key may take a minute to appear",
        ],
        ["KeyValueSet", `${place}/s:`, "expected <accountId>/<namespaceId>/<keyPrefix>*"],
      ] as const) {
        const importing = world.engine.run("import", `cloudflare-kv:index:${type}`, "it", id, "--yes");
        await expect(importing).rejects.toThrow(sentence);
      }
      expect(world.writes()).toEqual([]);
    },
  },
]);
