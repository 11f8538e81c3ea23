import type { Call, Life } from "../../pulumi/resource-provider";
import type { ResourceSchema } from "../../pulumi/schema";

/** The same life, which is told in each call whether names of keys are secret: then none of its texts has them. */
export function withHiddenKeys({ hidesKeys = () => false }: ResourceSchema, life: Life): Life {
  return {
    check: (olds, news, call) => life.check(olds, news, told(call)),
    diff: (id, olds, news, call) => life.diff(id, olds, news, told(call)),
    create: (inputs, call) => life.create(inputs, told(call)),
    read: (id, props, call) => life.read(id, props, told(call)),
    update: (id, olds, news, call) => life.update(id, olds, news, told(call)),
    delete: (id, props, call) => life.delete(id, props, told(call)),
  };

  function told(call: Call | undefined): Call | undefined {
    return call?.secrets ? { ...call, hidesKeys: hidesKeys(call.secrets) } : call;
  }
}
