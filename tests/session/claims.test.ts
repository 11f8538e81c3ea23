import fc from "fast-check";
import { InitFailedError } from "../../provider/pulumi/errors";
import type { Properties } from "../../provider/pulumi/resource-provider";
import { accountId, failureOf, type Resource, unfinishedMark, World } from "../resources/world";
import { until } from "../until";

let world: World;
let namespaceId: string;
beforeAll(async () => {
  world = await World.start();
});
beforeEach(async () => {
  world.endRun();
  world.heal();
  const namespace = await world.create("Namespace", "ns", { title: `data ${Math.random()}` });
  namespaceId = String(namespace.outs.namespaceId);
  nextRun();
});
afterAll(() => world.close());

const args = (key: string, more: Properties = {}): Properties => ({ namespaceId, key, value: "one", ...more });
const create = (name: string, key: string, more?: Properties) => world.create("KeyValue", name, args(key, more));
const check = (name: string, key: string, olds: Properties = {}) => world.checked("KeyValue", name, args(key), olds);
const text = (key: string) => world.text(namespaceId, key);
const writes = () => world.requests().filter((request) => /put|delete/.test(request));

/** The former run is over; what it said is forgotten. */
function nextRun(): void {
  world.endRun();
  world.requests();
  for (const list of [world.infos, world.warnings, world.statuses]) list.length = 0;
}

async function existing(name: string, key: string, more?: Properties): Promise<Resource> {
  const resource = await create(name, key, more);
  nextRun();
  return resource;
}

const unanswered = { status: 503 } as const;

describe("a key that is replaced by itself", () => {
  test("is written once and never deleted", async () => {
    const a = await existing("a", "k");
    await world.change(a, args("k", { expirationTtl: 600 }));
    expect([writes(), text("k"), world.infos]).toEqual([
      ["values.put"],
      "one",
      ["replaced in one write: the key stays"],
    ]);
  });

  test("is never missing when the delete comes first", async () => {
    const a = await existing("a", "k");
    await world.change(a, args("k", { expirationTtl: 600 }), { deleteFirst: true });
    expect([writes(), text("k")]).toEqual([["values.put"], "one"]);
  });

  test.each([false, true])(
    "because the engine forces it is there afterwards, delete first: %s",
    async (deleteFirst) => {
      const a = await existing("a", "k");
      await world.change(a, args("k"), { force: true, deleteFirst });
      expect([writes(), text("k")]).toEqual([["values.put"], "one"]);
    },
  );
});

describe("a key that is replaced by another", () => {
  test.each([
    [false, ["values.put", "values.delete"]],
    [true, ["values.delete", "values.put"]],
  ])("is deleted, delete first: %s", async (deleteFirst, expected) => {
    const a = await existing("a", "k");
    await world.change(a, args("new"), { deleteFirst });
    expect([writes(), text("k"), text("new")]).toEqual([expected, undefined, "one"]);
    expect(world.infos).toEqual([]);
  });

  test("in another namespace is deleted in the old one only", async () => {
    const a = await existing("a", "k");
    const other = await world.create("Namespace", "other", { title: `other ${Math.random()}` });
    await world.change(a, args("k", { namespaceId: other.outs.namespaceId }));
    expect([text("k"), world.text(String(other.outs.namespaceId), "k")]).toEqual([undefined, "one"]);
  });
});

describe("a key that moves", () => {
  test("to a new name without an alias is kept", async () => {
    const a = await existing("a", "k");
    await create("b", "k");
    await world.delete(a);
    expect([writes(), text("k"), world.infos]).toEqual([["values.put"], "one", ["kept: now declared by b"]]);
    expect(world.warnings).toEqual([]);
  });

  test("to a new name with an alias is nothing to do", async () => {
    const a = await existing("a", "k");
    await world.change({ ...a, name: "b" }, args("k"));
    expect(writes()).toEqual([]);
  });

  test("between two resources that swap their keys is kept, both ways", async () => {
    const a = await existing("a", "k1", { value: "a" });
    const b = await existing("b", "k2", { value: "b" });
    const [olds, news] = [
      [a, b],
      [args("k2", { value: "a" }), args("k1", { value: "b" })],
    ] as const;
    await check("a", "k2", a.inputs);
    await check("b", "k1", b.inputs);
    for (const [index, old] of olds.entries()) {
      const inputs = await world.checked("KeyValue", old.name, news[index] ?? {});
      await world.provider("KeyValue").create(inputs, world.call(old.name));
    }
    for (const old of olds) await world.delete(old);
    expect([writes(), text("k1"), text("k2")]).toEqual([["values.put", "values.put"], "b", "a"]);
  });

  test("to a resource whose check fails elsewhere is kept", async () => {
    const a = await existing("a", "k");
    const failing = args("k", { expirationTtl: 1 });
    expect((await world.provider("KeyValue").check({}, failing, world.call("b"))).failures).toHaveLength(1);
    await world.delete(a);
    expect([writes(), text("k")]).toEqual([[], "one"]);
  });
});

