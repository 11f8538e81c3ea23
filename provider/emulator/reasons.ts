export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Why a file of a store is of no use. */
export function cannotUse(file: string, error: unknown): Error {
  return new Error(`cannot use ${file}: ${messageOf(error)}`);
}
