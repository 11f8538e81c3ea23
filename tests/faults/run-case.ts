import type { DoorClient } from "../driver/door-client";
import { type Declared, Driver } from "../driver/driver";
import { secretsIn } from "../secrets/secret-scan";
import { type Case, describe } from "./case";
import type { DoorOpener } from "./door-opener";
import { failureOf, type Outcome } from "./failure-text";
import { Fixture } from "./fixture";
import { foreignValue, type Operation, secrets } from "./operation";

/**
 * Does one thing while another goes wrong, then what the user does next without it.
 *
 * @throws what is wrong with the outcome: data that is lost or reported as what it is not, a secret that is told.
 */
export async function runCase(faultCase: Case, opener: DoorOpener): Promise<Outcome> {
  const fixture = await Fixture.open(faultCase, opener);
  try {
    return await outcomeOf(faultCase, fixture);
  } catch (error) {
    throw new Error(`${describe(faultCase)}: ${error instanceof Error ? error.message : error}`, { cause: error });
  } finally {
    await fixture.close();
  }
}

async function outcomeOf({ operation }: Case, fixture: Fixture): Promise<Outcome> {
  const driver = await prepared(operation, fixture);
  const program = fixture.located(operation.program);
  const act = actOf(operation, driver, program);
  await fixture.injectFault();
  const failed = await act(await fixture.door());
  const isUsed = await fixture.heal();
  expectNoLeaks(failed, driver);
  const isLate =
    failed.length === 0 && operation.isByList && (await driver.plan(await fixture.door(), program)).length > 0;
  const isDone = failed.length === 0 && !isLate && operation.does !== "import";
  const next = advised(program, failed);
  if (failed.length > 0 && operation.does === "import") await fixture.must(act);
  if (!isDone) await fixture.up(driver, next);
  await expectConverged(operation, fixture, driver, next);
  if (!isUsed) return { kind: "not applicable" };
  if (failed.length > 0) return failureOf(failed);
  return { kind: isLate ? "succeeds with the next up" : "succeeds" };
}

/** What is before: made by earlier runs, and by others. */
async function prepared({ before = [], foreign = [], foreignTitle, keys, titles }: Operation, fixture: Fixture) {
  if (foreignTitle) await fixture.makeNamespace(foreignTitle);
  if (keys && !titles) await fixture.makeNamespace("data");
  const driver = new Driver();
  await fixture.up(driver, fixture.located(before));
  for (const key of foreign) await fixture.put(key, foreignValue);
  return driver;
}

function actOf(
  { does }: Operation,
  driver: Driver,
  program: readonly Declared[],
): (door: DoorClient) => Promise<string[]> {
  if (does === "up") return (door) => driver.up(door, program);
  if (does === "refresh") return (door) => driver.refresh(door);
  const known = driver.forget();
  return (door) => driver.import(door, known);
}

/** The program as the message says that it is to be changed. */
function advised(program: readonly Declared[], failed: readonly string[]): readonly Declared[] {
  if (!failed.some((message) => message.includes("set adopt: true"))) return program;
  return program.map((declared) =>
    declared.type === "Namespace" ? { ...declared, args: { ...declared.args, adopt: true } } : declared,
  );
}

async function expectConverged(
  { keys, titles }: Operation,
  fixture: Fixture,
  driver: Driver,
  program: readonly Declared[],
) {
  if (titles && !isSame(fixture.titles(), titles)) throw new Error(`the namespaces are ${fixture.titles()}`);
  if (keys && !isSame(fixture.contents(), sorted(keys))) {
    throw new Error(`the store holds ${Object.keys(fixture.contents())} or other values than declared`);
  }
  const changes = await driver.plan(await fixture.door(), program);
  if (changes.length > 0) throw new Error(`the next preview would change ${changes}`);
}

function expectNoLeaks(error: readonly string[], { state }: Driver): void {
  const [leak] = secretsIn(Object.values(secrets), { error, state });
  if (leak) throw new Error(`a secret is told, ${leak.place}, ${leak.form}`);
}

function sorted(keys: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(keys).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What the emulator's database answers is of another realm than a test. */
function isSame(found: unknown, declared: unknown): boolean {
  return JSON.stringify(found) === JSON.stringify(declared);
}
