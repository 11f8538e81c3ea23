import { type Case, type DoorName, doorOpeners, faultyRequests } from "./case";
import type { Outcome } from "./failure-text";
import { faults, isOnceOnly } from "./fault";
import { operations } from "./operation";
import { runCase } from "./run-case";

export type Result = Case & { readonly outcome: Outcome };

/** At once, of each door: most of a case is waiting for answers. */
const width = 6;

/** Runs every operation with every fault through every door. */
export async function runMatrix(engineAddress: string): Promise<Result[]> {
  const results = await Promise.all(
    (Object.keys(doorOpeners) as DoorName[]).map((door) => runDoor(door, engineAddress)),
  );
  return results.flat();
}

/** The results are in the order of the cases. */
async function runDoor(door: DoorName, engineAddress: string): Promise<Result[]> {
  const cases = casesOf(door);
  const results: Result[] = [];
  let next = 0;
  const work = async () => {
    const opener = await doorOpeners[door](engineAddress);
    try {
      for (let index = next++; index < cases.length; index = next++) {
        const faultCase = cases[index] as Case;
        results[index] = { ...faultCase, outcome: await runCase(faultCase, opener) };
      }
    } finally {
      await opener.close();
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  return results;
}

/** Less those in which nothing can be spoiled. */
function casesOf(door: DoorName): Case[] {
  const cases = operations.flatMap((operation) =>
    faults.flatMap((fault) =>
      (isOnceOnly(fault) ? [false] : [false, true]).map((isForEver) => ({ operation, fault, isForEver, door })),
    ),
  );
  // The dynamic door has no import.
  const own = door === "plugin" ? cases : cases.filter(({ operation }) => operation.does !== "import");
  return own.filter((faultCase) => faultyRequests(faultCase).length > 0);
}
