import { accountId, Connection, failureOf, type Stranger, sentinels, startStranger } from "./api";

const address = { accountId, namespaceId: "a".repeat(32), key: "key" };

let location = "";
let status = 302;
let body = "";
let here: Stranger;
let elsewhere: Stranger;
beforeAll(async () => {
  elsewhere = await startStranger((response) => response.end());
  here = await startStranger((response) => {
    response.writeHead(status, { location, "content-type": "application/json" }).end(body);
  });
});
afterEach(() => {
  body = "";
  status = 302;
});
afterAll(async () => {
  await here.close();
  await elsewhere.close();
});

const origin = ({ url }: Stranger) => new URL(url).origin;

async function redirected(send: (connection: Connection) => Promise<unknown>): Promise<string> {
  const connection = new Connection(here.url);
  const before = here.requests.length;
  const { message } = await failureOf(send(connection));
  expect(here.requests).toHaveLength(before + 1);
  await connection.transport.close();
  return message;
}

const get = ({ client }: Connection) => client.getValue(address);
const put = ({ client }: Connection) => client.putValue(address, { value: Buffer.from(sentinels.value) });
const post = ({ client }: Connection) => client.createNamespace(accountId, { title: "title" });

describe.each([301, 302, 303, 307, 308])("a redirect with status %i", (code) => {
  test.each([
    ["GET", get],
    ["PUT", put],
    ["POST", post],
  ])("of a %s to another origin is refused, and the other never hears of it", async (method, send) => {
    status = code;
    location = `${elsewhere.url}/path?token=${sentinels.token}`;
    const message = await redirected(send);
    expect(message).toMatch(new RegExp(`^${method} \\S+ failed with status ${code}: `));
    expect(message).toContain(
      `: ${origin(here)} redirects to ${origin(elsewhere)}; redirects are not followed; check baseUrl`,
    );
    expect(elsewhere.requests).toEqual([]);
  });
});

test("a redirect to the same origin is refused", async () => {
  location = "/client/v5?a=b";
  const itself = `: ${origin(here)} redirects to itself; redirects are not followed; check baseUrl`;
  expect(await redirected(get)).toContain(itself);
});

test("a redirect is refused that says it is a success", async () => {
  body = '{"success":true,"result":null}';
  location = elsewhere.url;
  expect(await redirected(put)).toContain(`redirects to ${origin(elsewhere)};`);
});

test.each([
  ["that names a user and a password", `http://user:${sentinels.apiKey}@127.0.0.1:1/`, "to http://127.0.0.1:1; "],
  ["without a scheme", "//other.example/path", "to http://other.example; "],
  ["that is nonsense", "http://[nonsense", "302: redirects"],
  ["that is no place", `data:text/plain,${sentinels.apiKey}`, "302: redirects"],
  ["that is too long", `http://${`${sentinels.apiKey}.`.repeat(100)}example`, "302: redirects"],
  ["that has the credential in its host", `http://${sentinels.token}.example/`, "to http://[credential].example; "],
])("a location %s is not shown as it is", async (_, given, shown) => {
  location = given;
  const message = await redirected(get);
  expect(message).toContain(shown);
  for (const sentinel of Object.values(sentinels)) expect(message).not.toContain(sentinel);
});
