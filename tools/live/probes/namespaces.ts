import { envelopeOf, hasCode, member, namesIn, outcomeOf } from "../answer";
import { Untried } from "../errors";
import { asking, type Probe } from "../probe";
import type { Stage } from "../stage";

const one = { requests: 1, namespaces: 1 };

/** Titles, pages, jurisdictions and modes. */
export const namespaceProbes: readonly Probe[] = [
  {
    name: "titleTooLong",
    assumption: "A title of 513 characters is refused as one that is missing.",
    cost: one,
    run: async (stage) => outcomeOf(await stage.create("x".repeat(512 - stage.mark.length))),
  },
  {
    name: "titleTooLong.characters",
    assumption: "Characters are counted, and no bytes: 512 of them are taken.",
    cost: one,
    run: async (stage) => outcomeOf(await stage.create("é".repeat(511 - stage.mark.length))),
  },
  {
    name: "titleSpelling.spaces",
    assumption: "White space at the ends of a title is kept.",
    cost: one,
    async run(stage) {
      const title = `  ${stage.mark}  white  space `;
      const reply = await stage.call({ method: "POST", path: "", body: JSON.stringify({ title }) });
      if (reply.status !== 200) return outcomeOf(reply);
      return member(reply, "title") === title ? "200, kept" : "200, changed";
    },
  },
  {
    name: "titleSpelling.case",
    assumption: "A title in capital letters is another title.",
    cost: { requests: 2, namespaces: 2 },
    run: (stage) => createBoth(stage, "case", "CASE"),
  },
  {
    name: "titleSpelling.form",
    assumption: "A title in another Unicode form is another title.",
    cost: { requests: 2, namespaces: 2 },
    run: (stage) => createBoth(stage, "form \u00e9", "form e\u0301"),
  },
  {
    name: "titleTaken",
    assumption: "A title that is in use is refused, on create and on rename.",
    cost: { requests: 6, namespaces: 3 },
    async run(stage) {
      await stage.namespace("taken");
      const other = await stage.namespace("other");
      const created = outcomeOf(await stage.create("taken"));
      return `create ${created}, rename ${await rename(stage, other, "taken")}`;
    },
  },
  {
    name: "namespaceForm",
    assumption: "A namespace has an id, a title, and whether its keys are percent-decoded.",
    cost: { requests: 1 },
    async run(stage) {
      const { result } = envelopeOf(await stage.call({ method: "GET", path: `/${stage.main}` }));
      return Object.keys(result ?? {})
        .sort()
        .join(", ");
    },
  },
  asking("titleMissing", "An empty title is a missing one.", () => ({
    method: "POST",
    path: "",
    body: '{"title":""}',
  })),
  {
    name: "renameToSelf",
    assumption: "Renaming to the current title succeeds.",
    cost: { requests: 3, namespaces: 1 },
    async run(stage) {
      return rename(stage, await stage.namespace("self"), "self");
    },
  },
  {
    name: "renameAnswer",
    assumption: "A rename answers the namespace with its new title, and the id stays.",
    cost: { requests: 3, namespaces: 1 },
    async run(stage) {
      const id = await stage.namespace("before");
      const reply = await stage.call({ method: "PUT", path: `/${id}`, body: titled(stage, "after") });
      const isWhole = member(reply, "id") === id && member(reply, "title") === `${stage.mark} after`;
      return `${outcomeOf(reply)}, ${isWhole ? "the namespace" : "something else"}`;
    },
  },
  {
    name: "namespaceDelete",
    assumption: "A namespace with keys is deleted with them, and then it is absent.",
    cost: { requests: 5, writes: 1, namespaces: 1 },
    async run(stage) {
      const id = await stage.namespace("deleted");
      await stage.call({ method: "PUT", path: `/${id}/values/a`, body: "v" });
      const first = await stage.call({ method: "DELETE", path: `/${id}` });
      await stage.settle();
      const again = await stage.outcome({ method: "DELETE", path: `/${id}` });
      return `${outcomeOf(first)} with ${resultForm(envelopeOf(first).result)}, again ${again}`;
    },
  },
  {
    name: "invalidRequest.create",
    assumption: "A body that is no JSON is an invalid request.",
    cost: one,
    run: (stage) => stage.outcome({ method: "POST", path: "", body: "{" }),
  },
  asking("invalidPaging.page", "Pages begin with 1.", () => ({ method: "GET", path: "?page=0" })),
  asking("invalidPaging.perPage", "A page of namespaces has at most 1,000.", () => ({
    method: "GET",
    path: "?per_page=1001",
  })),
  asking("invalidPaging.order", "Namespaces are ordered by id or title, and by nothing else.", () => ({
    method: "GET",
    path: "?order=created",
  })),
  asking("invalidPaging.direction", "The direction is asc or desc.", () => ({ method: "GET", path: "?direction=up" })),
  {
    name: "pagePastTheEnd",
    assumption: "A page past the end is empty.",
    cost: { requests: 1, lists: 1 },
    async run(stage) {
      const reply = await stage.call({ method: "GET", path: "?page=1000&per_page=1000" });
      return reply.status === 200 ? `200, ${namesIn(reply, "id").length} namespaces` : outcomeOf(reply);
    },
  },
  {
    name: "pageInfo",
    assumption: "A page of namespaces says its number, its size, and how many there are.",
    cost: { requests: 1, lists: 1 },
    async run(stage) {
      const info = envelopeOf(await stage.call({ method: "GET", path: "?per_page=5" })).result_info ?? {};
      return ["page", "per_page", "count", "total_count"].filter((name) => typeof info[name] === "number").join(", ");
    },
  },
  {
    name: "namespaceOrder",
    assumption: "Namespaces are listed by id, ascending.",
    cost: { requests: 9, namespaces: 4, lists: 1 },
    async run(stage) {
      // So many that they do not stand in an order by chance.
      for (const name of ["order 1", "order 2", "order 3", "order 4"]) await stage.namespace(name);
      return orderOf(await listed(stage, ""), "id");
    },
  },
  {
    name: "namespaceOrder.direction",
    assumption: "With direction=desc they are listed the other way round.",
    cost: { requests: 1, lists: 1 },
    run: async (stage) => orderOf((await listed(stage, "&order=id&direction=desc")).reverse(), "id"),
  },
  {
    name: "jurisdiction",
    assumption: "A jurisdiction is accepted, and shown when it was given.",
    cost: { requests: 2, namespaces: 2 },
    async run(stage) {
      const within = await stage.create("within", { jurisdiction: "eu" });
      const without = await stage.create("without");
      if (within.status !== 200) return outcomeOf(within);
      return `200, shown as ${member(within, "jurisdiction")}, and else ${form(member(without, "jurisdiction"))}`;
    },
  },
  {
    name: "jurisdiction.unknown",
    assumption: "Another jurisdiction is an invalid request.",
    cost: one,
    run: async (stage) => outcomeOf(await stage.create("nowhere", { jurisdiction: "nowhere" })),
  },
  {
    name: "mode.unknown",
    assumption: "Another mode than `instant` is an invalid request.",
    cost: one,
    run: async (stage) => outcomeOf(await stage.create("never", { mode: "never" })),
  },
  {
    name: "mode",
    assumption: "The mode `instant` is shown when it was given.",
    cost: one,
    async run(stage) {
      const reply = await instant(stage, "mode");
      return `200, shown as ${member(reply, "mode")}`;
    },
  },
  {
    name: "mode.jurisdiction",
    assumption: "The mode is not accepted beside a jurisdiction.",
    cost: { requests: 2, namespaces: 2 },
    async run(stage) {
      await instant(stage, "alone");
      return outcomeOf(await stage.create("both", { mode: "instant", jurisdiction: "eu" }));
    },
  },
  {
    name: "instantMetadata",
    assumption: "A namespace of that mode takes no metadata.",
    cost: { requests: 2, namespaces: 1, writes: 1 },
    run: (stage) => writeInstant(stage, "metadata", { key: "a", value: "v", metadata: 1 }),
  },
  {
    name: "instantFull",
    assumption: "A namespace of that mode takes 1 MB.",
    cost: { requests: 2, namespaces: 1, writes: 1 },
    run: (stage) => writeInstant(stage, "full", { key: "a", value: "v".repeat(1_000_001) }),
  },
];

