import type { Operation as Request } from "../../provider/emulator/route";
import { type Properties, secret } from "../../tools/engine/property";
import type { Declared } from "../driver/driver";

/** What a user does while something goes wrong. */
export interface Operation {
  readonly name: string;
  /** The resource that it is about, for the heading. */
  readonly of: "Namespace" | "KeyValue" | "KeyValueSet";
  /** Declared and created before, in an earlier run; in the same run where the operation is a creation. */
  readonly before?: readonly Declared[];
  readonly does: "up" | "refresh" | "import";
  /** What it is about: the others that it sends only prepare these. */
  readonly requests: readonly Request[];
  readonly program: readonly Declared[];
  /** Keys that somebody else has written. */
  readonly foreign?: readonly string[];
  /** What the one namespace holds in the end: values by key. Undefined where it is about the namespace alone. */
  readonly keys?: Readonly<Record<string, string>>;
  /** The titles of the namespaces that there are in the end. */
  readonly titles?: readonly string[];
  /** It deletes what a list shows: what the list does not show yet, the next `up` names and deletes. */
  readonly isByList?: boolean;
  /** The title of a namespace that somebody else has made. */
  readonly foreignTitle?: string;
}

/** Looked for in all that is written. */
export const secrets = {
  token: "sentinel-token+7f3a/x?",
  old: 'sentinel-old "value" 91c2/é+',
  new: 'sentinel-new "value" 5d0e/é+',
  metadata: 'sentinel-meta "data" 33ab/é+',
};

/** Stands for the id of the namespace of a case, which is not known here. */
export const namespacePlaceholder = "0".repeat(32);
export const foreignValue = "foreign value";

const namespace = (args: Properties): Declared => ({ type: "Namespace", name: "namespace", args });
const key = (name: string, value: string): Declared => ({
  type: "KeyValue",
  name,
  isParallel: "together",
  args: {
    namespaceId: namespacePlaceholder,
    key: name,
    value: secret(value),
    metadata: secret({ note: secrets.metadata }),
    expirationTtl: 86_400,
  },
});
const plainKey = (name: string, value: string): Declared => ({
  type: "KeyValue",
  name,
  isParallel: "together",
  args: { namespaceId: namespacePlaceholder, key: name, value: secret(value) },
});
const set = (values: Record<string, string>, more: Properties = {}): Declared => ({
  type: "KeyValueSet",
  name: "set",
  args: { namespaceId: namespacePlaceholder, keyPrefix: "set/", values: eachSecret(values), ...more },
});

/** The names of the keys are not: messages have them. */
function eachSecret(values: Record<string, string>): Properties {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, secret(value)]));
}

const names = ["a", "b", "c"];
const all = (value: string) => Object.fromEntries(names.map((name) => [name, value]));
const keys = (value: string) => names.map((name) => key(name, value));
const below = (values: Record<string, string>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`set/${name}`, value]));

const [was, is] = [secrets.old, secrets.new];
const smaller = { a: was, b: is, d: is };
const withMetadata = { metadata: secret({ note: secrets.metadata }) };

const inside = (declared: Declared): Declared => ({
  ...declared,
  args: { ...declared.args, namespaceId: { $ref: "namespace.namespaceId" } },
});
const own = namespace({ title: "ours" });

type Rest = Omit<Operation, "of" | "does" | "name" | "requests">;
const does =
  (of: Operation["of"], does: Operation["does"]) =>
  (name: string, requests: readonly Request[], rest: Rest): Operation => ({ of, does, name, requests, ...rest });

const namespaceUp = does("Namespace", "up");
const keyUp = does("KeyValue", "up");
const setUp = does("KeyValueSet", "up");
/** What is there is what is declared, before and after. */
const asItIs = (...program: Declared[]) => ({ before: program, program });

export const operations: readonly Operation[] = [
  namespaceUp("create", ["namespaces.create"], { program: [own], titles: ["ours"] }),
  namespaceUp("rename", ["namespaces.rename"], {
    before: [own],
    program: [namespace({ title: "new" })],
    titles: ["new"],
  }),
  namespaceUp("delete", ["namespaces.delete"], { before: [own], program: [], titles: [] }),
  namespaceUp("adopt", ["namespaces.list"], {
    foreignTitle: "theirs",
    program: [namespace({ title: "theirs", adopt: true })],
    titles: ["theirs"],
  }),
  does("Namespace", "refresh")("refresh", ["namespaces.get"], { ...asItIs(own), titles: ["ours"] }),

  keyUp("create", ["values.put"], { program: [key("a", is)], keys: { a: is } }),
  keyUp("create, in a new namespace", ["values.put"], {
    program: [own, inside(key("a", is))],
    titles: ["ours"],
    keys: { a: is },
  }),
  keyUp("create, three at once", ["bulk.put"], { program: keys(is), keys: all(is) }),
  keyUp("update", ["values.put"], { before: [key("a", was)], program: [key("a", is)], keys: { a: is } }),
  keyUp("update, three at once", ["bulk.put"], { before: keys(was), program: keys(is), keys: all(is) }),
  does("KeyValue", "refresh")("refresh", ["values.get", "metadata.get"], {
    ...asItIs(key("a", was)),
    keys: { a: was },
  }),
  does("KeyValue", "refresh")("refresh, three at once", ["bulk.get"], { ...asItIs(...keys(was)), keys: all(was) }),
  keyUp("delete", ["values.delete"], { before: [key("a", was)], program: [], keys: {} }),
  keyUp("delete, three at once", ["bulk.delete"], { before: keys(was), program: [], keys: {} }),
  does("KeyValue", "import")("import", ["values.get", "metadata.get"], {
    ...asItIs(plainKey("a", was)),
    keys: { a: was },
  }),

  setUp("create", ["bulk.put"], { program: [set(all(was), withMetadata)], keys: below(all(was)) }),
  setUp("create, in a new namespace", ["bulk.put"], {
    program: [own, inside(set(all(was)))],
    titles: ["ours"],
    keys: below(all(was)),
  }),
  setUp("update", ["bulk.put", "bulk.delete"], {
    before: [set(all(was))],
    foreign: ["set/foreign"],
    program: [set(smaller)],
    keys: { ...below(smaller), "set/foreign": foreignValue },
  }),
  does("KeyValueSet", "refresh")("refresh", ["bulk.get", "keys.list"], {
    ...asItIs(set(all(was))),
    keys: below(all(was)),
  }),
  setUp("prune", ["keys.list", "bulk.delete"], {
    isByList: true,
    before: [set(all(was))],
    foreign: ["set/foreign"],
    program: [set(all(was), { prune: "unlisted" })],
    keys: below(all(was)),
  }),
  setUp("delete", ["bulk.delete"], { before: [set(all(was))], program: [], keys: {} }),
  does("KeyValueSet", "import")("import", ["keys.list", "bulk.get"], {
    ...asItIs(set(all(was))),
    keys: below(all(was)),
  }),
];
