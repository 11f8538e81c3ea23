import { Client } from "../../provider/kv/client";
import type { Properties } from "../../provider/pulumi/resource-provider";
import { KeyValueProvider } from "../../provider/resources/key-value/provider";
import { SetChecks } from "../../provider/resources/key-value-set/checks";
import { Manifest } from "../../provider/resources/key-value-set/manifest/manifest";
import type { Work } from "../../provider/resources/key-value-set/plan";
import { KeyValueSetProvider } from "../../provider/resources/key-value-set/provider";
import { SetWriter } from "../../provider/resources/key-value-set/writer";
import { Claims } from "../../provider/session/claims";
import type { CallContext } from "../../provider/session/context";
import { SharedClaims } from "../../provider/session/shared-claims";
import type { Sabotage } from "./sabotage";

/*
 * Loaded into a provider before its own modules: takes one of its promises away. What it takes hold of is checked by
 * the compiler, and by `take` when it is loaded: where it is gone the process ends, and no run converges.
 */

const inject: Record<Sabotage, () => void> = {
  "ignore-unsuccessful"() {
    const put = take(Client.prototype, "putBulk");
    Client.prototype.putBulk = async function (...args) {
      await put.apply(this, args);
      return [];
    };
  },
  "prune-first"() {
    const planned = new WeakMap<Manifest, Work>();
    const plan = take(SetChecks.prototype, "plan");
    SetChecks.prototype.plan = async function (...args) {
      const work = await plan.apply(this, args);
      if (work) planned.set(work.declaration.manifest, work);
      return work;
    };
    const write = take(SetWriter.prototype, "write");
    SetWriter.prototype.write = async function (inputs, declared, keys) {
      await this.deleteOwn(planned.get(declared)?.plan.removed ?? []);
      return write.call(this, inputs, declared, keys);
    };
  },
  "drop-manifest"() {
    const update = take(KeyValueSetProvider.prototype, "update");
    KeyValueSetProvider.prototype.update = function (id, olds, news, context) {
      return update.call(this, id, { ...olds, manifest: Manifest.empty().encode() }, news, context);
    };
  },
  "forget-claims"() {
    const begin = take(Claims.prototype, "beginDeletion");
    Claims.prototype.beginDeletion = function () {
      const deletion = begin.call(this);
      return {
        ...deletion,
        take(ids, except) {
          deletion.take(ids, except);
          return new Map();
        },
      };
    };
  },
  "forget-others"() {
    take(SharedClaims.prototype, "sync");
    SharedClaims.prototype.sync = () => {};
  },
  "early-removal"() {
    take(Claims.prototype, "afterChecks");
    Claims.prototype.afterChecks = async () => {};
    take(Claims.prototype, "plannedHolder");
    Claims.prototype.plannedHolder = () => undefined;
  },
  "log-value"() {
    const create = take(KeyValueProvider.prototype, "create");
    KeyValueProvider.prototype.create = function (inputs: Properties, context: CallContext) {
      context.log.info(`writing ${String(inputs.value)}`);
      return create.call(this, inputs, context);
    };
  },
};

const named = Object.entries(inject).find(([name]) => name === process.env.CHAOS_SABOTAGE);
if (!named) throw new Error(`there is no sabotage ${process.env.CHAOS_SABOTAGE}`);
named[1]();

function take<T, K extends keyof T>(prototype: T, name: K): T[K] {
  if (typeof prototype[name] !== "function") throw new Error(`there is no ${String(name)} to spoil any more`);
  return prototype[name];
}
