import type { DatabaseSync } from "node:sqlite";

/** Does all of the work, or where it throws, nothing. */
export function transact(database: DatabaseSync, work: () => void): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    work();
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}
