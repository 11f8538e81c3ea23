/** A query parameter that is a whole number; refuses anything else in one sentence. */
export function wholeNumber(query: URLSearchParams, name: string, least: number, usual: number): number {
  const text = query.get(name) ?? String(usual);
  if (/^\d{1,15}$/.test(text) && Number(text) >= least) return Number(text);
  throw new Error(`Invalid ${name} ${JSON.stringify(text)}: expected a whole number from ${least}.`);
}
