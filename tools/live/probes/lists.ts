import { envelopeOf, namesIn, outcomeOf } from "../answer";
import { orderedKeys } from "../listed-pairs";
import type { Probe } from "../probe";
import type { Stage } from "../stage";

const list = { requests: 1, lists: 1 };

/** Lists of keys. */
export const listProbes: readonly Probe[] = [
  {
    name: "listOrder",
    assumption: "Keys are listed in the order of their UTF-8 bytes.",
    cost: list,
    async run(stage) {
      const names = namesIn(await keys(stage, "prefix=order%2F"), "name");
      if (
        isSame(
          names,
          [...orderedKeys].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other))),
        )
      )
        return "by UTF-8 bytes";
      return isSame(names, [...orderedKeys].sort()) ? "by UTF-16 units" : "in another order";
    },
  },
  {
    name: "listForm",
    assumption: "A key is listed with metadata and an expiration only where it has them.",
    cost: list,
    async run(stage) {
      const { result } = envelopeOf(await keys(stage, "prefix=form%2F"));
      if (!Array.isArray(result)) return "no list";
      return result.map((key) => Object.keys(key).sort().join(" ")).join(", ");
    },
  },
  {
    name: "listPages",
    assumption: "A page has as many keys as were asked for, and the last one an empty cursor.",
    cost: { requests: 2, lists: 2 },
    async run(stage) {
      const first = await keys(stage, "prefix=page%2F&limit=10");
      const last = await keys(stage, `prefix=page%2F&limit=10&cursor=${encodeURIComponent(cursorOf(first) ?? "")}`);
      const counts = [first, last].map((page) => namesIn(page, "name").length);
      return `${counts.join(" and ")} keys, the last cursor ${JSON.stringify(cursorOf(last)) ?? "left out"}`;
    },
  },
  {
    name: "cursorLifetime",
    assumption: "A cursor can be used again: it does not end with its use.",
    cost: { requests: 3, lists: 3 },
    async run(stage) {
      const cursor = cursorOf(await keys(stage, "prefix=page%2F&limit=10"));
      if (!cursor) return "no cursor";
      const query = `prefix=page%2F&limit=10&cursor=${encodeURIComponent(cursor)}`;
      const [once, twice] = [await keys(stage, query), await keys(stage, query)];
      return `${outcomeOf(twice)}, ${isSame(namesIn(once, "name"), namesIn(twice, "name")) ? "the same" : "another"} page`;
    },
  },
  {
    name: "emptyParameter.list",
    assumption: "An empty parameter of a list is an absent one.",
    cost: list,
    async run(stage) {
      const reply = await keys(stage, "prefix=&limit=&cursor=");
      return reply.status === 200 ? `200, ${namesIn(reply, "name").length} keys` : outcomeOf(reply);
    },
  },
  refused("invalidPaging.cursor", "A cursor that is none is refused.", "cursor=none"),
  refused("keysLimit.low", "A page of fewer than 10 keys is refused.", "limit=9"),
  refused("keysLimit.high", "A page of more than 1,000 keys is refused with the same code.", "limit=1001"),
  refused("keysLimit.word", "A word in place of a page's size is refused with the same code.", "limit=many"),
];

function refused(name: string, assumption: string, query: string): Probe {
  return { name, assumption, cost: list, run: async (stage) => outcomeOf(await keys(stage, query)) };
}

/** Once all that was written is listed. */
async function keys(stage: Stage, query: string) {
  await stage.shown;
  return stage.call({ method: "GET", path: `/${stage.listed}/keys?${query}` });
}

function cursorOf(reply: Parameters<typeof envelopeOf>[0]): string | undefined {
  return envelopeOf(reply).result_info?.cursor as string | undefined;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
