import type { Part } from "./options";
import { expectedTraffic } from "./plan";
import { probes, unprobed, untried } from "./probes";
import { scenarios } from "./scenarios";
import { textOf } from "./traffic";

/** What would be tried, and what never is. */
export function listing(parts: readonly Part[]): string {
  return [
    ...(parts.includes("assumptions") ? assumptions() : []),
    ...(parts.includes("scenarios") ? ["", "Scenarios:", ...scenarios.map(({ name }) => `- ${name}`)] : []),
    "",
    `All of it takes about ${textOf(expectedTraffic(parts))}.`,
  ].join("\n");
}

function assumptions(): string[] {
  const reasons = Object.entries(unprobed).map(([name, reason]) => `- ${name}: ${reason}`);
  return [
    "Assumptions:",
    ...probes.map(({ name, assumption }) => `- ${name}: ${assumption}`),
    "",
    "Never tried:",
    ...reasons,
    ...untried.map((text) => `- ${text}`),
  ];
}
