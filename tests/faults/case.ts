import type { Operation as Request } from "../../provider/emulator/route";
import { type DoorOpener, dynamicOpener, pluginOpener } from "./door-opener";
import type { Fault } from "./fault";
import type { Operation } from "./operation";

export const doorOpeners: Readonly<Record<DoorName, (engineAddress: string) => Promise<DoorOpener>>> = {
  plugin: pluginOpener,
  dynamic: dynamicOpener,
};
export type DoorName = "plugin" | "dynamic";

/** One operation that meets one fault. */
export interface Case {
  readonly operation: Operation;
  readonly fault: Fault;
  readonly isForEver: boolean;
  readonly door: DoorName;
}

export function describe({ operation, fault, isForEver, door }: Case): string {
  return `${operation.of} ${operation.name}, ${fault.name} ${isForEver ? "for ever" : "once"}, ${door} door`;
}

/** Once: what the operation is about. For ever: all (undefined), unless the fault or what goes before is not so. */
export function faultyRequests({ operation, fault, isForEver }: Case): readonly (Request | undefined)[] {
  const only = typeof fault.kind === "object" && "action" in fault.kind ? fault.kind.only : undefined;
  const isAfterAnother = operation.titles !== undefined && operation.keys !== undefined;
  if (isForEver && !isAfterAnother) return only ?? [undefined];
  return operation.requests.filter((request) => only?.includes(request) ?? true);
}