describe("a key that two resources declare", () => {
  const warning = 'the key is declared twice, by "b" and "a": the one that is written last wins; declare it once';

  test("is a warning that names both, in a preview", async () => {
    await check("a", "k");
    await check("b", "k");
    expect([world.warnings, writes()]).toEqual([[warning], []]);
  });

  test("is one warning also where the second is replaced", async () => {
    const a = await existing("a", "k");
    const b = await existing("b", "k");
    await world.change(a, args("k"));
    await world.change(b, args("k", { expirationTtl: 60 }));
    expect(world.warnings).toEqual([warning]);
  });

  test("names all of them", async () => {
    for (const name of ["a", "b", "c"]) await check(name, "k");
    expect(world.warnings[1]).toMatch(/^the key is declared twice, by "c" and "a", "b": /);
  });

  test("is no warning for another key, or the same key of another namespace", async () => {
    await check("a", "k");
    await check("b", "K");
    await world.checked("KeyValue", "c", args("k", { namespaceId: "f".repeat(32) }));
    expect(world.warnings).toEqual([]);
  });

  test("stays when one of them is removed", async () => {
    const a = await existing("a", "k");
    const b = await existing("b", "k");
    await world.change(a, args("k"));
    await world.delete(b);
    expect([writes(), text("k")]).toEqual([[], "one"]);
    nextRun();
    await world.delete(a);
    expect(text("k")).toBeUndefined();
  });
});

describe("a delete is real", () => {
  test("without a check in its run: a destroy does not run the program", async () => {
    const a = await existing("a", "k");
    await world.delete(a);
    expect([writes(), text("k"), world.infos]).toEqual([["values.delete"], undefined, []]);
  });

  test("when the program runs and has the resource no more", async () => {
    const a = await existing("a", "k");
    const b = await existing("b", "kept");
    await world.change(b, args("kept"));
    await world.delete(a);
    expect([writes(), text("k")]).toEqual([["values.delete"], undefined]);
  });

  test("after a refresh, which declares nothing", async () => {
    const a = await existing("a", "k");
    await world.refresh(a);
    await world.provider("KeyValue").diff(a.id, a.outs, a.inputs, world.call("a"));
    await world.delete(a);
    expect(text("k")).toBeUndefined();
  });

  test("when a later check of the same resource declares another key", async () => {
    const a = await existing("a", "k");
    await check("b", "k");
    await check("b", "other");
    await world.delete(a);
    expect(text("k")).toBeUndefined();
  });

  test("when the one that declares it does so in another run", async () => {
    const a = await existing("a", "k");
    await check("b", "k");
    world.endRun();
    await world.delete(a);
    expect(text("k")).toBeUndefined();
  });

  test("when another engine has attached since", async () => {
    world.core.attach("127.0.0.1:1");
    const a = await create("a", "k");
    world.core.attach("127.0.0.1:2");
    await world.delete(a);
    expect(text("k")).toBeUndefined();
  });
});

