import { writeFileSync } from "node:fs";
import path from "node:path";
import { preview, refresh, up } from "../../tools/engine/engine";
import { calls, doors, Stack, sent } from "../../tools/engine/fixtures/stack";
import { secret, unknown } from "../../tools/engine/property";

describe.each(doors)("through the %s door", (door) => {
  let stack: Stack;

  beforeEach(() => {
    stack = new Stack(door);
  });

  afterEach(() => stack.remove());

  test("secrets stay secret in the state and to the reader, whether or not the provider can carry them", async () => {
    stack.program(`
      const a = new Thing("a", { value: pulumi.secret("s3cret"), deep: { er: [pulumi.secret(1)] } });
      const b = new Thing("b", { value: "clear" }, { additionalSecretOutputs: ["made"] });
      module.exports = { value: a.value, made: b.made, clear: b.value };`);
    const done = await up(stack.options);
    expect(done.outputs).toEqual({ value: "[secret]", made: "[secret]", clear: "clear" });
    const carried = { dynamic: "s3cret", plugin: secret("s3cret") }[door];
    const created = done.rpc.filter((call) => call.method === "Create").map((call) => call.request.properties);
    expect(created).toContainEqual(expect.objectContaining({ value: carried }));
    expect(stack.resource("a")).toMatchObject({
      inputs: { value: secret("s3cret"), deep: { er: { dynamic: secret([1]), plugin: [secret(1)] }[door] } },
      outputs: { value: secret("s3cret") },
    });
    expect(stack.resource("b")?.outputs).toEqual(
      expect.objectContaining({ value: "clear", made: secret(expect.any(String)) }),
    );
  });

  test("what is not known before the update is unknown to the provider and to the reader", async () => {
    stack.program(`const a = new Thing("a", {}); const b = new Thing("b", { value: a.made }); exports.made = b.made;`);
    const planned = await preview(stack.options);
    expect(planned.outputs).toEqual({ made: "[unknown]" });
    expect(sent(planned, "Check").news).toMatchObject({ value: unknown });
    await up(stack.options);
    expect(stack.resource("b")).toMatchObject({
      dependencies: [stack.resource("a")?.urn],
      propertyDependencies: { value: [stack.resource("a")?.urn] },
    });
  });

  test("assets have their hash everywhere, and their contents only in what is new", async () => {
    const file = path.join(stack.options.programDir, "file.txt");
    writeFileSync(file, "abc");
    stack.program(`new Thing("a", { file: new pulumi.asset.FileAsset("file.txt") });`);
    await up(stack.options);
    const hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    expect(stack.resource("a")?.inputs.file).toMatchObject({ hash, path: "file.txt" });
    writeFileSync(file, "changed");
    const changed = await up(stack.options);
    const { news, olds } = sent(changed, "Update") as Record<string, Record<string, object>>;
    expect(news?.file).toHaveProperty("path");
    expect(olds?.file).toMatchObject({ hash });
    expect(olds?.file).not.toHaveProperty("path");
    const { news: compared } = sent(changed, "Diff") as Record<string, Record<string, object>>;
    expect(compared?.file).not.toHaveProperty("path");
    await refresh(stack.options);
    expect(stack.resource("a")?.outputs.file).toHaveProperty("path", "file.txt");
  });

  test("where the provider leaves the comparison to the engine, it is that of the inputs, path by path", async () => {
    stack.program(`new Thing("a", { compare: "engine", list: [1, 2], map: { "a.b": 1 }, gone: pulumi.secret(1) });`);
    await up(stack.options);
    expect((await preview(stack.options)).changes).toEqual({ same: 2 });
    stack.program(`new Thing("a", { compare: "engine", list: [1, 3, 4], map: { "a.b": 2 }, key: "new" });`);
    const { steps } = await preview(stack.options);
    expect(steps.find((step) => step.name === "a")).toMatchObject({
      op: "create-replacement",
      diffs: expect.arrayContaining(["list", "map", "gone", "key"]),
      detailedDiff: {
        "list[1]": { kind: "update" },
        "list[2]": { kind: "add" },
        'map["a.b"]': { kind: "update" },
        gone: { kind: "delete" },
        key: { kind: "add", inputDiff: true },
      },
    });
  });

  test("a refresh shows drift as it came about, takes it over, and forgets what is gone", async () => {
    stack.program(`const a = new Thing("a", { compare: "engine" }); new Thing("b", { value: a.made });`);
    await up(stack.options);
    stack.meddle((thing) => (thing.compare ? { ...thing, added: 1 } : undefined));
    const refreshed = await refresh(stack.options);
    expect(refreshed.changes).toEqual({ same: 1, update: 1, delete: 1 });
    expect(calls(refreshed).toSorted()).toEqual(["Diff a", "Read a", "Read b"]);
    expect(refreshed.steps.find((step) => step.name === "a")).toMatchObject({
      op: "refresh",
      result: "update",
      detailedDiff: { added: { kind: "add" } },
    });
    expect(stack.resource("a")).toMatchObject({ inputs: { added: 1 }, outputs: { added: 1 } });
    const healed = await up(stack.options);
    expect(healed.changes).toEqual({ same: 1, update: 1, create: 1 });
  });

  test("a default provider has the configuration of now for an up, and that of the state for a refresh", async () => {
    stack.program(`new Thing("a", { size: new pulumi.Config().requireNumber("size") });`);
    await up(stack.options);
    expect(stack.resource("a")?.inputs.size).toBe(3);
    const rotated = { ...stack.options, config: { ...stack.options.config, "fake:token": "rotated" } };
    const key = { dynamic: "fake:token", plugin: "token" }[door];
    expect(sent(await refresh(rotated), "Configure").args).toMatchObject({ [key]: secret("t0ken") });
    expect(sent(await up(rotated), "Configure").args).toMatchObject({ [key]: secret("rotated") });
    expect(sent(await refresh(rotated), "Configure").args).toMatchObject({ [key]: secret("rotated") });
    expect(stack.resource("default")?.inputs).toHaveProperty([key], secret("rotated"));
  });
});

