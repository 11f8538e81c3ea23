import { Api, account, type CallOptions } from "./api";

let api: Api;
let id: string;
beforeAll(async () => {
  api = await Api.start();
  api.emulator.setClock({ nowMs: 1_800_000_000_000 });
  id = await api.namespace("taken");
  await api.namespace("other");
});
afterAll(() => api.close());

const absent = "0".repeat(32);
const notFound: [request: string, prefix: string, body?: string][] = [
  ["GET /ID", "get namespace"],
  ["PUT /ID", "rename namespace", '{"title":"new"}'],
  ["DELETE /ID", "remove namespace"],
  ["GET /ID/keys", "list keys"],
  ["GET /ID/values/a", "get"],
  ["PUT /ID/values/a", "put"],
  ["DELETE /ID/values/a", "remove key"],
  ["GET /ID/metadata/a", "metadata"],
  ["PUT /ID/bulk", "bulk put", "[]"],
  ["DELETE /ID/bulk", "bulk remove keys", "[]"],
  ["POST /ID/bulk/delete", "bulk remove keys", "[]"],
  ["POST /ID/bulk/get", "bulk get keys", '{"keys":["a"]}'],
];

test.each(notFound)("%s refuses a namespace that is absent or malformed", async (...[request, prefix, body]) => {
  const [method = "", path = ""] = request.split(" ");
  const found = await api.refusal(method, path.replace("ID", absent), { body });
  expect(found).toEqual([404, 10013, `${prefix}: 'namespace not found'`]);
  const malformed = await api.refusal(method, path.replace("ID", "abc"), { body });
  expect(malformed).toEqual([400, 10011, "invalid namespace format: abc"]);
});

const title = (text: unknown): CallOptions => ({ body: JSON.stringify({ title: text }) });
const form = (text: string): CallOptions => ({
  headers: { "content-type": "multipart/form-data; boundary=x" },
  body: text,
});
const part = (name: string, content: string) =>
  `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${content}\r\n`;
const past = "Please specify integer greater than the current number of seconds since the UNIX epoch.";
const soon = "Expiration times must be at least 60 seconds in the future.";
const integer = "Please specify integer greater than 0.";

type Row = [request: string, refusal: [number, number, string], options?: CallOptions];

