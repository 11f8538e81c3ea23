import { isDeepStrictEqual } from "node:util";
import { status } from "@grpc/grpc-js";
import { ResourceProviderService as rpcs } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { must } from "./invariant";
import { CallError, type Provider } from "./provider";
import { bag, differenceOf, isReplacement, struct } from "./resource";
import type { Bag } from "./value";

/** What is told of the provider as a whole. */
export interface Whole {
  readonly provider: Provider;
  /** The tokens of the resources under test. */
  readonly types: readonly string[];
  readonly config: Bag;
}

/** What holds of the provider as a whole. */
export interface WholeInvariant {
  readonly sentence: string;
  holds(whole: Whole): Promise<void>;
}

const tellsVersion: WholeInvariant = {
  sentence: "GetPluginInfo answers a semantic version",
  async holds({ provider }) {
    const version = (await provider.call(rpcs.getPluginInfo, new Empty())).getVersion();
    must(/^\d+\.\d+\.\d+([-+].+)?$/.test(version), `the version is ${JSON.stringify(version)}`);
  },
};

interface Schema {
  readonly name?: string;
  readonly resources?: Readonly<Record<string, ResourceSchema>>;
  readonly types?: object;
}

interface ResourceSchema {
  readonly inputProperties?: object;
  readonly requiredInputs?: readonly string[];
  readonly properties?: object;
  readonly required?: readonly string[];
}

const tellsSchema: WholeInvariant = {
  sentence: "GetSchema answers a package that has every resource, and all that it refers to",
  async holds({ provider, types }) {
    const response = await provider.call(rpcs.getSchema, new proto.GetSchemaRequest());
    const text = response.getSchema();
    const schema = JSON.parse(text) as Schema;
    must(typeof schema.name === "string" && schema.name !== "", "the schema has no name");
    for (const type of types) mustBeWhole(type, schema.resources?.[type]);
    const refs = [...text.matchAll(/"\$ref":\s*"#\/types\/([^"]+)"/g)].map(([, ref]) => decodeURIComponent(ref ?? ""));
    const dangling = refs.filter((ref) => !Object.hasOwn(schema.types ?? {}, ref));
    must(dangling.length === 0, `there is no type ${dangling.join(", ")}`);
  },
};

const checksConfig: WholeInvariant = {
  sentence: "CheckConfig accepts valid arguments, and of what it has answered changes nothing",
  async holds({ provider, config }) {
    const checked = async (news: Bag) => {
      const request = new proto.CheckRequest().setUrn(urn).setOlds(struct({})).setNews(struct(news));
      const response = await provider.call(rpcs.checkConfig, request);
      const failures = response.getFailuresList().map((failure) => failure.getReason());
      must(failures.length === 0, `CheckConfig fails with ${failures.join("; ")}`);
      return bag(response.getInputs()) ?? {};
    };
    await unlessUnimplemented(async () => {
      const first = await checked(config);
      must(isDeepStrictEqual(await checked(first), first), "the second answer differs");
    });
  },
};

const comparesConfig: WholeInvariant = {
  sentence: "DiffConfig finds what has changed, and nothing else",
  async holds({ provider, config }) {
    const compared = async (olds: Bag, news: Bag) => {
      const request = new proto.DiffRequest().setUrn(urn).setId("id");
      request.setOlds(struct(olds)).setOldInputs(struct(olds)).setNews(struct(news));
      return differenceOf(await provider.call(rpcs.diffConfig, request));
    };
    await unlessUnimplemented(async () => {
      const { diffs } = await compared(config, config);
      must(diffs.length === 0, `of equal arguments it finds ${diffs.join(", ")}`);
      for (const [name, { [name]: _, ...rest }] of Object.keys(config).map((name) => [name, config] as const)) {
        const found = await compared(rest, config);
        must(found.diffs.includes(name), `it misses that ${name} was added`);
        const kinds = [...found.detailed.values()];
        must(kinds.some(isReplacement) === found.replaces.length > 0, "replaces and detailedDiff disagree");
      }
    });
  },
};

const refusesStrangers: WholeInvariant = {
  sentence: "what is not offered is answered by UNIMPLEMENTED",
  async holds({ provider }) {
    const stranger = await provider.statusOf(`${service}/Conformance`);
    must(stranger === status.UNIMPLEMENTED, `an RPC that there is not is answered by ${status[stranger]}`);
    for (const rpc of ["Construct", "Call", "Parameterize", "GetMapping", "GetMappings"]) {
      const code = await provider.statusOf(`${service}/${rpc}`);
      must(!defects.includes(code), `an empty ${rpc} is answered by ${status[code]}`);
    }
  },
};

const worksOnAfterCancel: WholeInvariant = {
  sentence: "after a Cancel the provider answers on",
  async holds({ provider }) {
    await provider.call(rpcs.cancel, new Empty());
    await provider.call(rpcs.cancel, new Empty());
    await provider.call(rpcs.getPluginInfo, new Empty());
  },
};

export const wholeInvariants: readonly WholeInvariant[] = [
  tellsVersion,
  tellsSchema,
  checksConfig,
  comparesConfig,
  refusesStrangers,
  worksOnAfterCancel,
];

/** What all that follows rests on. */
export const configures: WholeInvariant = {
  sentence: "Configure accepts valid arguments",
  async holds({ provider, config }) {
    await provider.call(rpcs.configure, new proto.ConfigureRequest().setArgs(struct(config)).setAcceptsecrets(true));
  },
};

/** Judged when all else is done. */
export const endInvariants: readonly WholeInvariant[] = [
  {
    sentence: "SIGINT ends the process within five seconds",
    async holds({ provider }) {
      const end = await provider.end();
      must(end === 0 || end === "SIGINT", `it ended with ${end}`);
    },
  },
  {
    sentence: "stdout has the port and nothing else",
    async holds({ provider: { stdout } }) {
      must(/^\d+\r?\n$/.test(stdout), `stdout has ${JSON.stringify(stdout.slice(0, 200))}`);
    },
  },
];

const service = "/pulumirpc.ResourceProvider";
const urn = "urn:pulumi:conformance::conformance::pulumi:providers:conformance::provider";

/** By which the engine knows that something broke. */
const defects: readonly status[] = [status.UNKNOWN, status.INTERNAL, status.DATA_LOSS, status.UNAVAILABLE];

function mustBeWhole(type: string, resource: ResourceSchema | undefined): void {
  must(resource !== undefined, `the schema has no ${type}`);
  const { inputProperties = {}, requiredInputs = [], properties = {}, required = [] } = resource;
  const strangers = [
    ...requiredInputs.filter((name) => !Object.hasOwn(inputProperties, name)),
    ...required.filter((name) => !Object.hasOwn(properties, name)),
  ];
  must(strangers.length === 0, `${type} requires ${strangers.join(", ")}, which it does not have`);
}

async function unlessUnimplemented(judge: () => Promise<void>): Promise<void> {
  try {
    await judge();
  } catch (error) {
    if (!(error instanceof CallError && error.code === status.UNIMPLEMENTED)) throw error;
  }
}
