import { quoted } from "../../kv/quote";
import { Changes } from "../../pulumi/changes";
import { InputError } from "../../pulumi/errors";
import {
  type Call,
  type CheckFailure,
  type CheckResult,
  type CreateResult,
  type DiffResult,
  type Life,
  type Properties,
  quietCall,
  type ReadResult,
  type UpdateResult,
} from "../../pulumi/resource-provider";
import { isAbsent, problemsOfInputs } from "../../pulumi/validate";
import type { Claims } from "../../session/claims";
import type { Session } from "../../session/session";
import { located } from "../address";
import { clearIdText } from "../key-value/id";
import { withSavedCredential } from "../wrappers/with-saved-credential";
import { applySet, keptOutputs, removeSet } from "./apply";
import { counted } from "./format";
import { knownSetAddress, parseSetId, rangeOf, type SetAddress, setId } from "./id";
import { importSet } from "./import";
import { compareInputs } from "./paths";
import { readSet } from "./refresh";
import { SetRun } from "./run";
import { keyValueSetSchema, knownKeysOf, manifestOf, type SetState } from "./schema";

const stables = ["accountId", "namespaceId", "keyPrefix"];

/** Many keys of a namespace: only what changed is sent. */
export class KeyValueSetLife implements Life {
  readonly #session: Session;
  readonly #runs = new WeakMap<Claims, SetRun>();

  constructor(session: Session) {
    this.#session = session;
  }

  async check(olds: Properties, news: Properties, call: Call = quietCall): Promise<CheckResult> {
    const problems = problemsOfInputs(keyValueSetSchema, news);
    const failures = [...(call.hidesKeys ? problems.map(withoutNames) : problems), ...problemsTogether(news)];
    const { inputs, failures: misplaced } = located(olds, news, this.#session);
    failures.push(...misplaced);
    const run = this.#run();
    if (call.secrets?.covers("keyPrefix") && !run.claims.isChecked(call.urn))
      call.log.warning(clearIdText("keyPrefix"));
    const judged = { accountId: olds.accountId, ...judgeable(inputs, failures) };
    failures.push(...(await run.judge(olds, judged, call)));
    if (failures.length === 0) failures.push(...(await run.prepare(olds, inputs, call)));
    return { inputs, failures };
  }

  async diff(id: string, olds: Properties, news: Properties, call: Call = quietCall): Promise<DiffResult> {
    const changes = new Changes();
    for (const name of ["accountId", "namespaceId"]) changes.compare(name, olds[name], news[name], { replace: true });
    changes.compare("keyPrefix", olds.keyPrefix ?? "", news.keyPrefix ?? "", { replace: true });
    const isReplaced = changes.size > 0;
    compareInputs(changes, olds, news, call.secrets);
    const isSeen = changes.size > 0;
    const run = this.#run();
    if (!run.claims.isChecked(call.urn)) {
      if (!isSeen && manifestOf(olds).digest() !== olds.sha256) addWork(changes, olds);
    } else if (isReplaced) {
      const reason = await run.planCreate(news, call);
      if (reason) throw new InputError(reason);
      call.log.info(replacementText(parseSetId(id), manifestOf(olds).size, call));
    } else {
      const isToDo = await run.planUpdate(parseSetId(id), olds, news, call);
      if (isToDo && !isSeen) addWork(changes, news);
    }
    return changes.result(stables);
  }

  async create(inputs: Properties, call: Call = quietCall): Promise<CreateResult> {
    const run = this.#run();
    if (call.preview) return { id: "", outs: await run.knownOutputs({}, inputs, call) };
    const address = knownSetAddress(inputs);
    if (!address) throw new InputError("the namespace of a KeyValueSet is not known");
    const olds = keptOutputs(run, address, call);
    return { id: setId(address), outs: await applySet(this.#session, run, address, { olds, news: inputs }, call) };
  }

  read(id: string, props: Properties = {}, call: Call = quietCall): Promise<ReadResult> {
    const address = parseSetId(id, this.#session.config.accountId?.value);
    return withSavedCredential(this.#session, async () => {
      if (props.manifest === undefined) return importSet(this.#session, address, call);
      this.#session.claims.recordOwnRange(rangeOf(address, knownKeysOf(props)));
      return readSet(this.#session, address, props as unknown as SetState, call);
    });
  }

  async update(id: string, olds: Properties, news: Properties, call: Call = quietCall): Promise<UpdateResult> {
    const run = this.#run();
    if (call.preview) return { outs: await run.knownOutputs(olds, news, call) };
    return { outs: await applySet(this.#session, run, parseSetId(id), { olds, news }, call) };
  }

  delete(id: string, props: Properties, call: Call = quietCall): Promise<void> {
    return withSavedCredential(this.#session, () => removeSet(this.#session, this.#run(), parseSetId(id), props, call));
  }

  /** Asked once a call: what ends after its run says nothing in the next. */
  #run(): SetRun {
    const { claims } = this.#session;
    const run = this.#runs.get(claims) ?? new SetRun(this.#session);
    this.#runs.set(claims, run);
    return run;
  }
}

/** A source's members have names of keys. */
function withoutNames({ property, reason }: CheckFailure): CheckFailure {
  return { property, reason: reason.replaceAll(/"(?:[^"\\]|\\.)*"/g, "…") };
}

function problemsTogether(news: Properties): CheckFailure[] {
  const failures: CheckFailure[] = [];
  if (["values", "entries", "source"].every((name) => isAbsent(news[name]))) {
    const reason = "is missing: give at least one of values, entries, source; an empty `values` declares no key at all";
    failures.push({ property: "values", reason });
  }
  if (news.prune === "unlisted" && isAbsent(news.keyPrefix)) {
    const reason =
      'is required beside prune: "unlisted", which deletes every other key below it; "" stands for the whole namespace';
    failures.push({ property: "keyPrefix", reason });
  }
  return failures;
}

/** What is wrong already is not judged again: the rest is, all at once. */
function judgeable(inputs: Properties, failures: readonly CheckFailure[]): Properties {
  const wrong = new Set(failures.map(({ property }) => property.split(".", 1)[0]));
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => !wrong.has(name)));
}

function replacementText({ keyPrefix }: SetAddress, size: number, { hidesKeys }: Call): string {
  const where = keyPrefix === "" || hidesKeys ? "" : `, below ${quoted(keyPrefix)},`;
  const deleted = `${counted(size, "key")} of the old set${where} ${size === 1 ? "is" : "are"} deleted`;
  return `afterwards ${deleted}, except what the program still declares`;
}

/** Something is left to do that no input shows. */
function addWork(changes: Changes, inputs: Properties): void {
  const path = isAbsent(inputs.source) ? "manifest" : "source";
  changes.add(path, true, true, { inputDiff: false });
}
