import { type Cell, type DoorName, entrances, spoiledRequests } from "./cell";
import { faults, isOnceOnly } from "./fault";
import { operations } from "./operation";
import { runCell } from "./run-cell";
import type { Outcome } from "./told";

export type Result = Cell & { readonly outcome: Outcome };

/** At once, of each door: most of a cell is waiting for answers. */
const width = 6;

/** Runs every operation with every fault through every door. */
export async function runMatrix(engineAddress: string): Promise<Result[]> {
  const results = await Promise.all((Object.keys(entrances) as DoorName[]).map((door) => runDoor(door, engineAddress)));
  return results.flat();
}

/** The results are in the order of the cells. */
async function runDoor(door: DoorName, engineAddress: string): Promise<Result[]> {
  const cells = cellsOf(door);
  const results: Result[] = [];
  let next = 0;
  const work = async () => {
    const entrance = await entrances[door](engineAddress);
    try {
      for (let index = next++; index < cells.length; index = next++) {
        const cell = cells[index] as Cell;
        results[index] = { ...cell, outcome: await runCell(cell, entrance) };
      }
    } finally {
      await entrance.close();
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  return results;
}

/** Less those in which nothing can be spoiled. */
function cellsOf(door: DoorName): Cell[] {
  const cells = operations.flatMap((operation) =>
    faults.flatMap((fault) =>
      (isOnceOnly(fault) ? [false] : [false, true]).map((isForEver) => ({ operation, fault, isForEver, door })),
    ),
  );
  // The dynamic door has no import.
  const own = door === "plugin" ? cells : cells.filter(({ operation }) => operation.does !== "import");
  return own.filter((cell) => spoiledRequests(cell).length > 0);
}
