import { InputError } from "../../pulumi/errors";
import type { Properties } from "../../pulumi/resource-provider";
import type { ResourceSchema } from "../../pulumi/schema";
import { hasUnknown, isAbsent, problemsOf, problemsOfInputs } from "../../pulumi/validate";
import type { CallContext } from "../../session/context";
import type { Around } from "./wrap";

/**
 * A resource is only asked what makes sense. Pulumi's engine sends what Check has passed, and the state as it was
 * answered; another caller, or a state edited by hand, gets a sentence that names the place.
 */
export function withValidation(schema: ResourceSchema): Around<CallContext> {
  return async (operation, args, next) => {
    if (operation === "check") return next(args);
    requireState(schema, args.olds);
    if (operation === "create" || operation === "update") requireInputs(schema, args.news, args.context);
    return next(args);
  };
}

function requireInputs(schema: ResourceSchema, inputs: Properties, { preview }: CallContext): void {
  const [problem] = problemsOfInputs(schema, inputs);
  if (problem) throw malformed(schema, "inputs", problem.property, problem.reason);
  const unknown = preview ? undefined : Object.keys(inputs).find((name) => hasUnknown(inputs[name]));
  if (unknown !== undefined) throw malformed(schema, "inputs", unknown, "must be known by now");
}

/** Outputs may be missing: an older version had fewer of them. */
function requireState(schema: ResourceSchema, state: Properties): void {
  const names = Object.keys(schema.outputs.shape).filter((name) => !isAbsent(state[name]));
  const outputs = Object.fromEntries(names.map((name) => [name, state[name]]));
  const problem = problemsOf(schema.outputs, outputs).find(({ property }) => names.includes(property));
  if (problem) throw malformed(schema, "state", problem.property, problem.reason);
}

function malformed({ name }: ResourceSchema, what: string, property: string, reason: string): InputError {
  return new InputError(`Malformed ${what} of a ${name}: ${property} ${reason}`);
}
