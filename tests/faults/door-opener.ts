import type { Core } from "../../provider/core";
import { createCore } from "../../provider/index";
import type { DoorClient } from "../driver/door-client";
import { dynamicClient } from "../driver/dynamic-client";
import { pluginClient } from "../driver/plugin-client";

/** Where a door is opened, each time for one run of the engine: to a core of its own, for none outlives a run. */
export interface DoorOpener {
  open(core: Core): DoorClient;
  close(): Promise<void>;
}

/** One plugin that a new core stands behind with each run: a process for each would take most of the time. */
export async function pluginOpener(engineAddress: string): Promise<DoorOpener> {
  let current = createCore();
  const door = await pluginClient(
    new Proxy(current, {
      get(_, name) {
        const member: unknown = Reflect.get(current, name);
        return typeof member === "function" ? member.bind(current) : member;
      },
    }),
    engineAddress,
  );
  return {
    open(core) {
      current = core;
      return door;
    },
    close: () => door.close(),
  };
}

/** Called as Pulumi's dynamic process calls it. */
export async function dynamicOpener(engineAddress: string): Promise<DoorOpener> {
  return { open: (core) => dynamicClient(core, engineAddress), async close() {} };
}
