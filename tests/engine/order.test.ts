import { existsSync } from "node:fs";
import { destroy, preview, up } from "../../tools/engine/engine";
import { calls, Stack } from "../../tools/engine/fixtures/stack";

describe("an operation", () => {
  let stack: Stack;

  beforeEach(() => {
    stack = new Stack("plugin");
  });

  afterEach(() => stack.remove());

  test("a preview shows what an up then does, and leaves the state and the things alone", async () => {
    stack.program(`new Thing("a", { key: "1" });`);
    const planned = await preview(stack.options);
    expect(planned).toMatchObject({ ok: true, errors: [], changes: { create: 2 } });
    expect(existsSync(stack.options.stateFile) || existsSync(stack.things)).toBe(false);
    const done = await up(stack.options);
    expect(done.steps).toEqual(planned.steps);
    expect(calls(done)).toEqual(["Check a", "Create a"]);
  });

  test("what has not changed is compared and left, what has changed is updated", async () => {
    stack.program(`new Thing("a", { key: "1" }); new Thing("b", { value: 1 });`);
    await up(stack.options);
    const again = await up(stack.options);
    expect(again.changes).toEqual({ same: 3 });
    expect(calls(again).toSorted()).toEqual(["Check a", "Check b", "Diff a", "Diff b"]);
    stack.program(`new Thing("a", { key: "1" }); new Thing("b", { value: 2 });`);
    const changed = await up(stack.options);
    expect(changed.changes).toEqual({ same: 2, update: 1 });
    expect(stack.resource("b")).toMatchObject({ inputs: { value: 2 }, outputs: { value: 2 } });
  });

  test("a replacement checks anew without the old inputs, creates, and deletes when the program has ended", async () => {
    const program = (key: string) =>
      `const a = new Thing("a", { key: "${key}" }); const b = new Thing("b", { key: a.made }); new Thing("c", { value: b.made });`;
    stack.program(program("1"));
    await up(stack.options);
    stack.program(program("2"));
    const { ok, changes, steps, ...result } = await up(stack.options);
    expect([ok, changes]).toEqual([true, { same: 1, update: 1, replace: 2 }]);
    expect(calls({ ok, changes, steps, ...result })).toEqual([
      ...["Check a", "Diff a", "Check a", "Create a"],
      ...["Check b", "Diff b", "Check b", "Create b"],
      ...["Check c", "Diff c", "Update c", "Delete b", "Delete a"],
    ]);
    const checks = result.rpc.filter((call) => call.method === "Check").map((call) => call.request.olds);
    expect(checks[0]).toMatchObject({ key: "1" });
    expect(checks[1]).toEqual({});
    expect(steps.find((step) => step.op === "replace")).toMatchObject({ name: "a", replaceReasons: ["key"] });
  });

  test.each([
    ["the provider", "deleteFirst: true", ""],
    ["the user", "", "deleteBeforeReplace: true"],
  ])(
    "where %s wants it, deletion comes first, with the dependents that it takes along",
    async (_who, args, options) => {
      const program = (key: string) => `
      const a = new Thing("a", { key: "${key}", ${args} }, { ${options} });
      const b = new Thing("b", { key: a.made });
      const c = new Thing("c", { value: a.made }, { dependsOn: b });`;
      stack.program(program("1"));
      await up(stack.options);
      stack.program(program("2"));
      const done = await up(stack.options);
      expect(calls(done)).toEqual([
        ...["Check a", "Diff a", "Check a", "Diff b", "Diff c", "Delete b", "Delete a", "Create a"],
        ...["Check b", "Create b", "Check c", "Diff c", "Update c"],
      ]);
      expect(done.changes).toEqual({ same: 1, replace: 2, update: 1 });
    },
  );

  test("what is no longer declared is deleted, dependents first, unless it is retained or goes along with another", async () => {
    stack.program(`
      const a = new Thing("a", { key: "1" });
      const b = new Thing("b", { value: a.made });
      new Thing("kept", { value: b.made }, { retainOnDelete: true });
      new Thing("along", {}, { deletedWith: a });`);
    await up(stack.options);
    stack.program("");
    const planned = await preview(stack.options);
    expect(planned.changes).toEqual({ same: 1, delete: 4 });
    const done = await up(stack.options);
    expect(calls(done)).toEqual(["Delete b", "Delete a"]);
    expect(stack.resource("kept") ?? stack.resource("along")).toBeUndefined();
  });

  test("what is deleted with a replaced resource is replaced with it", async () => {
    const program = (key: string) =>
      `const a = new Thing("a", { key: "${key}" }); new Thing("along", { value: a.id.apply(() => 1) }, { deletedWith: a });`;
    stack.program(program("1"));
    await up(stack.options);
    stack.program(program("2"));
    const done = await up(stack.options);
    expect(done.steps.find((step) => step.name === "along")?.replaceReasons).toEqual(["deletedWith"]);
    expect(calls(done)).toEqual([
      ...["Check a", "Diff a", "Check a", "Create a"],
      ...["Check along", "Check along", "Create along", "Delete a"],
    ]);
  });

  test("destroy deletes everything without the program, and leaves an empty state", async () => {
    stack.program(`const a = new Thing("a", {}); new Thing("b", { value: a.made });`);
    await up(stack.options);
    stack.program("throw new Error('not to be run');");
    const done = await destroy(stack.options);
    expect(done).toMatchObject({ ok: true, changes: { delete: 3 } });
    expect(calls(done)).toEqual(["Delete b", "Delete a"]);
    expect(done.rpc.map((call) => call.method)).not.toContain("CheckConfig");
    expect(await destroy(stack.options)).toMatchObject({ ok: true, changes: {}, rpc: [] });
  });

  test.each([
    [16, 3],
    [1, 1],
  ])(
    "of three independent resources, with %i allowed at a time, %i are worked on together",
    async (parallel, together) => {
      stack.program(`for (const name of ["a", "b", "c"]) new Thing(name, {});`);
      await up(stack.options);
      let running = 0;
      let most = 0;
      const onCall = async ({ method }: { method: string }) => {
        if (method !== "Delete") return;
        running += 1;
        most = Math.max(most, running);
        await new Promise(setImmediate);
        running -= 1;
      };
      await destroy({ ...stack.options, parallel, onCall });
      expect(most).toBe(together);
    },
  );
});
