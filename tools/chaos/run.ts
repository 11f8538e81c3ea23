import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Emulator, startEmulator } from "../../provider/emulator/emulator";
import type { Fault } from "../../provider/emulator/fault";
import { textOf } from "../engine/call";
import { type OperationResult, preview, refresh, type StackOptions, up } from "../engine/engine";
import { readState } from "../engine/state";
import { linkPackages } from "../stack/link-packages";
import { declaring } from "./declare";
import { Events } from "./events";
import { deletedThoughDeclared, deletedTooEarly, judge, namespaceIdOf, type Verdict } from "./oracle";
import { drawPlan, type Edition, type Event, nothing, type Plan } from "./plan";
import type { Program } from "./program";
import { Result } from "./result";
import { type Sabotage, sabotaged } from "./sabotage";
import { crashesIn, leaksIn } from "./search";
import { accountId, Strangers } from "./strangers";

const _root = resolve(__dirname, "../../..");
/** From this one on nothing disturbs an `up` any more. */
const calmFrom = 3;
/** After so many it must have converged. */
const most = 6;

/** Plays what the seed says, and finds out what has become of it. */
export async function runSeed(seed: number, sabotage?: Sabotage): Promise<Result> {
  const events = new Events();
  const emulator = await startEmulator({ onRequest: events.onRequest, onAnswer: events.onAnswer });
  const dir = folder();
  try {
    const run = new ChaosRun(drawPlan(seed), emulator, events, dir, sabotage);
    await run.play();
    return run.result;
  } finally {
    await emulator.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

class ChaosRun {
  readonly result: Result;
  readonly #token: string;
  readonly #strangers: Strangers;
  readonly #options: StackOptions;
  readonly #pids = new Set<number>();
  readonly #answers: string[] = [];
  #faults: readonly Edition["faults"][number][] = [];
  #wasKilled = false;

  constructor(
    private readonly plan: Plan,
    private readonly emulator: Emulator,
    private readonly events: Events,
    dir: string,
    sabotage: Sabotage | undefined,
  ) {
    this.result = new Result(plan.seed);
    this.#token = `token-of-${plan.sentinel}`;
    this.#strangers = new Strangers(emulator, this.#token);
    this.#options = {
      programDir: dir,
      stateFile: join(dir, "state.json"),
      config: {
        "cloudflare-kv:accountId": accountId,
        "cloudflare-kv:apiToken": this.#token,
        "cloudflare-kv:baseUrl": emulator.url,
        "cloudflare-kv:requestTimeout": "1",
      },
      secretConfig: ["cloudflare-kv:apiToken"],
      env: {
        CLOUDFLARE_KV_CONSISTENCY_SECONDS: "0",
        // Pulumi's own credential is in a provider's environment too.
        PULUMI_ACCESS_TOKEN: `pul-${plan.sentinel}`,
        ...(sabotage && sabotaged(sabotage)),
      },
      parallel: plan.parallel,
      onCall: (_call, { pid }) => {
        this.#pids.add(pid);
      },
      onAnswer: ({ method, package: from }, answer) => {
        // The dynamic process cannot carry secrets, nor can a provider's configuration: the engine marks them anew.
        if (from !== "pulumi-nodejs" && method !== "CheckConfig") this.#answers.push(textOf(answer));
      },
    };
  }

  async play(): Promise<void> {
    await this.#strangers.settle();
    let before = nothing;
    let converged = true;
    for (const edition of this.plan.editions) {
      for (const kind of edition.edits) this.result.countEdit(kind);
      if (edition.hasStrays) await this.#putStrays(edition.program);
      converged &&= edition.isGivenUp ? await this.#try(edition) : await this.#converge(edition, before);
      before = edition.program;
      if (!converged) break;
    }
    this.result.converged = converged ? 1 : 0;
    this.result.foreignWrites = this.#strangers.count;
  }

  /** Once, and whatever has become of it, another program follows. */
  async #try({ program, faults, events }: Edition): Promise<true> {
    await this.#setFaults(faults);
    await this.#watched(up, program, events[0] ?? []);
    await this.#setFaults([]);
    return true;
  }

  async #converge(edition: Edition, before: Program): Promise<boolean> {
    const { program } = edition;
    await this.#setFaults(edition.faults);
    if (edition.isRefreshed) await this.#watched(refresh, program, []);
    for (let attempt = 0; attempt < most; attempt++) {
      if (attempt === calmFrom) await this.#setFaults([]);
      const events = attempt < calmFrom ? (edition.events[attempt] ?? []) : [];
      const isDisturbed = this.#faults.length > 0 || events.length > 0;
      if (edition.isPreviewed) await this.#watched(preview, program, []);
      this.emulator.clearLog();
      const done = await this.#watched(up, program, events);
      this.result.add("lost", deletedTooEarly(before, program, this.#state(), this.emulator));
      if (knowsAll(edition)) this.result.add("lost", deletedThoughDeclared(program, this.#state(), this.emulator));
      if (done.ok && (await this.#isSettled(edition, isDisturbed))) return true;
      if (isDisturbed) continue;
      this.result.note(`an undisturbed up did not converge: ${done.errors.join("; ")}`);
      if (!done.ok) this.#blame(this.#verdict(program));
      break;
    }
    return false;
  }

  /** A disturbed one may have been told less than there is. */
  async #isSettled(edition: Edition, isDisturbed: boolean): Promise<boolean> {
    await this.#setFaults([]);
    const verdict = this.#verdict(edition.program);
    const left = edition === this.plan.editions.at(-1) ? await this.#leftToDo(edition.program) : [];
    const isStoreRight = verdict.lost.length === 0 && verdict.orphaned.length === 0;
    if (isDisturbed && !(isStoreRight && left.length === 0)) return false;
    this.#blame(verdict);
    if (left.length > 0) this.result.note(`the preview is not empty: ${left.join(", ")}`);
    return left.length === 0;
  }

  #verdict(program: Program): Verdict {
    return judge(program, this.#state(), this.emulator, this.#strangers);
  }

  #blame({ lost, orphaned, foreignTouched }: Verdict): void {
    this.result.add("lost", lost);
    this.result.add("orphaned", orphaned);
    this.result.add("foreignTouched", foreignTouched);
  }

  async #leftToDo(program: Program): Promise<string[]> {
    const { steps, errors } = await this.#watched(preview, program, []);
    return [...errors, ...steps.filter(({ op }) => op !== "same").map(({ op, name }) => `${op} ${name}`)];
  }

  async #watched(
    operate: (options: StackOptions) => Promise<OperationResult>,
    program: Program,
    events: readonly Event[],
  ): Promise<OperationResult> {
    const controller = new AbortController();
    this.#pids.clear();
    this.#answers.length = 0;
    this.#wasKilled = false;
    this.events.arm(events, (event) => this.#happen(event, program, controller));
    const declare = declaring(program, this.#options.programDir);
    const done = await operate({ ...this.#options, declare, interrupt: controller.signal });
    this.events.disarm();
    this.result.add("leaked", leaksIn(this.plan.sentinel, done, this.#answers, this.#state()));
    this.result.add("crashed", crashesIn(done, this.#wasKilled));
    return done;
  }

  async #happen({ what }: Event, { namespaces }: Program, controller: AbortController): Promise<void> {
    const shared = namespaces.find(({ isShared }) => isShared)?.title ?? "";
    if (what === "foreign write") return this.#strangers.visit(shared);
    if (what === "interrupt") {
      this.result.countFault("Ctrl-C");
      return controller.abort();
    }
    // Their ids may be somebody else's by now.
    if (this.#wasKilled) return;
    this.result.kills++;
    this.#wasKilled = true;
    for (const pid of this.#pids) process.kill(pid, "SIGKILL");
  }

  /** Counts those of the former ones that did something. */
  async #setFaults(faults: Edition["faults"]): Promise<void> {
    const response = await fetch(`${this.emulator.control}/faults`);
    const left = (await response.json()) as Fault[];
    for (const [i, { kind, fault }] of this.#faults.entries()) {
      if (left[i]?.times !== fault.times) this.result.countFault(kind);
    }
    this.#faults = faults;
    this.emulator.setFaults(faults.map(({ fault }) => fault));
  }

  async #putStrays({ sets }: Program): Promise<void> {
    for (const { prune, namespace, keyPrefix } of sets) {
      const id = namespaceIdOf(this.#state(), namespace);
      if (prune === "removed" || id === undefined) continue;
      await this.#strangers.put(id, `${keyPrefix}stray`, "to be pruned");
      this.result.countEdit("prune");
    }
  }

  #state() {
    return readState(this.#options.stateFile);
  }
}

/** False where a set's update cannot know what a resource that depends on it declares. */
function knowsAll({ program, isPreviewed }: Edition): boolean {
  return isPreviewed || program.sets.every(({ prune, after }) => prune === "removed" && after === undefined);
}

/** Of a program that has installed both doors. */
function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "chaos-"));
  linkPackages(dir, ["@pulumi"]);
  writeFileSync(join(dir, "Pulumi.yaml"), "name: project\nruntime: nodejs\n");
  return dir;
}