describe("a delete that comes before the program has declared the key", () => {
  test("is made good by the resource that declares it later, though nothing changed there", async () => {
    const a = await existing("a", "k", { value: "a", expirationTtl: 600 });
    const b = await existing("b", "k");
    await world.delete(a);
    expect(text("k")).toBeUndefined();
    expect(await world.plan(b, args("k"))).toEqual({ value: "update found" });
    const same = await world.change(b, args("k"));
    expect([text("k"), world.infos]).toEqual([
      "one",
      ["written again: another resource, which had the same key, has deleted it"],
    ]);
    expect(await world.plan(same, args("k"))).toEqual({});
  });

  test("does not overtake the write of the resource that declares it", async () => {
    const a = await existing("a", "k");
    world.clock.advance(1);
    const sleeping = Promise.withResolvers<void>();
    const awake = Promise.withResolvers<void>();
    world.clock.onSleep = () => {
      sleeping.resolve();
      return awake.promise;
    };
    world.fail({ status: 503 }, { match: { operation: "values.delete" }, times: 1 });
    const deleting = world.delete(a);
    await sleeping.promise;
    const creating = create("b", "k", { value: "two" });
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    expect(writes()).toEqual(["values.delete 503"]);
    awake.resolve();
    await Promise.all([deleting, creating]);
    world.clock.onSleep = () => {};
    expect([writes(), text("k")]).toEqual([["values.delete", "values.put"], "two"]);
  });

  test("that fails leaves nothing to make good", async () => {
    const a = await existing("a", "k");
    const b = await existing("b", "k");
    world.fail({ status: 400, code: 10012 });
    await failureOf(world.delete(a));
    world.heal();
    expect(await world.plan(b, args("k"))).toEqual({});
  });
});

describe("what a run declares stays declared", () => {
  test("when the same engine attaches again, and when the provider is configured again", async () => {
    world.core.attach("127.0.0.1:1");
    nextRun();
    const a = await create("a", "k");
    world.core.attach("127.0.0.1:1");
    world.configure();
    world.configure({ args: { maxConcurrency: 3 } });
    await world.delete(a);
    expect(text("k")).toBe("one");
    world.configure();
  });

  test("but not in the next run, though a call of the last one ends in it", async () => {
    const inputs = await world.checked("Namespace", "late", { title: `late ${Math.random()}` });
    world.fail({ type: "delay", ms: 50 }, { match: { operation: "namespaces.create" } });
    const creating = world.provider("Namespace").create(inputs, world.call("late", {}, "Namespace"));
    await until(() => world.emulator.log.some(({ operation }) => operation === "namespaces.create"));
    world.endRun();
    const { id, outs } = await creating;
    await world.delete({ type: "Namespace", name: "late", id, inputs, outs });
    expect(world.emulator.namespaces().map((namespace) => `${accountId}/${namespace.id}`)).not.toContain(id);
  });
});

