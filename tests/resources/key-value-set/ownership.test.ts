import fc from "fast-check";
import type { Fault } from "../../../provider/emulator/fault";
import type { Properties } from "../../../tools/engine/property";
import { coreClient } from "../../driver/core-client";
import { type Declared, Driver } from "../../driver/driver";
import { Sets } from "./sets";

const sets = new Sets();
const names = ["set-0", "set-1", "set-2", "key-0", "key-1"];
const keys = ["a", "b", "p/a", "p/b", "p/c", "p/q/a"];
const foreign = ["p/foreign", "x"];

interface Program {
  /** By name: the keys and their values. */
  readonly declared: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly resources: readonly Declared[];
  /** What goes wrong while it runs. */
  readonly fault: Fault | undefined;
}

const options = fc.record({
  prefix: fc.constantFrom("", "p/"),
  isInList: fc.boolean(),
  isForced: fc.nat(5).map((chance) => chance === 0),
  isDeletedFirst: fc.boolean(),
  isParallel: fc.boolean(),
});

const faults: fc.Arbitrary<Fault> = fc
  .record({
    operation: fc.constantFrom("bulk.put", "bulk.delete", "values.put", "values.delete"),
    action: fc.constantFrom(
      { status: 403 },
      { status: 503, when: "after" as const },
      { status: 503, when: "before" as const },
      { type: "unsuccessful" as const, fraction: 0.5 },
    ),
    skip: fc.nat(2),
  })
  .map(({ operation, action, skip }) => ({ match: { operation }, action, skip, times: null }));

/** Mostly one for each key, at times none or some. */
const movingOwners = fc.tuple(...keys.map(() => fc.subarray(names, { maxLength: 2 })));
/** Keys come and go, but none moves to another resource. */
const fixedOwners = fc.tuple(
  ...["set-0", "set-0", "set-0", "set-1", "set-1", "key-0"].map((name) => fc.subarray([name])),
);

const programsOf = (owners: fc.Arbitrary<string[][]>): fc.Arbitrary<Program> =>
  fc
    .record({
      owners,
      values: fc.array(fc.constantFrom("1", "2"), { minLength: keys.length, maxLength: keys.length }),
      options: fc.array(options, { minLength: names.length, maxLength: names.length }),
      order: fc.shuffledSubarray(names, { minLength: names.length }),
      fault: fc.option(faults, { nil: undefined }),
    })
    .map(({ owners, values, options, order, fault }) => {
      const declared = new Map<string, Record<string, string>>();
      const resources: Declared[] = [];
      for (const name of order) {
        const option = options[names.indexOf(name)];
        if (!option) continue;
        const isSet = name.startsWith("set");
        const prefix = isSet ? option.prefix : "";
        const owned = keys.filter((key, index) => owners[index]?.includes(name) && key.startsWith(prefix));
        if (owned.length === 0) continue;
        const kept = isSet ? owned : owned.slice(0, 1);
        const pairs = Object.fromEntries(kept.map((key) => [key, values[keys.indexOf(key)] ?? ""]));
        declared.set(name, pairs);
        resources.push({
          ...option,
          name,
          type: isSet ? "KeyValueSet" : "KeyValue",
          args: argsOf(isSet, prefix, option.isInList, pairs),
        });
      }
      return { declared, resources, fault };
    });

const programs = programsOf(movingOwners);
const programsWithoutMoves = programsOf(fixedOwners);

function argsOf(isSet: boolean, keyPrefix: string, isInList: boolean, pairs: Record<string, string>): Properties {
  if (!isSet) return Object.entries(pairs).map(([key, value]) => ({ key, value }))[0] ?? {};
  const own = Object.entries(pairs).map(([key, value]) => ({ key: key.slice(keyPrefix.length), value }));
  const prefix: Properties = keyPrefix ? { keyPrefix } : {};
  const values = Object.fromEntries(own.map(({ key, value }) => [key, value]));
  return { ...prefix, ...(isInList ? { entries: own } : { values }) };
}

function inNamespace({ resources }: Program): Declared[] {
  return resources.map((declared) => ({ ...declared, args: { namespaceId: sets.namespaceId, ...declared.args } }));
}

function stored(): Record<string, string | undefined> {
  return Object.fromEntries(sets.keys().map((key) => [key, sets.text(key)]));
}

async function newNamespace(): Promise<void> {
  const namespace = await sets.world.create("Namespace", "ns", { title: `data ${Math.random()}` });
  sets.namespaceId = String(namespace.outs.namespaceId);
  await sets.foreign(...foreign);
  sets.nextRun();
}

