/** Why an export does not go on, in one sentence with what to do. */
export class ExportError extends Error {
  /** The exit code: 0 where there is nothing left to do. */
  readonly code: number;

  constructor(message: string, code = 1) {
    super(message);
    this.code = code;
  }
}
