import { type Emulator, startEmulator } from "../../provider/emulator/emulator";
import { createCore } from "../../provider/index";
import type { DoorClient } from "../driver/door-client";
import type { Declared, Driver } from "../driver/driver";
import { FakeClock } from "../fake-clock";
import { type Case, faultyRequests } from "./case";
import type { DoorOpener } from "./door-opener";
import { namespacePlaceholder, secrets } from "./operation";
import { TcpProxy } from "./tcp-proxy";

export const accountId = "0123456789abcdef0123456789abcdef";
/** More than any operation sends, and yet a number that tells whether it was used. */
const often = 1_000_000;

/** An API, what spoils the way to it, and the doors of the provider: a new process for each run. */
export class Fixture {
  #namespaceId = namespacePlaceholder;
  readonly #clock: FakeClock;
  #aheadMs = 0;

  private constructor(
    private readonly emulator: Emulator,
    private readonly proxy: TcpProxy | undefined,
    private readonly faultCase: Case,
    private readonly opener: DoorOpener,
  ) {
    this.#clock = new FakeClock((nowMs) => emulator.setClock({ nowMs: nowMs + this.#aheadMs }));
  }

  static async open(faultCase: Case, opener: DoorOpener): Promise<Fixture> {
    const emulator = await startEmulator();
    const proxy =
      faultCase.fault.kind === "refused" ? await TcpProxy.open(Number(new URL(emulator.url).port)) : undefined;
    return new Fixture(emulator, proxy, faultCase, opener);
  }

  async close(): Promise<void> {
    await this.proxy?.close();
    await this.emulator.close();
  }

  async door(): Promise<DoorClient> {
    const { kind } = this.faultCase.fault;
    const seconds = typeof kind === "object" && "action" in kind ? kind.requestTimeoutSeconds : undefined;
    const url = new URL(this.emulator.url);
    if (this.proxy) url.port = String(this.proxy.port);
    const config = { apiToken: secrets.token, accountId, baseUrl: url.href };
    const door = this.opener.open(createCore(this.#clock));
    await door.configure({ ...config, ...(seconds && { requestTimeout: seconds }) });
    return door;
  }

  async up(driver: Driver, program: readonly Declared[]): Promise<void> {
    await this.must((door) => driver.up(door, program));
  }

  async must(act: (door: DoorClient) => Promise<string[]>): Promise<void> {
    const failed = await act(await this.door());
    if (failed.length > 0) throw new Error(`without a fault: ${failed.join("; ")}`);
  }

  async injectFault(): Promise<void> {
    const { isForEver, fault } = this.faultCase;
    this.emulator.clearLog();
    if (fault.kind === "refused") return this.#refuse(isForEver);
    if ("clockAheadMs" in fault.kind) {
      this.#aheadMs = fault.kind.clockAheadMs;
      return this.#clock.advance(0);
    }
    const { action } = fault.kind;
    const times = isForEver ? often : 1;
    const spoiled = faultyRequests(this.faultCase);
    this.emulator.setFaults(spoiled.map((operation) => ({ match: operation ? { operation } : {}, times, action })));
  }

  /** True where the fault has spoiled something. */
  async heal(): Promise<boolean> {
    const { kind } = this.faultCase.fault;
    if (kind === "refused") {
      const isUsed = this.#clock.slept > 0;
      await this.proxy?.listen();
      return isUsed;
    }
    if ("clockAheadMs" in kind) return this.emulator.log.length > 0;
    const response = await fetch(`${this.emulator.control}/faults`);
    const left = (await response.json()) as { times: number }[];
    this.emulator.setFaults([]);
    return left.some(({ times }) => times !== (this.faultCase.isForEver ? often : 1));
  }

  async makeNamespace(title: string): Promise<void> {
    const { result } = await this.#request("POST", "", JSON.stringify({ title }));
    this.#namespaceId = result.id;
  }

  async put(key: string, value: string): Promise<void> {
    await this.#request("PUT", `/${this.#namespaceId}/values/${encodeURIComponent(key)}`, value);
  }

  located(program: readonly Declared[]): Declared[] {
    return JSON.parse(JSON.stringify(program).replaceAll(namespacePlaceholder, this.#namespaceId));
  }

  titles(): string[] {
    return this.emulator.namespaces().map(({ title }) => title);
  }

  contents(): Record<string, string> {
    this.#namespaceId = this.emulator.namespaces()[0]?.id ?? "";
    const textOf = (key: string) => this.emulator.entry(this.#namespaceId, key)?.value.toString() ?? "";
    return Object.fromEntries(this.emulator.keys(this.#namespaceId).map((key) => [key, textOf(key)]));
  }

  async #refuse(isForEver: boolean): Promise<void> {
    await this.proxy?.refuse();
    if (!isForEver) this.#clock.onSleep = () => this.proxy?.listen();
    this.#clock.slept = 0;
  }

  async #request(method: string, path: string, body: string): Promise<{ result: { id: string } }> {
    const url = `${this.emulator.url}/accounts/${accountId}/storage/kv/namespaces${path}`;
    const headers = { authorization: "Bearer somebody-else", "content-type": "application/json" };
    const answer = await fetch(url, { method, headers, body });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`);
    return (await answer.json()) as { result: { id: string } };
  }
}
