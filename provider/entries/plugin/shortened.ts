/** Longer messages do not fit the headers in which gRPC sends them. */
const maxLength = 4000;

/** A message that gRPC can carry. */
export function shortened(message: string): string {
  const text = message.length > maxLength ? `${message.slice(0, maxLength)}…` : message;
  return text.toWellFormed();
}
