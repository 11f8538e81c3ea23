import type { CheckFailure, Properties } from "../pulumi/resource-provider";
import type { InputRules } from "../pulumi/schema";
import { problemsOfInputs } from "../pulumi/validate";
import { located } from "../resources/address";
import type { CallContext } from "../session/context";
import type { Located } from "./function";

/** Known arguments with the account filled in, or what is wrong with them. */
export function checkedArgs(
  rules: InputRules,
  given: Properties,
  context: CallContext,
): { args: Located<Properties> } | { failures: readonly CheckFailure[] } {
  const problems = problemsOfInputs(rules, given);
  if (problems.length > 0) return { failures: problems };
  const { inputs, failures } = located({}, given, context);
  return failures.length > 0 ? { failures } : { args: { ...inputs, accountId: String(inputs.accountId) } };
}
