import { counted } from "../../provider/resources/key-value-set/format";
import type { Part } from "./options";
import { probes } from "./probes";
import { scenarios } from "./scenarios";
import { setUpCost } from "./stage";
import { shortened, type Target } from "./target";
import { sum, type Traffic, textOf } from "./traffic";

/** The look at the account before anything else, and the list that finds what is to be removed. */
const frame: Partial<Traffic> = { requests: 2, lists: 2 };

/** What may be asked again: what is not shown yet, and what is answered with a failure that may pass. */
const further: Traffic = { requests: 250, writes: 30, deletes: 10, lists: 100, namespaces: 0 };

/** What the chosen parts send, with the removal of each namespace. */
export function expectedTraffic(parts: readonly Part[]): Traffic {
  const costs = [
    ...(parts.includes("assumptions") ? [setUpCost, ...probes.map(({ cost }) => cost)] : []),
    ...(parts.includes("scenarios") ? scenarios.map(({ cost }) => cost) : []),
  ];
  const total = sum([frame, ...costs]);
  return { ...total, requests: total.requests + total.namespaces };
}

/** The most that is sent in any case. */
export function mostTraffic(parts: readonly Part[]): Traffic {
  return sum([expectedTraffic(parts), further]);
}

/** What whoever starts a run is told beforehand. */
export function announcement(target: Target, mark: string, parts: readonly Part[]): string {
  const { requests, writes, deletes, lists } = further;
  const kinds = `${counted(writes, "write")}, ${counted(deletes, "delete")} and ${counted(lists, "list")}`;
  return [
    `This sends about ${textOf(expectedTraffic(parts))}, to account ${shortened(target.accountId)} at ${target.baseUrl}.`,
    `Where the API is slow to show what was written, it asks again for up to two minutes: at most ` +
      `${counted(requests, "request")} more, with ${kinds}.`,
    `It works in namespaces of its own, titled "${mark} …", and removes them afterwards.`,
  ].join("\n");
}
