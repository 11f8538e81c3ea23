/** Why an export cannot go on, in one sentence with what to do. */
export class ExportError extends Error {}