function all({ declared }: Program): Record<string, string> {
  return Object.assign({}, ...declared.values());
}

function up(driver: Driver, program: readonly Declared[]): Promise<string[]> {
  return driver.up(coreClient(sets.world), program);
}

async function expectAsDeclared(driver: Driver, program: Program): Promise<void> {
  expect(stored()).toEqual({ ...all(program), ...Object.fromEntries(foreign.map((key) => [key, "foreign"])) });
  for (const resource of driver.state) {
    sets.nextRun();
    expect(await sets.world.plan(resource, resource.inputs)).toEqual({});
  }
}

/** A put and a delete for each set, one for each key, and one for each that goes. */
function mostWrites(driver: Driver, program: Program): number {
  return 3 * (program.resources.length + driver.state.length);
}

async function upAsDeclared(driver: Driver, program: Program): Promise<void> {
  sets.world.requests();
  const most = mostWrites(driver, program);
  expect(await up(driver, inNamespace(program))).toEqual([]);
  expect(sets.world.requests().filter((name) => /put|delete/.test(name)).length).toBeLessThanOrEqual(most);
  await expectAsDeclared(driver, program);
}

async function upWithFault(driver: Driver, program: Program): Promise<void> {
  sets.world.emulator.setFaults(program.fault ? [program.fault] : []);
  await up(driver, inNamespace(program));
  sets.world.heal();
}

const sameEachTime = { numRuns: 60, seed: 1 };

/**
 * A key that two resources declare, of which the preview warns, can be missing after a failure: the one has deleted it
 * first to replace itself, and the other, which comes later, was not reached.
 */
const programsWithoutRivals = programs.filter(({ declared }) => {
  const keys = [...declared.values()].flatMap((values) => Object.keys(values));
  return new Set(keys).size === keys.length;
});

describe("whatever programs follow each other", () => {
  test("the store has what is declared, and what is foreign, and the next plan is empty", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(programs, { minLength: 2, maxLength: 5 }), async (list) => {
        await newNamespace();
        const driver = new Driver();
        for (const program of list) await upAsDeclared(driver, program);
      }),
      sameEachTime,
    );
  });

  test("with failures at any place, the same one makes it good, unless a key is declared twice", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(programsWithoutRivals, { minLength: 2, maxLength: 5 }), async (list) => {
        await newNamespace();
        const driver = new Driver();
        for (const program of list) {
          await upWithFault(driver, program);
          expect(await up(driver, inNamespace(program))).toEqual([]);
          await expectAsDeclared(driver, program);
        }
      }),
      sameEachTime,
    );
  });

  test("with failures at any place, another one makes it good, unless keys have moved in the failure", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(programsWithoutMoves, { minLength: 2, maxLength: 5 }), programs, async (list, last) => {
        await newNamespace();
        const driver = new Driver();
        for (const program of list) await upWithFault(driver, program);
        expect(await up(driver, inNamespace(last))).toEqual([]);
        await expectAsDeclared(driver, last);
      }),
      sameEachTime,
    );
  });

  test("the last resources that go leave what is foreign", async () => {
    await fc.assert(
      fc.asyncProperty(programsWithoutMoves, programsWithoutMoves, async (first, second) => {
        await newNamespace();
        const driver = new Driver();
        await up(driver, inNamespace(first));
        await upWithFault(driver, second);
        expect(await up(driver, [])).toEqual([]);
        expect(sets.keys()).toEqual(foreign);
      }),
      sameEachTime,
    );
  });

  test("a set that prunes what is unlisted deletes nothing that is declared, and nothing beside its prefix", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(programs, { minLength: 2, maxLength: 5 }), async (list) => {
        await newNamespace();
        const driver = new Driver();
        for (const program of list) {
          await sets.foreign(...foreign);
          const resources = inNamespace(program).map(pruning);
          expect(await up(driver, resources)).toEqual([]);
          const left = resources.some(isPruning) ? ["x"] : foreign;
          expect(stored()).toEqual({ ...all(program), ...Object.fromEntries(left.map((key) => [key, "foreign"])) });
        }
      }),
      sameEachTime,
    );
  });
});

function pruning(declared: Declared): Declared {
  const isToPrune = declared.name === "set-2" && declared.args.keyPrefix !== undefined;
  return isToPrune ? { ...declared, args: { ...declared.args, prune: "unlisted" } } : declared;
}

function isPruning({ args }: Declared): boolean {
  return args.prune === "unlisted";
}
