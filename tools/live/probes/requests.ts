import { envelopeOf, member, outcomeOf } from "../answer";
import { asking, type Probe } from "../probe";
import { type Stage, valuePath } from "../stage";

/** In the form of a token, and none. */
const wrongToken = "w".repeat(40);
const absent = "0".repeat(32);
const longKey = "k".repeat(513);

/** Credentials, routes, ids, and the path of a key. */
export const requestProbes: readonly Probe[] = [
  asking("missingCredentials", "A request without credentials is refused by the gateway.", () => ({
    method: "GET",
    path: "",
    headers: { authorization: null },
  })),
  asking("wrongCredentials", "A token that does not exist is refused as an authentication error.", () => ({
    method: "GET",
    path: "",
    headers: { authorization: `Bearer ${wrongToken}` },
  })),
  {
    name: "unknownRoute",
    assumption: "A path that is none of the API's is answered with the gateway's code, and a 404.",
    cost: { requests: 1 },
    run: (stage) =>
      stage.outcome({ method: "GET", path: `/accounts/${stage.sender.target.accountId}/storage/kv/nothing` }),
  },
  asking("malformedAccount", "An account id that is none is refused as a request that cannot be routed.", () => ({
    method: "GET",
    path: "/accounts/none/storage/kv/namespaces",
  })),
  asking("methodNotAllowed", "A known path with another method is answered with a 405.", ({ main }) => ({
    method: "POST",
    path: `/${main}/keys`,
  })),
  asking("methodNotAllowed.emptyKey", "A value's path without a key is no route of the API.", ({ main }) => ({
    method: "GET",
    path: `/${main}/values/`,
  })),
  asking("absentNamespace", "A namespace that is not there is a 404 of its own code.", () => ({
    method: "GET",
    path: `/${absent}`,
  })),
  asking("absentNamespace.value", "A value of a namespace that is not there is a 404 of the namespace's code.", () => ({
    method: "GET",
    path: `/${absent}/values/a`,
  })),
  asking("malformedNamespace", "A namespace id that is none is refused.", () => ({ method: "GET", path: "/none" })),
  {
    name: "namespaceIdCase",
    assumption: "An id in capital letters is malformed.",
    cost: { requests: 1 },
    run: (stage) => stage.outcome({ method: "GET", path: `/${stage.main.toUpperCase()}` }),
  },
  {
    name: "trailingSlash",
    assumption: "The path of a namespace with a slash at its end is the namespace.",
    cost: { requests: 1 },
    run: (stage) => leadsTo(stage, `/${stage.main}/`),
  },
  {
    name: "dotSegments",
    assumption: "The path of the key `..` is not resolved: the name is illegal.",
    cost: { requests: 1 },
    run: (stage) => leadsTo(stage, `/${stage.main}/values/..`),
  },
  {
    name: "dotSegments.encoded",
    assumption: "The key `..` is illegal where its dots are percent-encoded, too.",
    cost: { requests: 1 },
    run: (stage) => leadsTo(stage, `/${stage.main}/values/%2E%2E`),
  },
  {
    name: "rawSlashes",
    assumption: "Slashes before a key that are not encoded are swallowed, later ones are part of it.",
    cost: { requests: 4, writes: 1 },
    async run(stage) {
      const written = await stage.outcome({ method: "PUT", path: `/${stage.main}/values///slashes//b`, body: "v" });
      if (written !== "200") return written;
      const name = await stage.find(["slashes//b", "///slashes//b", "slashes/b"]);
      return name ? `stored as ${name}` : "stored under another name";
    },
  },
  asking("illegalKeyName", "A name that is not UTF-8 is illegal.", ({ main }) => ({
    method: "GET",
    path: `/${main}/values/%FF`,
  })),
  asking("illegalKeyName.bulk", "The name `.` is illegal in a bulk.", ({ main }) => ({
    method: "PUT",
    path: `/${main}/bulk`,
    body: JSON.stringify([{ key: ".", value: "v" }]),
  })),
  asking("illegalKeyName.empty", "An empty name is illegal in a bulk.", ({ main }) => ({
    method: "PUT",
    path: `/${main}/bulk`,
    body: JSON.stringify([{ key: "", value: "v" }]),
  })),
  asking("keyTooLong", "A name of 513 bytes is refused with the Workers binding's status.", (places) => ({
    method: "PUT",
    path: valuePath(places, longKey),
    body: "v",
  })),
  asking("keyTooLong.bulk", "A name of 513 bytes is refused in a bulk with the same status.", ({ main }) => ({
    method: "PUT",
    path: `/${main}/bulk`,
    body: JSON.stringify([{ key: longKey, value: "v" }]),
  })),
  {
    name: "keyTooLong.bytes",
    assumption: "A name of 512 bytes is taken, in whichever letters.",
    cost: { requests: 1, writes: 1 },
    run: (stage) => stage.outcome({ method: "PUT", path: stage.value("é".repeat(256)), body: "v" }),
  },
  asking("orderOfChecks.key", "The key is looked at before the namespace.", () => ({
    method: "PUT",
    path: `/${absent}/values/${longKey}`,
    body: "v",
  })),
  asking("orderOfChecks.namespace", "The namespace is looked at before the expiration.", () => ({
    method: "PUT",
    path: `/${absent}/values/a?expiration_ttl=1`,
    body: "v",
  })),
  {
    name: "keyEncoding",
    assumption: "A name is percent-decoded once, and one with a space, a control character or `%` is kept.",
    cost: { requests: 2, writes: 1 },
    async run(stage) {
      const key = "encoding/%41 \u001f^?#é";
      const written = await stage.outcome({ method: "PUT", path: stage.value(key), body: "v" });
      if (written !== "200") return written;
      return outcomeOf(await stage.read(key));
    },
  },
  {
    name: "keyNormalisation",
    assumption: "A name in another Unicode form is another key.",
    cost: { requests: 3, writes: 1 },
    async run(stage) {
      await stage.call({ method: "PUT", path: stage.value("form/\u00e9"), body: "v" });
      const same = await stage.read("form/\u00e9");
      const other = await stage.outcome({ method: "GET", path: stage.value("form/e\u0301") });
      return `the same form ${outcomeOf(same)}, the other ${other}`;
    },
  },
];

/** Whether a path leads to the namespace. */
async function leadsTo(stage: Stage, path: string): Promise<string> {
  const reply = await stage.call({ method: "GET", path });
  const isNamespace = reply.status === 200 && member(reply, "id") === stage.main;
  if (isNamespace) return "200, the namespace";
  const isList = reply.status === 200 && Array.isArray(envelopeOf(reply).result);
  return isList ? "200, a list" : outcomeOf(reply);
}