describe("an operation", () => {
  let stack: Stack;

  beforeEach(() => {
    stack = new Stack("plugin");
  });

  afterEach(() => stack.remove());

  test("components, their children and their outputs are in the state", async () => {
    stack.program(`
      class Group extends pulumi.ComponentResource {
        constructor(name) {
          super("my:mod:Group", name);
          this.thing = new Thing("child", { key: "1" }, { parent: this });
          this.registerOutputs({ made: this.thing.made });
        }
      }
      exports.made = new Group("group").thing.made;`);
    const done = await up(stack.options);
    expect(done.outputs).toEqual({ made: '"1"-1' });
    expect(stack.resource("group")?.outputs).toEqual({ made: '"1"-1' });
    expect(stack.resource("child")?.parent).toBe(stack.resource("group")?.urn);
    expect(stack.resource("child")?.urn).toContain("my:mod:Group$");
    expect((await up(stack.options)).changes).toEqual({ same: 3 });
  });

  test("what a program logs and prints is collected", async () => {
    stack.programInProcess(`const a = new Thing("a", {}); pulumi.log.warn("careful", a); console.log("printed");`);
    const done = await up(stack.options);
    const warning = { severity: "warning", message: "careful", urn: stack.resource("a")?.urn, ephemeral: false };
    expect(done.logs).toContainEqual(warning);
    expect(done.stdio).toContain("printed\n");
  });

  test("a program's function calls reach the plugin", async () => {
    stack.program(`exports.echo = pulumi.output(pulumi.runtime.invoke("fake:index:echo", { value: 1 })).value;`);
    const done = await up(stack.options);
    expect(done.outputs).toEqual({ echo: 1 });
    expect(sent(done, "Invoke")).toMatchObject({ tok: "fake:index:echo", args: { value: 1 } });
  });
});
