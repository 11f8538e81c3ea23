import { CancelledError, CloudflareError, withRemedy } from "../../kv/error";
import type { Life, Properties } from "../../pulumi/resource-provider";

const consequences = {
  plan: "Nothing was changed: run it again",
  create: "Nothing was written: the next `pulumi up` tries again",
  refresh: "The state is as it was: refresh again",
  import: "Nothing was taken into the state: try again",
  update: "Nothing was changed: the next `pulumi up` tries again",
  delete: "It stays in the state: the next `pulumi up`, or `pulumi destroy`, deletes what is left",
} as const;

/**
 * A life whose failed requests say what became of the resource, and what comes next. A write that may have taken effect
 * is told by the life itself: it knows what that means.
 */
export function withConsequences(life: Life): Life {
  return {
    check: (olds, news, call) => telling("plan", life.check(olds, news, call)),
    diff: (id, olds, news, call) => telling("plan", life.diff(id, olds, news, call)),
    create: (inputs, call) => telling("create", life.create(inputs, call)),
    read: (id, props, call) => telling(isKnown(props) ? "refresh" : "import", life.read(id, props, call)),
    update: (id, olds, news, call) => telling("update", life.update(id, olds, news, call)),
    delete: (id, props, call) => telling("delete", life.delete(id, props, call)),
  };
}

function isKnown(props: Properties | undefined): boolean {
  return props !== undefined && Object.keys(props).length > 0;
}

async function telling<T>(operation: keyof typeof consequences, outcome: Promise<T>): Promise<T> {
  try {
    return await outcome;
  } catch (error) {
    if (!(error instanceof CloudflareError || error instanceof CancelledError)) throw error;
    const isTold = error.ambiguous && (operation === "create" || operation === "update");
    throw isTold ? error : withRemedy(error, consequences[operation]);
  }
}