async function createBoth(stage: Stage, one: string, other: string): Promise<string> {
  const [first, second] = [await stage.create(one), await stage.create(other)];
  return `${outcomeOf(first)}, then ${outcomeOf(second)}`;
}

function rename(stage: Stage, id: string, name: string): Promise<string> {
  return stage.outcome({ method: "PUT", path: `/${id}`, body: titled(stage, name) });
}

function titled({ mark }: Stage, name: string): string {
  return JSON.stringify({ title: `${mark} ${name}` });
}

function resultForm(result: unknown): string {
  return result === null || typeof result !== "object" ? form(result) : "an object";
}

function form(value: unknown): string {
  return value === undefined ? "left out" : String(value);
}

/** All namespaces of the account that one page has. */
async function listed(stage: Stage, query: string): Promise<Named[]> {
  const reply = await stage.call({ method: "GET", path: `?per_page=1000${query}` });
  const titles = namesIn(reply, "title");
  return namesIn(reply, "id").map((id, index) => ({ id, title: titles[index] ?? "" }));
}

interface Named {
  readonly id: string;
  readonly title: string;
}

function orderOf(namespaces: readonly Named[], hoped: keyof Named): string {
  const isBy = (member: keyof Named) => isSorted(namespaces.map((namespace) => namespace[member]));
  if (isBy(hoped)) return `by ${hoped}`;
  return isBy("title") ? "by title" : "in another order";
}

function isSorted(texts: readonly string[]): boolean {
  return texts.every((text, index) => index === 0 || (texts[index - 1] ?? "") <= text);
}

async function instant(stage: Stage, name: string) {
  const reply = await stage.create(name, { mode: "instant" });
  if (reply.status === 200) return reply;
  throw new Untried(`the account has no instant namespaces, ${outcomeOf(reply)}`);
}

async function writeInstant(stage: Stage, name: string, pair: object): Promise<string> {
  const id = member(await instant(stage, name), "id");
  const ask = { method: "PUT", path: `/${id}/bulk`, body: JSON.stringify([pair]) };
  return outcomeOf(await stage.until(ask, (reply) => !hasCode(reply, 10013)));
}
