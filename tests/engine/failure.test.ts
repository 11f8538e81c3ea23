import { kill } from "node:process";
import { destroy, preview, up } from "../../tools/engine/engine";
import { calls, doors, Stack, sent } from "../../tools/engine/fixtures/stack";

describe.each(doors)("through the %s door", (door) => {
  let stack: Stack;

  beforeEach(() => {
    stack = new Stack(door);
  });

  afterEach(() => stack.remove());

  test("what was made but failed is kept with its reasons, and updated although nothing differs", async () => {
    stack.program(`new Thing("a", { key: "1", fail: "init" });`);
    const failed = await up(stack.options);
    expect(failed.errors).toEqual([expect.stringContaining("(a): created, not ready")]);
    expect(stack.resource("a")).toMatchObject({ id: '"1"-1', initErrors: ["created, not ready"] });
    expect((await preview(stack.options)).changes).toEqual({ same: 1, update: 1 });
    const healed = await up(stack.options);
    expect(calls(healed)).toEqual(["Check a", "Diff a", "Update a"]);
    expect(stack.resource("a")?.initErrors).toBeUndefined();
  });

  test("an update that failed half-way leaves the old inputs and the new outputs", async () => {
    stack.program(`new Thing("a", { value: 1 });`);
    await up(stack.options);
    stack.program(`new Thing("a", { value: 2, fail: "half" });`);
    expect(await up(stack.options)).toMatchObject({ ok: false, changes: { same: 1 } });
    expect(stack.resource("a")).toMatchObject({
      inputs: { value: 1 },
      outputs: { value: "half" },
      initErrors: ["half done"],
    });
    stack.program(`new Thing("a", { value: 2 });`);
    expect(sent(await up(stack.options), "Diff")).toMatchObject({ oldInputs: { value: 1 }, olds: { value: "half" } });
  });

  test("a provider killed between deletion and creation fails the operation, and the next one goes on", async () => {
    stack.program(`new Thing("a", { key: "1", deleteFirst: true });`);
    await up(stack.options);
    stack.program(`new Thing("a", { key: "2", deleteFirst: true });`);
    const onCall = ({ method }: { method: string }, { pid }: { pid: number }) => {
      if (method === "Create") kill(pid, "SIGKILL");
    };
    const failed = await up({ ...stack.options, onCall });
    expect(failed.errors).toHaveLength(1);
    expect(stack.resource("a")).toMatchObject({ pendingReplacement: true });
    expect(await up(stack.options)).toMatchObject({ ok: true, changes: { same: 1, replace: 1 } });
  });

  test("a check that fails stops the preview, with the property and its value, as the engine shows them", async () => {
    stack.program(`new Thing("a", { bad: pulumi.secret("s3cret") });`);
    const failed = await preview(stack.options);
    expect(failed.ok).toBe(false);
    expect(failed.errors).toEqual([
      expect.stringMatching(/Thing \(a\): property bad value "s3cret" has a problem: it must not be$/),
    ]);
    expect(calls(failed)).toEqual(["Check a"]);
  });
});

describe("an operation", () => {
  let stack: Stack;

  beforeEach(() => {
    stack = new Stack("plugin");
  });

  afterEach(() => stack.remove());

  test("a failed create ends the operation: what depends on it does not begin, nothing is deleted", async () => {
    stack.program(`new Thing("old", {});`);
    await up(stack.options);
    stack.program(`const a = new Thing("a", { fail: "create" }); new Thing("b", { value: a.made });`);
    const failed = await up(stack.options);
    expect(failed.ok).toBe(false);
    expect(failed.errors).toEqual([expect.stringMatching(/Thing \(a\): create failed$/)]);
    expect(calls(failed)).toEqual(["Check a", "Create a"]);
    expect([stack.resource("a"), stack.resource("old")]).toEqual([undefined, expect.anything()]);
  });

  test("a failed update leaves everything as it was", async () => {
    stack.program(`new Thing("a", { value: 1 });`);
    await up(stack.options);
    const before = stack.resource("a");
    stack.program(`new Thing("a", { value: 2, fail: "update" });`);
    expect((await up(stack.options)).ok).toBe(false);
    expect(stack.resource("a")).toEqual(before);
  });

  test("a replaced resource that could not be deleted is deleted by the next up", async () => {
    stack.program(`new Thing("a", { key: "1", fail: "delete" });`);
    await up(stack.options);
    stack.program(`new Thing("a", { key: "2" });`);
    const failed = await up(stack.options);
    expect(failed).toMatchObject({ ok: false, changes: { same: 1, replace: 1 } });
    const again = await up(stack.options);
    expect(calls(again)).toEqual(["Check a", "Diff a", "Delete a"]);
    expect(sent(again, "Delete").id).toBe('"1"-1');
    expect((await preview(stack.options)).steps.map((step) => step.op)).toContain("delete-replaced");
  });

  test("a create that failed after the deletion is done by the next up, and forgotten by destroy", async () => {
    const program = (args: string) => `new Thing("a", { ${args} }, { deleteBeforeReplace: true });`;
    stack.program(program(`key: "1"`));
    await up(stack.options);
    stack.program(program(`key: "2", fail: "create"`));
    await up(stack.options);
    expect(stack.resource("a")).toMatchObject({ pendingReplacement: true, inputs: { key: "1" } });
    stack.program(program(`key: "2"`));
    expect(calls(await up(stack.options))).toEqual(["Check a", "Diff a", "Check a", "Create a"]);
    stack.program(program(`key: "3", fail: "create"`));
    await up(stack.options);
    const done = await destroy(stack.options);
    expect([done.ok, calls(done)]).toEqual([true, []]);
    expect(stack.resource("a")).toBeUndefined();
  });

  test("a program that throws fails with what it says, and nothing is deleted", async () => {
    stack.program(`new Thing("a", {});`);
    await up(stack.options);
    stack.programInProcess(`throw new Error("thrown by the program");`);
    const failed = await up(stack.options);
    expect(failed).toMatchObject({ ok: false, errors: [expect.stringContaining("thrown by the program")] });
    stack.programInProcess("process.exit(3);");
    expect((await up(stack.options)).errors).toEqual(["Program exited with code 3"]);
    expect(stack.resource("a")).toBeDefined();
  });

  test("a configuration that the provider refuses fails with what it says, for a resource and for a function", async () => {
    const options = () => ({ ...stack.options, config: { "fake:bad": "1" } });
    const refusal = `pulumi:providers:fake (default): property bad value "1" has a problem: it must not be`;
    stack.program(`new Thing("a", {});`);
    expect(await preview(options())).toMatchObject({ ok: false, errors: [refusal] });
    stack.programInProcess(`pulumi.runtime.invoke("fake:index:echo", {});`);
    expect(await preview(options())).toMatchObject({ ok: false, errors: [refusal] });
  });

  test("an option that this engine does not have is refused, not ignored", async () => {
    stack.program(`new Thing("a", {}, { ignoreChanges: ["value"] });`);
    const failed = await up(stack.options);
    expect(failed.errors).toEqual([expect.stringContaining("option ignoreChanges")]);
    expect(calls(failed)).toEqual([]);
  });
});
