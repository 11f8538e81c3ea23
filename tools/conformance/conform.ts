import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { ResourceProviderService as rpcs } from "@pulumi/pulumi/proto/provider_grpc_pb";
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

/** Tries the provider with a case, and tells of each invariant, in order, whether it holds as soon as that is known. */
export async function* conform(executable: string, file: CaseFile, options: Options): AsyncGenerator<Verdict> {
  const world = await World.open(executable, file, options);
  try {
    for (const invariant of asked(wholeInvariants, options)) yield wholeVerdict(invariant, world.whole);
    const configured = await wholeVerdict(configures, world.whole);
    if (configured.violation) yield configured;
    else yield* judgeResources(world, () => World.open(executable, file, options), file, options);
    for (const invariant of asked(endInvariants, options)) yield wholeVerdict(invariant, world.whole);
  } finally {
    await world.close();
  }
}

/** An invariant to be tried with a resource, by whichever world is free. */
interface Trial {
  readonly file: ResourceCase;
  readonly invariant: Invariant;
  readonly verdict: PromiseWithResolvers<Verdict>;
}

async function* judgeResources(
  first: World,
  open: () => Promise<World>,
  { resources }: CaseFile,
  options: Options,
): AsyncGenerator<Verdict> {
  await first.setUp();
  const trials = resources.flatMap((file) =>
    asked(invariants, options).map((invariant) => ({ file, invariant, verdict: Promise.withResolvers<Verdict>() })),
  );
  const queue = [...trials];
  const others = Array.from({ length: (options.parallel ?? 1) - 1 }, () => helpWith(queue, open, options));
  const work = Promise.all([tryAll(queue, first, options), ...others]);
  // Whichever fails, the verdict that waits for it must not wait for ever.
  work.catch((error: unknown) => {
    for (const { verdict } of trials) verdict.reject(error);
  });
  const refused = new Set<ResourceCase>();
  for (const { file, invariant, verdict } of trials) {
    // What is not accepted can do nothing else either.
    if (refused.has(file)) continue;
    const found = await verdict.promise;
    if (found.violation && invariant === checks.accepts) refused.add(file);
    yield found;
  }
  await work;
  await first.tearDown();
}

async function helpWith(queue: Trial[], open: () => Promise<World>, options: Options): Promise<void> {
  const world = await open();
  try {
    await configures.holds(world.whole);
    await world.setUp();
    await tryAll(queue, world, options);
  } finally {
    await world.close();
  }
}

async function tryAll(queue: Trial[], world: World, options: Options): Promise<void> {
  for (let trial = queue.shift(); trial; trial = queue.shift()) {
    const { file, invariant, verdict } = trial;
    const violation = await invariant.violation(world.subject(file), options);
    verdict.resolve({ about: file.type, sentence: invariant.sentence, ...(violation && { violation }) });
  }
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

/** A provider, with the services and the resources that the case needs: all its own. */
class World {
  readonly whole: Whole;
  readonly #file: CaseFile;
  readonly #options: Options;
  readonly #engine: Server;
  readonly #services: ReadonlyMap<string, Service>;
  readonly #names: Names;
  readonly #made = new Map<string, { resource: Resource; state: State }>();

  private constructor(
    file: CaseFile,
    options: Options,
    engine: Server,
    services: ReadonlyMap<string, Service>,
    names: Names,
    provider: Provider,
  ) {
    this.#file = file;
    this.#options = options;
    this.#engine = engine;
    this.#services = services;
    this.#names = names;
    this.whole = { provider, types: file.resources.map(({ type }) => type), config: this.#oneOf(file.config) };
  }

  static async open(executable: string, file: CaseFile, options: Options): Promise<World> {
    const services = new Map<string, Service>();
    let provider: Provider | undefined;
    const engine = await listenAsEngine();
    try {
      for (const [name, service] of Object.entries(file.services)) services.set(name, await started(service));
      const names = namesOf(new Map([...services].map(([name, { found }]) => [name, found])));
      const env = Object.fromEntries(Object.entries(file.env).map(([name, text]) => [name, filledIn(text, names)]));
      provider = await Provider.start({ executable, args: file.args.map((arg) => filledIn(arg, names)), env });
      const world = new World(file, options, engine, services, names, provider);
      await provider.call(rpcs.handshake, new proto.ProviderHandshakeRequest().setEngineAddress(addressOf(engine)));
      return world;
    } catch (error) {
      engine.close();
      await provider?.end();
      await stopAll(services);
      throw error;
    }
  }

  async setUp(): Promise<void> {
    for (const [name, { type, inputs }] of Object.entries(this.#file.setup)) {
      const resource = new Resource(this.whole.provider, type, name);
      const checked = await resource.check({}, this.#oneOf(inputs));
      this.#made.set(name, { resource, state: await resource.create(checked.inputs) });
    }
  }

  subject({ inputs, ...rest }: ResourceCase): Subject {
    const { writes } = this.#file;
    return {
      ...rest,
      resource: new Resource(this.whole.provider, rest.type),
      inputs: fc.oneof(...inputs.map((template) => bagsOf(template, this.#known))),
      ...(writes && { writes: () => writesSeen(writes, this.#names) }),
    };
  }

  async tearDown(): Promise<void> {
    for (const { resource, state } of [...this.#made.values()].reverse()) {
      await resource.endOperation();
      await resource.delete(state);
    }
  }

  async close(): Promise<void> {
    this.#engine.close();
    await this.whole.provider.end();
    await stopAll(this.#services);
  }

  #oneOf(template: CaseFile["config"]): Bag {
    return fc.sample(bagsOf(template, this.#known), { numRuns: 1, seed: this.#options.seed })[0] ?? {};
  }

  readonly #known: Names = (name) => outputOf(this.#made, name) ?? this.#names(name);
}

/**
 * Each world is an engine of its own: while it listens nobody else on this machine has its address, by which the
 * processes of one operation find each other. Whoever calls it is sent away.
 */
async function listenAsEngine(): Promise<Server> {
  const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function addressOf(server: Server): string {
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function started({ command: [executable = "", ...args], ready }: ServiceCase): Promise<Service> {
  return startService({ executable, args, env: {} }, new RegExp(ready, "m"));
}

async function stopAll(services: ReadonlyMap<string, Service>): Promise<void> {
  for (const service of services.values()) await service.stop();
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
