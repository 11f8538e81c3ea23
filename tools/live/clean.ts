import { counted } from "../../provider/resources/key-value-set/format";
import { checkAccount } from "./account";
import { namespaces, newWaits, remove } from "./cleanup";
import { messageOf, Unable } from "./errors";
import { isMarked } from "./mark";
import { Sender } from "./sender";
import type { Target } from "./target";
import { nothing } from "./traffic";

const firstLook = { ...nothing, requests: 1, lists: 1 };

/** Removes every namespace with a title of this tool, and says which. Answers the exit code. */
export async function cleanLeftovers(target: Target): Promise<number> {
  const sender = new Sender(target, firstLook, new AbortController().signal);
  await checkAccount(sender, 0);
  const waits = newWaits();
  const all = await namespaces(sender, waits).catch((error: unknown) => {
    throw new Unable(`Nothing was removed, for ${messageOf(error)}.`);
  });
  const marked = all.filter(({ title }) => isMarked(title));
  let left = 0;
  for (const { id, title } of marked) {
    const problem = await remove(sender, id, waits);
    if (problem) left++;
    console.log(problem ? `left: ${title} (${id}): ${problem}` : `removed: ${title} (${id})`);
  }
  console.log(`${counted(marked.length - left, "namespace")} of earlier runs removed, ${left} left.`);
  return left === 0 ? 0 : 1;
}
