import type { Limits } from "../../provider/emulator/limits";
import { send } from "../raw-request";
import { isOnThisMachine, type Target } from "./target";

/** The API itself: what it refuses, and an emulator does only when it is told to. */
const strict: Partial<Limits> = { rate: { requests: 1200, windowSeconds: 300 }, sameKeyPerSecond: true };

/** What an emulator is told to refuse. */
export interface Settings {
  readonly limits: Partial<Limits>;
  /** Whether it accepts every token. */
  readonly acceptsAll: boolean;
}

export interface TargetSettings extends Settings {
  /** Whether an emulator takes the API's place. */
  readonly isEmulator: boolean;
}

/** How the emulator that says what is expected is to be set: as the API, or as the emulator that takes its place. */
export async function settingsFor(target: Target): Promise<TargetSettings> {
  const limits = isOnThisMachine(target) ? await limitsOf(target) : undefined;
  if (!limits) return { limits: strict, acceptsAll: false, isEmulator: false };
  return { limits, acceptsAll: await acceptsAll(target), isEmulator: true };
}

/** Undefined where no emulator answers. */
async function limitsOf({ baseUrl }: Target): Promise<Limits | undefined> {
  const url = `${new URL(baseUrl).origin}/__control/limits`;
  const reply = await send({ method: "GET", url, headers: {} }).catch(() => undefined);
  return reply?.status === 200 ? (JSON.parse(reply.body.toString()) as Limits) : undefined;
}

async function acceptsAll({ baseUrl, accountId }: Target): Promise<boolean> {
  const url = `${baseUrl}/accounts/${accountId}/storage/kv/namespaces`;
  const { status } = await send({ method: "GET", url, headers: { authorization: "Bearer some-other-token" } });
  return status === 200;
}
