import { outcomeOf } from "../answer";
import { asking, type Probe } from "../probe";
import { type Places, type Stage, valuePath } from "../stage";

const now = () => Math.floor(Date.now() / 1000);
const anHour = 3600;

/** When a key expires, and what is no time for that. */
export const expirationProbes: readonly Probe[] = [
  writing("invalidExpiration.past", "An expiration that has passed is refused.", () => ({
    expiration: now() - anHour,
  })),
  writing("invalidExpiration.soon", "An expiration less than a minute ahead is refused with the same code.", () => ({
    expiration: now() + 30,
  })),
  writing("invalidExpiration.fraction", "An expiration with a fraction is refused with the same code.", () => ({
    expiration: now() + anHour + 0.5,
  })),
  writing("invalidExpiration.milliseconds", "An expiration above 2^31-1 is refused with the same code.", () => ({
    expiration: (now() + anHour) * 1000,
  })),
  writing("invalidTtl", "A time to live under 60 seconds is refused with a code of its own.", () => ({
    expiration_ttl: 59,
  })),
  writing("invalidTtl.zero", "A time to live of 0 is refused with the same code.", () => ({ expiration_ttl: 0 })),
  writing("invalidTtl.fraction", "A time to live with a fraction is refused with the same code.", () => ({
    expiration_ttl: 90.5,
  })),
  writing("invalidTtl.huge", "A time to live that ends above 2^31-1 is refused with the same code.", () => ({
    expiration_ttl: 2 ** 31,
  })),
  writing("invalidTtl.word", "A word in place of a time to live is refused with the same code.", () => ({
    expiration_ttl: "soon",
  })),
  {
    name: "orderOfChecks.expiration",
    assumption: "The expiration is looked at before the metadata.",
    cost: { requests: 1, writes: 1 },
    run: (stage) => {
      const pair = { key: "both wrong", value: "v", expiration_ttl: 1, metadata: "m".repeat(1100) };
      return stage.outcome({ method: "PUT", path: `/${stage.main}/bulk`, body: JSON.stringify([pair]) });
    },
  },
  expiring("expirationShown", "The value of a key that expires is sent with the second at which it does.", () => ({
    expiration_ttl: anHour,
  })),
  expiring("expirationIgnored", "With a time to live an expiration is not even looked at.", () => ({
    expiration: 1,
    expiration_ttl: anHour,
  })),
  expiring("expirationIgnored.later", "The time to live wins over an expiration that is valid.", () => ({
    expiration: now() + 2 * anHour,
    expiration_ttl: anHour,
  })),
  expiring("emptyParameter", "An empty parameter is an absent one.", () => ({ expiration: "", expiration_ttl: "" })),
];

type Query = Readonly<Record<string, string | number>>;

function writing(name: string, assumption: string, query: () => Query): Probe {
  return asking(name, assumption, (places) => ({ method: "PUT", path: pathOf(places, name, query()), body: "v" }));
}

/** A probe of when a key that is written so expires. */
function expiring(name: string, assumption: string, query: () => Query): Probe {
  return { name, assumption, cost: { requests: 2, writes: 1 }, run: (stage) => expiry(stage, name, query()) };
}

async function expiry(stage: Stage, name: string, query: Query): Promise<string> {
  const reply = await stage.call({ method: "PUT", path: pathOf(stage, name, query), body: "v" });
  if (reply.status !== 200) return outcomeOf(reply);
  const { expiration } = (await stage.read(name)).headers;
  if (expiration === undefined) return "200, never expires";
  const hours = Math.round((Number(expiration) - now()) / anHour);
  return `200, expires in ${hours} h`;
}

/** Each has a key of its own name. */
function pathOf(places: Places, key: string, query: Query): string {
  const given = Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]);
  return `${valuePath(places, key)}?${new URLSearchParams(given)}`;
}
