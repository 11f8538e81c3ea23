import { DiffResponse } from "@pulumi/pulumi/proto/provider_pb";
import { changesBetween, type Properties } from "./property";

/** The kinds of change, by their number in the protocol. */
const kinds = ["add", "add-replace", "delete", "delete-replace", "update", "update-replace"] as const;

export interface PropertyChange {
  readonly kind: (typeof kinds)[number];
  readonly inputDiff: boolean;
}

export interface Diff {
  readonly changes: boolean;
  readonly replace: boolean;
  readonly replaceReasons: string[];
  readonly diffs: string[];
  readonly detailedDiff: Record<string, PropertyChange>;
  readonly deleteBeforeReplace: boolean;
}

/** What a provider answered; where it left the comparison to the engine, that of the inputs. */
export function diffOf(response: DiffResponse, oldInputs: Properties, news: Properties): Diff {
  const own = response.getChanges() !== DiffResponse.DiffChanges.DIFF_UNKNOWN;
  const detailedDiff = own ? detailed(response) : compared(oldInputs, news);
  const kinds = Object.values(detailedDiff).map((change) => change.kind);
  const changes = own ? response.getChanges() === DiffResponse.DiffChanges.DIFF_SOME : kinds.length > 0;
  const replaceReasons = response.getReplacesList();
  return {
    changes,
    replace: changes && (replaceReasons.length > 0 || kinds.some((kind) => kind.endsWith("replace"))),
    replaceReasons,
    diffs: own ? response.getDiffsList() : topLevelKeys(detailedDiff),
    detailedDiff,
    deleteBeforeReplace: response.getDeletebeforereplace(),
  };
}

/** A replacement that the engine calls for itself. */
export function replacement(...replaceReasons: string[]): Diff {
  return { changes: true, replace: true, replaceReasons, diffs: [], detailedDiff: {}, deleteBeforeReplace: false };
}

/** A refresh asks what an `up` would undo, and shows the opposite. */
export function invert(diff: Diff): Diff {
  const opposite: Record<string, PropertyChange["kind"]> = {
    add: "delete",
    delete: "add",
    "add-replace": "delete-replace",
    "delete-replace": "add-replace",
  };
  const changes = Object.entries(diff.detailedDiff).map(([at, change]) => {
    return [at, { ...change, kind: opposite[change.kind] ?? change.kind }] as const;
  });
  return { ...diff, detailedDiff: Object.fromEntries(changes) };
}

function detailed(response: DiffResponse): Diff["detailedDiff"] {
  const changes: Diff["detailedDiff"] = {};
  if (!response.getHasdetaileddiff()) return changes;
  response.getDetaileddiffMap().forEach((change, at) => {
    changes[at] = { kind: kinds[change.getKind()] ?? "update", inputDiff: change.getInputdiff() };
  });
  return changes;
}

function compared(oldInputs: Properties, news: Properties): Diff["detailedDiff"] {
  const changes = Object.entries(changesBetween(oldInputs, news));
  return Object.fromEntries(changes.map(([at, kind]) => [at, { kind, inputDiff: true }]));
}

function topLevelKeys(detailedDiff: Diff["detailedDiff"]): string[] {
  return [...new Set(Object.keys(detailedDiff).map((at) => at.split(/[.[]/)[0] || at))];
}