const refusals: Row[] = [
  ["GET ?page=0", [400, 10007, "list namespaces: 'malformed page'"]],
  ["GET ?page=x", [400, 10007, "list namespaces: 'malformed page'"]],
  ["GET ?per_page=0", [400, 10008, "list namespaces: 'malformed per_page'"]],
  ["GET ?per_page=1001", [400, 10008, "list namespaces: 'malformed per_page'"]],
  ["GET ?order=name", [400, 10043, "list namespaces: 'malformed order'"]],
  ["GET ?direction=up", [400, 10044, "list namespaces: 'malformed direction'"]],
  ["POST ", [400, 10014, "a namespace with this account ID and title already exists"], title("taken")],
  ["POST ", [400, 10019, "request is missing a title definition"], title("")],
  ["POST ", [400, 10019, "request is missing a title definition"], title(undefined)],
  ["POST ", [400, 10019, "request is missing a title definition"], title(1)],
  ["POST ", [400, 10019, "create namespace: 'title exceeds 512 characters'"], title("é".repeat(513))],
  ["POST ", [400, 10029, "create namespace: 'could not parse request body'"], { body: "{" }],
  [
    "POST ",
    [400, 10029, "create namespace: 'invalid jurisdiction, expected one of eu, fedramp, us'"],
    { body: '{"title":"t","jurisdiction":"x"}' },
  ],
  [
    "PUT /ID",
    [400, 10014, "rename namespace: 'a namespace with this account ID and title already exists'"],
    title("other"),
  ],
  ["PUT /ID", [400, 10019, "request is missing a title definition"], title("")],
  ["GET /ID/keys?limit=9", [400, 10028, "limit argument must be at least 10"]],
  ["GET /ID/keys?limit=x", [400, 10028, "limit argument must be at least 10"]],
  ["GET /ID/keys?limit=1001", [400, 10028, "limit argument must be at most 1000"]],
  ["GET /ID/keys?cursor=x", [400, 10041, 'invalid "list keys" cursor']],
  ["GET /ID/values/a", [404, 10009, "get: 'key not found'"]],
  ["PUT /ID/values/.", [400, 10042, `put: 'Illegal key name ".". Please use a different name.'`]],
  ["PUT /ID/values/..", [400, 10042, `put: 'Illegal key name "..". Please use a different name.'`]],
  ["PUT /ID/values/%2e%2E", [400, 10042, `put: 'Illegal key name "..". Please use a different name.'`]],
  ["PUT /ID/values/%ff", [400, 10042, "put: 'The key name is not valid UTF-8.'"]],
  ["PUT /ID/values/%zz", [400, 10042, "put: 'The key name is not valid UTF-8.'"]],
  [
    `PUT /ID/values/${"%C3%A9".repeat(256)}a`,
    [414, 10030, "put: 'UTF-8 encoded length of 513 exceeds key length limit of 512.'"],
  ],
  ["PUT /ID/values/a?expiration=1800000000", [400, 10033, `put: 'Invalid expiration of 1800000000. ${past}'`]],
  ["PUT /ID/values/a?expiration=1800000059", [400, 10033, `put: 'Invalid expiration of 1800000059. ${soon}'`]],
  ["PUT /ID/values/a?expiration=1800000100.5", [400, 10033, `put: 'Invalid expiration of 1800000100.5. ${past}'`]],
  [
    "PUT /ID/values/a?expiration=1800000100000",
    [400, 10033, "put: 'Invalid expiration of 1800000100000. Please specify integer of at most 2147483647.'"],
  ],
  [
    "PUT /ID/values/a?expiration_ttl=347483648",
    [400, 10034, "put: 'Invalid expiration_ttl of 347483648. Please specify integer of at most 347483647.'"],
  ],
  [
    "PUT /ID/values/a?expiration_ttl=59",
    [400, 10034, "put: 'Invalid expiration_ttl of 59. Expiration TTL must be at least 60.'"],
  ],
  ["PUT /ID/values/a?expiration_ttl=0", [400, 10034, `put: 'Invalid expiration_ttl of 0. ${integer}'`]],
  ["PUT /ID/values/a?expiration_ttl=-5", [400, 10034, `put: 'Invalid expiration_ttl of -5. ${integer}'`]],
  ["PUT /ID/values/a?expiration_ttl=x", [400, 10034, `put: 'Invalid expiration_ttl of x. ${integer}'`]],
  [
    "PUT /ID/values/a",
    [400, 10147, "metadata must be valid json"],
    form(`${part("value", "")}${part("metadata", "{")}--x--`),
  ],
  [
    "PUT /ID/values/a",
    [400, 10147, "metadata must be valid json"],
    form(`${part("value", "")}${part("metadata", "")}--x--`),
  ],
  [
    "PUT /ID/values/a",
    [413, 10047, "put: 'Metadata length of 1025 exceeds limit of 1024.'"],
    form(`${part("value", "")}${part("metadata", `"${"é".repeat(511)}a"`)}--x--`),
  ],
  [
    "PUT /ID/values/a",
    [400, 10029, "put: 'multipart put request does not contain required form field 'value''"],
    form(`${part("metadata", "1")}--x--`),
  ],
  ["PUT /ID/values/a", [400, 10029, "put: 'could not parse multipart request body'"], form(part("value", "1"))],
  ["PUT /ID/values/a", [400, 10029, "put: 'could not parse multipart request body'"], form("")],
  [
    "PUT /ID/bulk",
    [400, 10012, "could not parse array of keys from request body: 'not a JSON array'"],
    { body: '{"a":1}' },
  ],
  ["PUT /ID/bulk", [400, 10012, "could not parse array of keys from request body: 'not a JSON array'"], { body: "[" }],
  [
    "PUT /ID/bulk",
    [400, 10012, "bulk put: 'received 10001 key/value pairs, but max allowed per request is: 10000'"],
    { body: `[${"0,".repeat(10_000)}0]` },
  ],
  [
    "PUT /ID/bulk",
    [413, 10024, "bulk put: 'request body of 100000001 bytes is too large'"],
    { body: Buffer.alloc(100_000_001, " ") },
  ],
  [
    "POST /ID/bulk/delete",
    [400, 10012, "bulk remove keys: 'received 10001 keys, but max allowed per request is: 10000'"],
    { body: `[${"0,".repeat(10_000)}0]` },
  ],
  ["DELETE /ID/values/", [405, 10405, "DELETE method not allowed for the api_token authentication scheme"]],
  ["GET /ID/values", [405, 10405, "GET method not allowed for the api_token authentication scheme"]],
  ["POST /ID", [405, 10405, "POST method not allowed for the api_token authentication scheme"]],
  ["GET /ID/unknown", [404, 7003, "No route for the URI"]],
  ["GET /accounts", [404, 7003, "No route for the URI"]],
  [`GET /accounts/${account}/workers/namespaces`, [404, 7003, "No route for the URI"]],
  [
    "GET /accounts/me/storage/kv/namespaces",
    [400, 7003, "Could not route to /accounts/me/storage/kv/namespaces, perhaps your object identifier is invalid?"],
  ],
];

test.each(refusals)("%s is refused with %j", async (...[request, refusal, options]) => {
  const [, method = "", path = ""] = /^(\S+) (.*)$/.exec(request) ?? [];
  expect(await api.refusal(method, path.replace("ID", id), options)).toEqual(refusal);
  expect(api.emulator.keys(id)).toEqual([]);
});

test("an account has at most 1,000 namespaces", async () => {
  api.emulator.setLimits({ maxNamespaces: 2 });
  expect(await api.refusal("POST", "", title("third"))).toEqual([
    400,
    10018,
    "create namespace: 'too many namespaces in this account'",
  ]);
});
