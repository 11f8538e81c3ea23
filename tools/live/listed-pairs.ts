/** Letters of all sizes; in UTF-16 the last but one would be the last. */
export const orderedKeys = ["order/Z", "order/a", "order/a b", "order/ab", "order/é", "order/ﬁ", "order/😀"];
export const pagedKeys = Array.from({ length: 12 }, (_, index) => `page/${String(index).padStart(2, "0")}`);

const inADay = () => Math.floor(Date.now() / 1000) + 86_400;

/** What the namespace for lists holds. */
export const listedPairs = () => [
  ...[...orderedKeys, ...pagedKeys].map((key) => ({ key, value: "listed" })),
  { key: "form/metadata", value: "listed", metadata: { a: 1 } },
  { key: "form/expiration", value: "listed", expiration: inADay() },
  { key: "form/plain", value: "listed" },
];
