import { outcomeOf, outcomeWithResult } from "../answer";
import { form } from "../form";
import { asking, type Probe } from "../probe";
import { type Stage, valuePath } from "../stage";

const written = { requests: 2, writes: 1 };
const mostBytes = 26_214_400;

/** Metadata of 1,024 bytes as compact JSON, and of more as it is sent. */
const spacedMetadata = JSON.stringify({ a: "m".repeat(1016) }).replace(":", ": ");

/** Values and metadata of single keys. */
export const valueProbes: readonly Probe[] = [
  {
    name: "putAnswer",
    assumption: "A write is answered with 200 and a result of null.",
    cost: { requests: 1, writes: 1 },
    async run(stage) {
      const reply = await stage.call({ method: "PUT", path: stage.value("put"), body: "v" });
      return outcomeWithResult(reply);
    },
  },
  {
    name: "contentLength",
    assumption: "A value is sent with its length, as application/octet-stream, and without an etag.",
    cost: written,
    async run(stage) {
      await stage.call({ method: "PUT", path: stage.value("length"), body: "v" });
      const { headers } = await stage.read("length");
      const named = ["content-length", "etag"].filter((name) => headers[name] !== undefined);
      return [headers["content-type"], ...named].join(", ");
    },
  },
  {
    name: "emptyValue",
    assumption: "An empty value is a value.",
    cost: written,
    async run(stage) {
      await stage.call({ method: "PUT", path: stage.value("empty"), body: "" });
      const reply = await stage.read("empty");
      return `${outcomeOf(reply)}, ${reply.body.length} bytes`;
    },
  },
  {
    name: "bytes",
    assumption: "Bytes that are no text come back as they were written.",
    cost: written,
    run: (stage) => comesBack(stage, "bytes", Buffer.from([0xff, 0x00, 0xef, 0xbb, 0xbf, 0x0d, 0x0a]), {}),
  },
  {
    name: "formEncodedBody",
    assumption: "A body of the type application/x-www-form-urlencoded is the value.",
    cost: written,
    run: (stage) =>
      comesBack(stage, "urlencoded", Buffer.from("value=v"), { "content-type": "application/x-www-form-urlencoded" }),
  },
  {
    name: "jsonBody",
    assumption: "A body of the type application/json is the value.",
    cost: written,
    run: (stage) =>
      comesBack(stage, "json", Buffer.from('{"value":"v","metadata":{}}'), { "content-type": "application/json" }),
  },
  asking("absentKey", "A key that is not there is a 404 of its own code.", (places) => ({
    method: "GET",
    path: valuePath(places, "absent"),
  })),
  asking("absentKey.metadata", "The metadata of a key that is not there is a 404 of the key's code.", ({ main }) => ({
    method: "GET",
    path: `/${main}/metadata/absent`,
  })),
  asking("absentKey.delete", "The delete of a key that is not there succeeds.", (places) => ({
    method: "DELETE",
    path: valuePath(places, "absent to be deleted"),
  })),
  {
    name: "metadataNone",
    assumption: "A key without metadata has the metadata null.",
    cost: written,
    async run(stage) {
      await stage.call({ method: "PUT", path: stage.value("no metadata"), body: "v" });
      const reply = await stage.metadata("no metadata");
      return outcomeWithResult(reply);
    },
  },
  {
    name: "metadataForm",
    assumption: "Metadata is measured as compact JSON, in whichever form it came.",
    cost: { requests: 1, writes: 1 },
    run: (stage) => put(stage, "metadata form", { value: "v", metadata: spacedMetadata }),
  },
  {
    name: "metadataForm.shown",
    assumption: "Metadata is shown as compact JSON: `1.0` is 1.",
    cost: written,
    async run(stage) {
      await put(stage, "metadata shown", { value: "v", metadata: '{ "a" : 1.0 }' });
      const reply = await stage.metadata("metadata shown");
      const text = reply.body.toString();
      if (text.includes('{"a":1}')) return "200, compact";
      return `${outcomeOf(reply)}, ${text.includes("1.0") ? "as it was sent" : "in another form"}`;
    },
  },
  {
    name: "metadataTooLarge",
    assumption: "Metadata of 1,025 bytes is refused with the Workers binding's status.",
    cost: { requests: 1, writes: 1 },
    run: (stage) => put(stage, "metadata large", { value: "v", metadata: JSON.stringify("m".repeat(1023)) }),
  },
  {
    name: "metadataNoJson",
    assumption: "Metadata that is no JSON is refused with a code of its own.",
    cost: { requests: 1, writes: 1 },
    run: (stage) => put(stage, "metadata text", { value: "v", metadata: "{" }),
  },
  {
    name: "formWithoutMetadata",
    assumption: "A form may have a value alone.",
    cost: { requests: 1, writes: 1 },
    run: (stage) => put(stage, "form alone", { value: "v" }),
  },
  {
    name: "invalidRequest.form",
    assumption: "A form without a value is an invalid request.",
    cost: { requests: 1, writes: 1 },
    run: (stage) => put(stage, "form without", { metadata: "1" }),
  },
  {
    name: "invalidRequest.noForm",
    assumption: "A body that is no form, though its type says so, is an invalid request.",
    cost: { requests: 1, writes: 1 },
    run: (stage) =>
      stage.outcome({ method: "PUT", path: stage.value("no form"), headers: form({}).headers, body: "value" }),
  },
  {
    name: "valueTooLarge",
    assumption: "A value of one byte above 25 MiB is refused with the Workers binding's status.",
    cost: { requests: 1, writes: 1 },
    run: (stage) =>
      stage.outcome({ method: "PUT", path: stage.value("large"), body: Buffer.alloc(mostBytes + 1, "v") }),
  },
  {
    name: "sameKeyTooSoon",
    assumption: "A second write to a key within a second is refused with a 429 that says when to come back.",
    cost: { requests: 4, writes: 4 },
    async run(stage) {
      for (let count = 1; count <= 4; count++) {
        const ask = { method: "PUT", path: stage.value("soon"), body: `v${count}`, isFinal: true };
        const reply = await stage.call(ask);
        const advice = reply.headers["retry-after"] === undefined ? "" : ", with retry-after";
        if (reply.status !== 200) return outcomeOf(reply) + advice;
      }
      return "200, four times";
    },
  },
  {
    name: "rateHeaders",
    assumption: "An answer says how many requests are left.",
    cost: { requests: 1 },
    async run(stage) {
      const { headers } = await stage.call({ method: "GET", path: `/${stage.main}` });
      return ["ratelimit", "ratelimit-policy"].filter((name) => headers[name] !== undefined).join(", ") || "no";
    },
  },
];

function put(stage: Stage, key: string, parts: Readonly<Record<string, string>>): Promise<string> {
  return stage.outcome({ method: "PUT", path: stage.value(key), ...form(parts) });
}

async function comesBack(
  stage: Stage,
  key: string,
  body: Buffer,
  headers: Readonly<Record<string, string>>,
): Promise<string> {
  const reply = await stage.call({ method: "PUT", path: stage.value(key), body, headers });
  if (reply.status !== 200) return outcomeOf(reply);
  return (await stage.read(key)).body.equals(body) ? "200, byte for byte" : "200, other bytes";
}
