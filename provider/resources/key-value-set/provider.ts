import { quoted } from "../../kv/quote";
import type { Changes } from "../../pulumi/changes";
import { compareAll } from "../../pulumi/compare";
import { InputError } from "../../pulumi/errors";
import type {
  CheckFailure,
  CheckResult,
  CreateResult,
  DiffResult,
  Properties,
  ReadResult,
  ResourceProvider,
  UpdateResult,
} from "../../pulumi/resource-provider";
import { stablesOf } from "../../pulumi/schema";
import { isAbsent, problemsOfInputs } from "../../pulumi/validate";
import type { CallContext } from "../../session/context";
import { located } from "../address";
import { clearIdText } from "../key-value/id";
import { askForNamespace } from "../preflight";
import { applySet, keptOutputs, removeSet } from "./apply";
import { SetChecks } from "./checks";
import { setComparisons } from "./compare";
import { counted } from "./format";
import { knownSetAddress, parseSetId, rangeOf, type SetAddress, setId } from "./id";
import { importSet } from "./import";
import { readSet } from "./refresh";
import { keyValueSetSchema, knownKeysOf, manifestOf, outputsOf, type SetState } from "./schema";
import { readingProblems } from "./source/open-source";

/** Many keys of a namespace: only what changed is sent. */
export class KeyValueSetProvider implements ResourceProvider<CallContext> {
  async check(olds: Properties, news: Properties, context: CallContext): Promise<CheckResult> {
    const problems = problemsOfInputs(keyValueSetSchema, news);
    const failures = [...(context.hidesKeys ? problems.map(withoutNames) : problems), ...problemsTogether(news)];
    const { inputs, failures: misplaced } = located(olds, news, context);
    failures.push(...misplaced);
    const checks = checksOf(context);
    if (context.secrets?.covers("keyPrefix") && !context.run.claims.isChecked(context.urn))
      context.log.warning(clearIdText("keyPrefix"));
    const known = { accountId: olds.accountId, ...withoutRejected(inputs, failures) };
    failures.push(...(await checks.validate(olds, known, context)));
    if (failures.length === 0) failures.push(...(await checks.prepare(olds, inputs, context)));
    return { inputs, failures };
  }

  async diff(id: string, olds: Properties, news: Properties, context: CallContext): Promise<DiffResult> {
    const { secrets } = context;
    const own = setComparisons(olds, news, secrets);
    const changes = compareAll(keyValueSetSchema, olds, news, { own, secrets });
    const isReplaced = changes.replaces.length > 0;
    const isSeen = changes.size > 0;
    const checks = checksOf(context);
    if (!context.run.claims.isChecked(context.urn)) {
      if (!isSeen && manifestOf(olds).digest() !== olds.sha256) addWork(changes, olds);
    } else if (isReplaced) {
      const reason = await checks.planCreate(news, context);
      if (reason) throw new InputError(reason);
      context.log.info(replacementText(parseSetId(id), manifestOf(olds).size, context));
    } else {
      const isToDo = await checks.planUpdate(parseSetId(id), olds, news, context);
      if (isToDo && !isSeen) addWork(changes, news);
    }
    return changes.result(stablesOf(keyValueSetSchema));
  }

  async create(inputs: Properties, context: CallContext): Promise<CreateResult> {
    if (context.preview) {
      await foresee(inputs, context);
      return { id: "", outs: await checksOf(context).knownOutputs({}, inputs, context) };
    }
    const address = knownSetAddress(inputs);
    if (!address) throw new InputError("the namespace of a KeyValueSet is not known");
    const create = () => apply(address, keptOutputs(address, context), inputs, context);
    return { id: setId(address), outs: await context.run.claims.whileCreating(context.urn, create) };
  }

  async read(id: string, props: Properties, context: CallContext): Promise<ReadResult> {
    const { connection, run } = context;
    const address = parseSetId(id, connection.config.accountId?.value);
    if (props.manifest === undefined) return importSet(address, context);
    run.claims.recordOwnRange(rangeOf(address, knownKeysOf(props)));
    return readSet(address, props as unknown as SetState, context);
  }

  async update(id: string, olds: Properties, news: Properties, context: CallContext): Promise<UpdateResult> {
    if (context.preview) {
      await foresee(news, context);
      return { outs: await checksOf(context).knownOutputs(olds, news, context) };
    }
    return { outs: await apply(parseSetId(id), olds, news, context) };
  }

  delete(id: string, props: Properties, context: CallContext): Promise<void> {
    return removeSet(parseSetId(id), props, context);
  }
}

function checksOf({ run }: CallContext): SetChecks {
  return run.memory(SetChecks);
}

/** In a preview that has something to send: what would refuse the update refuses here. */
async function foresee(inputs: Properties, context: CallContext): Promise<void> {
  const address = knownSetAddress(inputs);
  if (address && checksOf(context).hasWork(context)) await askForNamespace(address, context);
}

/** Plans, then applies. */
async function apply(
  address: SetAddress,
  olds: Properties,
  news: Properties,
  context: CallContext,
): Promise<Properties> {
  const checks = checksOf(context);
  const work = await checks.plan(address, olds, news, context);
  if (!work) return { ...news, ...outputsOf(olds) };
  return applySet(address, work, { olds, news }, checks.unlisted(context), context);
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
  return [...failures, ...readingProblems(news)];
}

/** What is wrong already is not checked again: the rest is, all at once. */
function withoutRejected(inputs: Properties, failures: readonly CheckFailure[]): Properties {
  const wrong = new Set(failures.map(({ property }) => property.split(".", 1)[0]));
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => !wrong.has(name)));
}

function replacementText({ keyPrefix }: SetAddress, size: number, { hidesKeys }: CallContext): string {
  const where = keyPrefix === "" || hidesKeys ? "" : `, below ${quoted(keyPrefix)},`;
  const deleted = `${counted(size, "key")} of the old set${where} ${size === 1 ? "is" : "are"} deleted`;
  return `afterwards ${deleted}, except what the program still declares`;
}

/** Something is left to do that no input shows. */
function addWork(changes: Changes, inputs: Properties): void {
  const path = isAbsent(inputs.source) ? "manifest" : "source";
  changes.add(path, true, true, { inputDiff: false });
}
