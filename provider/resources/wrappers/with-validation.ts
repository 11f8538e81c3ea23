import { InputError } from "../../pulumi/errors";
import type { Call, Life, Properties } from "../../pulumi/resource-provider";
import type { ResourceSchema } from "../../pulumi/schema";
import { hasUnknown, isAbsent, problemsOf, problemsOfInputs } from "../../pulumi/validate";

/**
 * The life of a resource that is only asked what makes sense. Pulumi's engine sends what Check has passed, and the state
 * as it was answered; another caller, or a state edited by hand, gets a sentence that names the place.
 */
export function guarded(schema: ResourceSchema, life: Life): Life {
  return {
    check: (olds, news, call) => life.check(olds, news, call),
    async diff(id, olds, news, call) {
      requireState(schema, olds);
      return life.diff(id, olds, news, call);
    },
    async create(inputs, call) {
      requireInputs(schema, inputs, call);
      return life.create(inputs, call);
    },
    async read(id, props, call) {
      requireState(schema, props ?? {});
      return life.read(id, props, call);
    },
    async update(id, olds, news, call) {
      requireState(schema, olds);
      requireInputs(schema, news, call);
      return life.update(id, olds, news, call);
    },
    async delete(id, props, call) {
      requireState(schema, props);
      return life.delete(id, props, call);
    },
  };
}

function requireInputs(schema: ResourceSchema, inputs: Properties, call: Call | undefined): void {
  const [problem] = problemsOfInputs(schema, inputs);
  if (problem) throw malformed(schema, "inputs", problem.property, problem.reason);
  const unknown = call?.preview ? undefined : Object.keys(inputs).find((name) => hasUnknown(inputs[name]));
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
