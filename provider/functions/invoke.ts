import type { InvokeResult } from "../core";
import { located } from "../resources/located";
import type { Call, CheckFailure, Properties } from "../resources/resource";
import { hasUnknown, problemsOfInputs } from "../resources/validate";
import type { Session } from "../session";
import type { KvFunction } from "./function";

/** Answers a function, once its arguments are found good and the account is filled in. */
export async function invoke(fn: KvFunction, session: Session, args: Properties, call: Call): Promise<InvokeResult> {
  const failures = problemsOfArgs(fn, args);
  if (failures.length > 0) return { result: {}, failures };
  const { inputs, failures: misplaced } = located({}, args, session);
  if (misplaced.length > 0) return { result: {}, failures: misplaced };
  const result = await fn.run(session, { ...inputs, accountId: String(inputs.accountId) }, call);
  return { result, failures: [] };
}

/** The engine leaves unknown arguments out. A result has to be known, so who sends one is not answered by a guess. */
function problemsOfArgs(fn: KvFunction, args: Properties): CheckFailure[] {
  const unknown = Object.keys(args).filter((name) => hasUnknown(args[name]));
  if (unknown.length === 0) return problemsOfInputs(fn, args);
  return unknown.map((property) => ({ property, reason: `is not known yet: call ${fn.name} once it is` }));
}
