import type { Call } from "../../pulumi/resource-provider";
import type { ResourceSchema } from "../../pulumi/schema";
import type { Around } from "./wrap";

/** Tells each call whether names of keys are secret: then none of its texts has them. */
export function withHiddenKeys({ hidesKeys = () => false }: ResourceSchema): Around<Call> {
  return (_operation, args, next) => {
    const { context } = args;
    const { secrets } = context;
    return next(secrets ? { ...args, context: { ...context, hidesKeys: hidesKeys(secrets) } } : args);
  };
}
