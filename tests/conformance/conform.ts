import { randomBytes } from "node:crypto";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import fc from "fast-check";
import type { CaseFile, ResourceCase, ServiceCase, WritesProbe } from "./case-file";
import * as checks from "./check-invariants";
import * as diffs from "./diff-invariants";
import { type Invariant, must, type Options, reasonOf, type Subject, type Violation } from "./invariant";
import * as lives from "./life-invariants";
import { configures, endInvariants, type Whole, type WholeInvariant, wholeInvariants } from "./process-invariants";
import { Provider, type Service, startService } from "./provider";
import { Resource, type State } from "./resource";
import { bagsOf, filledIn, type Names } from "./template";
import { at, type Bag } from "./value";

/** In the order in which they are tried: what comes later rests on what comes first. */
const invariants: readonly Invariant[] = [
  checks.accepts,
  checks.isIdempotent,
  checks.keepsSecrets,
  checks.keepsUnknowns,
  lives.createAnswersAll,
  lives.deletesTwice,
  lives.findsNothingGone,
  lives.readFindsNoDrift,
  lives.imports,
  diffs.findsNothing,
  diffs.agrees,
  diffs.findsChanges,
  diffs.replacesRightly,
  diffs.doubtsUnknowns,
  lives.updateAnswersAll,
  lives.updateKeepsId,
  lives.hidesSecrets,
  lives.keepsPromiseOfCreate,
  lives.keepsPromiseOfUpdate,
  lives.writesNothing,
];

/** What was found of one invariant. */
export interface Verdict {
  /** The resource's type, or "provider". */
  readonly about: string;
  readonly sentence: string;
  /** Absent where it holds. */
  readonly violation?: Violation;
}

/** Tries the provider with a case, and tells of each invariant whether it holds as soon as that is known. */
export async function* conform(executable: string, file: CaseFile, options: Options): AsyncGenerator<Verdict> {
  const services = new Map<string, Service>();
  try {
    for (const [name, service] of Object.entries(file.services)) services.set(name, await started(service));
    const names = namesOf(new Map([...services].map(([name, { found }]) => [name, found])));
    const env = Object.fromEntries(Object.entries(file.env).map(([name, text]) => [name, filledIn(text, names)]));
    const provider = await Provider.start({ executable, args: file.args.map((arg) => filledIn(arg, names)), env });
    try {
      yield* judge(provider, file, names, options);
    } finally {
      await provider.end();
    }
  } finally {
    for (const service of services.values()) await service.stop();
  }
}

function started({ command: [executable = "", ...args], ready }: ServiceCase): Promise<Service> {
  return startService({ executable, args, env: {} }, new RegExp(ready, "m"));
}

async function* judge(provider: Provider, file: CaseFile, names: Names, options: Options): AsyncGenerator<Verdict> {
  const config = oneOf(file.config, names, options);
  const whole = { provider, types: file.resources.map(({ type }) => type), config };
  await provider.call("handshake", new proto.ProviderHandshakeRequest().setEngineAddress("127.0.0.1:1"));
  for (const invariant of asked(wholeInvariants, options)) yield wholeVerdict(invariant, whole);
  const configured = await wholeVerdict(configures, whole);
  if (configured.violation) yield configured;
  else yield* judgeResources(provider, file, names, options);
  for (const invariant of asked(endInvariants, options)) yield wholeVerdict(invariant, whole);
}

async function* judgeResources(
  provider: Provider,
  { setup, resources, writes }: CaseFile,
  names: Names,
  options: Options,
): AsyncGenerator<Verdict> {
  const made = new Map<string, { resource: Resource; state: State }>();
  const withMade: Names = (name) => outputOf(made, name) ?? names(name);
  for (const [name, { type, inputs }] of Object.entries(setup)) {
    const resource = new Resource(provider, type, name);
    const checked = await resource.check({}, oneOf(inputs, withMade, options));
    made.set(name, { resource, state: await resource.create(checked.inputs) });
  }
  for (const resource of resources) {
    yield* resourceVerdicts(subjectOf(provider, resource, withMade, writes), options);
  }
  for (const { resource, state } of [...made.values()].reverse()) {
    await resource.endOperation();
    await resource.delete(state);
  }
}

function oneOf(template: CaseFile["config"], names: Names, { seed }: Options): Bag {
  return fc.sample(bagsOf(template, names), { numRuns: 1, seed })[0] ?? {};
}

function asked<T extends { readonly sentence: string }>(all: readonly T[], { only = "" }: Options): T[] {
  return all.filter(({ sentence }) => sentence.includes(only));
}

async function wholeVerdict({ sentence, holds }: WholeInvariant, whole: Whole): Promise<Verdict> {
  try {
    await holds(whole);
    return { about: "provider", sentence };
  } catch (error) {
    return { about: "provider", sentence, violation: { reason: reasonOf(error) } };
  }
}

async function* resourceVerdicts(subject: Subject, options: Options): AsyncGenerator<Verdict> {
  for (const invariant of asked(invariants, options)) {
    const violation = await invariant.violation(subject, options);
    yield { about: subject.type, sentence: invariant.sentence, ...(violation && { violation }) };
    // What is not accepted can do nothing else either.
    if (violation && invariant === checks.accepts) return;
  }
}

function subjectOf(provider: Provider, file: ResourceCase, names: Names, probe: WritesProbe | undefined): Subject {
  const { inputs, ...rest } = file;
  return {
    ...rest,
    resource: new Resource(provider, file.type),
    inputs: fc.oneof(...inputs.map((template) => bagsOf(template, names))),
    ...(probe && { writes: () => writesSeen(probe, names) }),
  };
}

/** A list counts by those of its items that match; anything else as it stands. */
async function writesSeen({ url, where }: WritesProbe, names: Names): Promise<string> {
  const response = await fetch(filledIn(url, names));
  const text = await response.text();
  must(response.ok, `${url} is answered by ${response.status}`);
  const items: unknown = where && JSON.parse(text);
  if (!where || !Array.isArray(items)) return text;
  const matches = (item: unknown) =>
    Object.entries(where).every(([name, values]) => values.includes(Reflect.get(Object(item), name)));
  return String(items.filter(matches).length);
}

/** A service, `unique`, or a variable of the environment. */
function namesOf(services: ReadonlyMap<string, string>): Names {
  let used = 0;
  const run = randomBytes(4).toString("hex");
  return (name) => {
    if (name === "unique") return `${run}${++used}`;
    const text = services.get(name) ?? process.env[name];
    if (text === undefined) throw new TypeError(`nothing is known by the name \${${name}}`);
    return text;
  };
}

/** `namespace.id`, or an output such as `namespace.title`. */
function outputOf(made: ReadonlyMap<string, { readonly state: State }>, name: string): string | undefined {
  const [owner = "", output = ""] = name.split(".", 2);
  const state = made.get(owner)?.state;
  if (!state) return undefined;
  return output === "id" ? state.id : String(at(state.outs, [output]));
}
