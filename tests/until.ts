/** Waits for what a test has set in motion. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`it never came to be: ${condition}`);
    await new Promise(setImmediate);
  }
}
