/** A request that cannot be served as it is; its message is a sentence for the user. */
export class InputError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "InputError";
  }
}
