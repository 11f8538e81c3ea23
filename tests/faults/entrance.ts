import type { Core } from "../../provider/core";
import { createCore } from "../../provider/index";
import type { Asked } from "../doors/asked";
import { askedDynamic } from "../doors/dynamic-asked";
import { askedPlugin } from "../doors/plugin-asked";

/** Where a door is opened, each time for one run of the engine: to a core of its own, for none outlives a run. */
export interface Entrance {
  open(core: Core): Asked;
  close(): Promise<void>;
}

/** One plugin that a new core stands behind with each run: a process for each would take most of the time. */
export async function enterPlugin(engineAddress: string): Promise<Entrance> {
  let current = createCore();
  const door = await askedPlugin(
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
export async function enterDynamic(engineAddress: string): Promise<Entrance> {
  return { open: (core) => askedDynamic(core, engineAddress), async close() {} };
}
