import type { InvokeResult } from "../pulumi/function-provider";
import type { CheckFailure, Properties } from "../pulumi/resource-provider";
import { hasUnknown } from "../pulumi/validate";
import type { CallContext } from "../session/context";
import { checkedArgs } from "./checked-args";
import type { KvFunction } from "./function";
import { secretsIn } from "./secret-results";

/** Answers a function, once its arguments are found good and the account is filled in. */
export async function runFunction(fn: KvFunction, args: Properties, context: CallContext): Promise<InvokeResult> {
  const unknown = Object.keys(args).filter((name) => hasUnknown(args[name]));
  if (unknown.length > 0) return { result: {}, failures: unknown.map((property) => notKnownYet(fn, property)) };
  const checked = checkedArgs(fn, args, context);
  if ("failures" in checked) return { result: {}, failures: checked.failures };
  const result = await fn.run(checked.args, { ...context, hidesKeys: hidesKeys(context) });
  return { result, failures: [], secrets: secretsIn(fn.result, result) };
}

/** Names of keys are among the arguments. */
function hidesKeys({ secrets }: CallContext): boolean {
  return ["key", "prefix"].some((name) => secrets?.covers(name));
}

/** The engine leaves unknown arguments out. A result has to be known, so who sends one is not answered by a guess. */
function notKnownYet({ name }: KvFunction, property: string): CheckFailure {
  return { property, reason: `is not known yet: call ${name} once it is` };
}
