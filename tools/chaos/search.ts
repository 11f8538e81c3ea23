import type { OperationResult } from "../engine/engine";
import { displayed } from "../engine/property";
import type { ResourceState } from "../engine/state";
import { leaksOf } from "../leaks";

/** Where the secret stands in what our processes wrote, in what they answered and in the state: a sentence for each. */
export function leaksIn(
  secret: string,
  done: OperationResult,
  answers: readonly string[],
  state: readonly ResourceState[],
): string[] {
  const { steps, errors, logs, stdio, outputs, rpc } = done;
  const failures = rpc.map(({ error }) => error);
  const open = state.map((each) => ({ ...each, inputs: displayed(each.inputs), outputs: displayed(each.outputs) }));
  const texts = {
    stdio,
    told: JSON.stringify({ steps, errors, logs, outputs, failures }),
    answers: answers.join("\n"),
    state: JSON.stringify(open),
  };
  return Object.entries(texts).flatMap(([where, text]) =>
    leaksOf([secret], text).map(({ form }) => `a secret in ${where}, ${form}`),
  );
}

/** Stack traces, and a provider that is gone although nobody killed it. */
export function crashesIn({ stdio, errors }: OperationResult, wasKilled: boolean): string[] {
  const frame = /^\s+at .+:\d+:\d+\)?$/m.exec(stdio)?.[0];
  const gone = wasKilled ? undefined : errors.find((error) => /Connection dropped|No connection/.test(error));
  return [frame, gone].filter((sign) => sign !== undefined);
}