describe("a replacement whose create fails", () => {
  const changed = () => args("k", { value: "two", expirationTtl: 600 });

  test("keeps the old in state and store", async () => {
    const a = await existing("a", "k");
    world.fail(unanswered);
    const error = await failureOf(world.change(a, changed()));
    expect(error).not.toBeInstanceOf(InitFailedError);
    expect(text("k")).toBe("one");
    world.heal();
    nextRun();
    expect(Object.keys(await world.plan(a, changed())).sort()).toEqual(["expirationTtl", "value"]);
    await world.change(a, changed());
    expect([writes(), text("k")]).toEqual([["values.put"], "two"]);
  });

  const failures = [
    ["that nobody answers", unanswered],
    ["that is refused", { status: 400, code: 10012 }],
    ["that is never answered", { type: "drop", when: "before" }],
  ] as const;
  test.each(failures)("after the delete was skipped keeps the old outputs, for a write %s", async (_, action) => {
    const a = await existing("a", "k");
    world.fail(action);
    const error = await failureOf(world.change(a, changed(), { deleteFirst: true }));
    expect(error).toBeInstanceOf(InitFailedError);
    const writtenAt = expect.any(Number);
    expect([error.id, error.properties]).toEqual([a.id, { ...a.outs, ...unfinishedMark, writtenAt }]);
    expect(error.reasons).toEqual([
      "the key still has its old value and expiration: the next `pulumi up` writes it",
      expect.stringMatching(/^PUT \/accounts\/.* failed/),
    ]);
    world.heal();
    nextRun();
    const healed = await world.change({ ...a, outs: error.properties ?? {} }, changed());
    expect([writes(), text("k")]).toEqual([["values.put"], "two"]);
    expect(await world.plan(healed, changed())).toEqual({});
  });

  test("and that is taken back is written once more, for nobody knows what is stored", async () => {
    const a = await existing("a", "k");
    world.fail(unanswered);
    const error = await failureOf(world.change(a, changed(), { deleteFirst: true }));
    world.heal();
    nextRun();
    await world.provider("KeyValue").update(a.id, error.properties ?? {}, a.inputs, world.call("a"));
    expect([writes(), text("k")]).toEqual([["values.put"], "one"]);
  });

  test("after the delete was skipped keeps the old outputs, also when the engine cancels", async () => {
    const a = await existing("a", "k");
    const controller = new AbortController();
    const inputs = await world.checked("KeyValue", "a", changed(), a.inputs);
    await world.delete(a);
    world.fail(unanswered);
    world.clock.onSleep = () => {
      controller.abort(new Error("Ctrl-C"));
      world.endRun();
    };
    const creating = world.provider("KeyValue").create(inputs, world.call("a", { signal: controller.signal }));
    const error = await failureOf(creating);
    world.clock.onSleep = () => {};
    expect(error.properties).toEqual({ ...a.outs, ...unfinishedMark, writtenAt: expect.any(Number) });
    expect(error.reasons?.[1]).toMatch(/ was given up: Ctrl-C$/);
  });

  test("by another key after the old was deleted keeps what may have been written", async () => {
    const a = await existing("a", "k");
    world.fail(unanswered, { match: { operation: "values.put" } });
    const error = await failureOf(world.change(a, args("new"), { deleteFirst: true }));
    expect([error.id, text("k")]).toEqual([`${accountId}/${namespaceId}/new`, undefined]);
    expect(error.properties).not.toHaveProperty("valueSha256");
  });

  test("under a new name keeps what may have been written, and then the old is not deleted", async () => {
    const a = await existing("a", "k");
    world.fail(unanswered, { match: { operation: "values.put" } });
    const error = await failureOf(create("b", "k"));
    expect(error).toBeInstanceOf(InitFailedError);
    await world.delete(a);
    expect(text("k")).toBe("one");
  });
});

describe("any program may follow any other", () => {
  const names = ["a", "b", "c", "d"];
  const program = fc.dictionary(fc.constantFrom(...names), fc.constantFrom("k1", "k2", "k3"), {
    noNullPrototype: true,
  });
  const order = fc.shuffledSubarray(names, { minLength: names.length });
  const deleteFirst = fc.uniqueArray(fc.constantFrom(...names));

  /** As the engine does it: one after the other, what is replaced or gone is deleted at the end, or before. */
  async function up(
    state: Map<string, Resource>,
    keys: Record<string, string>,
    run: string,
    sequence: string[],
    first: string[],
  ) {
    nextRun();
    const deletes = [...state.values()].filter(({ name }) => keys[name] === undefined);
    for (const name of sequence) {
      const key = keys[name];
      const old = state.get(name);
      if (key === undefined) state.delete(name);
      else if (old?.inputs.key === key)
        state.set(name, await world.change(old, args(key, { value: String(old.inputs.value) })));
      else {
        const inputs = await world.checked("KeyValue", name, args(key, { value: `${name} ${run}` }), old?.inputs);
        if (old && first.includes(name)) await world.delete(old);
        else if (old) deletes.push(old);
        const { id, outs } = await world.provider("KeyValue").create(inputs, world.call(name));
        state.set(name, { type: "KeyValue", name, id, inputs, outs });
      }
    }
    for (const resource of deletes) await world.delete(resource);
  }

  test("and the store is as the last one declares", async () => {
    const play = async (programs: Record<string, string>[], sequence: string[], first: string[]): Promise<void> => {
      const state = new Map<string, Resource>();
      for (const [index, keys] of programs.entries()) {
        await up(state, keys, String(index), sequence, first);
        expect(world.emulator.keys(namespaceId)).toEqual([...new Set(Object.values(keys))].sort());
      }
      nextRun();
      for (const resource of state.values()) await world.delete(resource);
      expect(world.emulator.keys(namespaceId)).toEqual([]);
    };
    const programs = fc.array(program, { minLength: 2, maxLength: 4 });
    await fc.assert(fc.asyncProperty(programs, order, deleteFirst, play), { numRuns: 100 });
  });
});
