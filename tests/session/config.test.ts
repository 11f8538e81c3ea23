import type { ConfigSources } from "../../provider/session/config";
import { type Config, ConfigError, checkConfig, resolveConfig } from "../../provider/session/config";

const account = "0123456789abcdef0123456789abcdef";
const other = "f".repeat(32);
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const secret = "sentinel-4d1c";

const resolve = ({ args = {}, stack = {}, env = {} }: Partial<ConfigSources>): Config =>
  resolveConfig({ args, stack, env });
const token = { env: { CLOUDFLARE_API_TOKEN: "t" } };

describe("without anything but a token", () => {
  test("the defaults hold", () => {
    expect(resolve(token)).toEqual({
      accountId: undefined,
      credential: { apiToken: "t" },
      credentialSource: "environment",
      baseUrl: "https://api.cloudflare.com/client/v4",
      maxConcurrency: 8,
      requestTimeoutMs: 60_000,
      requestsPerFiveMinutes: 1000,
      consistencySeconds: 90,
      coalescing: true,
      forceDestroy: false,
    });
  });
});

describe("the first source that says something decides", () => {
  const env = {
    CLOUDFLARE_ACCOUNT_ID: "e".repeat(32),
    CLOUDFLARE_API_TOKEN: "env",
    CLOUDFLARE_BASE_URL: "https://second.example",
  };
  const general = { "cloudflare:accountId": "c".repeat(32), "cloudflare:apiToken": "general" };
  const stack = {
    ...general,
    "cloudflare-kv:accountId": "b".repeat(32),
    "cloudflare-kv:apiToken": "stack",
    "cloudflare-kv:baseUrl": "https://stack.example",
  };
  const args = { accountId: "a".repeat(32), apiToken: "args", baseUrl: "https://args.example" };

  const cases: [name: string, sources: Partial<ConfigSources>, expected: [string?, string?, string?, string?]][] = [
    ["the arguments", { args, stack, env }, ["a", "configuration", "args", "https://args.example"]],
    ["the stack", { stack, env }, ["b", "configuration", "stack", "https://stack.example"]],
    ["the general provider", { stack: general, env }, ["c", "configuration", "general", "https://second.example"]],
    ["the environment", { env }, ["e", "environment", "env", "https://second.example"]],
    [
      "the first of two variables",
      { env: { ...env, CLOUDFLARE_API_BASE_URL: "https://first.example" } },
      ["e", "environment", "env", "https://first.example"],
    ],
    [
      "what is empty says nothing",
      {
        args: { accountId: "", apiToken: "", baseUrl: "" },
        stack: { "cloudflare-kv:apiToken": "", "cloudflare-kv:accountId": "" },
        env: { ...env, CLOUDFLARE_API_BASE_URL: "" },
      },
      ["e", "environment", "env", "https://second.example"],
    ],
    [
      "what is null says nothing",
      { args: { accountId: null, apiToken: null, apiKey: undefined, email: null, baseUrl: null }, stack, env },
      ["b", "configuration", "stack", "https://stack.example"],
    ],
  ];
  test.each(cases)("%s", (_, sources, expected) => {
    const { accountId, credential, baseUrl } = resolve(sources);
    const apiToken = "apiToken" in credential ? credential.apiToken : undefined;
    expect([accountId?.value[0], accountId?.source, apiToken, baseUrl]).toEqual(expected);
  });
});

describe("a credential", () => {
  const keyInEnvironment = { CLOUDFLARE_API_KEY: "key", CLOUDFLARE_EMAIL: "a@b.example" };
  const cases: [name: string, sources: Partial<ConfigSources>, credential: Config["credential"]][] = [
    ["is an API key with its e-mail address", { env: keyInEnvironment }, { apiKey: "key", email: "a@b.example" }],
    ["is the token where the environment has both", { env: { ...keyInEnvironment, ...token.env } }, { apiToken: "t" }],
    [
      "is the token, whatever else the environment has left over",
      { env: { ...token.env, CLOUDFLARE_EMAIL: "nobody", CLOUDFLARE_API_KEY: "not one" } },
      { apiToken: "t" },
    ],
    [
      "is taken whole from one source: a key hides the token of the next",
      { stack: { "cloudflare-kv:apiKey": "k", "cloudflare-kv:email": "s@b.example" }, ...token },
      { apiKey: "k", email: "s@b.example" },
    ],
    [
      "is taken whole from one source: a token hides the key of the next",
      { args: { apiToken: "t" }, stack: { "cloudflare-kv:apiKey": "k", "cloudflare-kv:email": "s@b.example" } },
      { apiToken: "t" },
    ],
    [
      "may come with an e-mail address that says nothing",
      { args: { apiToken: "t", email: "a@b.example" } },
      { apiToken: "t" },
    ],
  ];
  test.each(cases)("%s", (_, sources, credential) => {
    expect(resolve(sources).credential).toEqual(credential);
  });
});

test.each([
  [{ args: { apiToken: "t" } }, "configuration"],
  [{ stack: { "cloudflare:apiToken": "t" } }, "configuration"],
  [token, "environment"],
])("where the credential of %j came from is known", (sources, source) => {
  expect(resolve(sources).credentialSource).toBe(source);
});

describe("texts stand for numbers and booleans", () => {
  test.each(["args", "stack"] as const)("in %s", (source) => {
    const given = {
      maxConcurrency: "2",
      requestTimeout: " 3 ",
      requestsPerFiveMinutes: "4",
      allowInsecure: "true",
      baseUrl: "http://api.example",
    };
    const values =
      source === "args" ? given : Object.fromEntries(Object.entries(given).map(([k, v]) => [`cloudflare-kv:${k}`, v]));
    expect(resolve({ [source]: values, ...token })).toMatchObject({
      maxConcurrency: 2,
      requestTimeoutMs: 3000,
      requestsPerFiveMinutes: 4,
      baseUrl: "http://api.example",
    });
  });

  test("and numbers and booleans for themselves", () => {
    const args = { maxConcurrency: 256, requestTimeout: 3600, requestsPerFiveMinutes: 100_000, allowInsecure: false };
    expect(resolve({ args, ...token })).toMatchObject({ maxConcurrency: 256, requestTimeoutMs: 3_600_000 });
    expect(resolve({ args: { maxConcurrency: 1, requestTimeout: 1 }, ...token })).toMatchObject({ maxConcurrency: 1 });
  });
});

describe("the base URL", () => {
  test.each(["CLOUDFLARE_API_BASE_URL", "CLOUDFLARE_BASE_URL"])(
    "that is no good is called by the variable it came from: %s",
    (name) => {
      const from = (url: string) => () => resolve({ env: { ...token.env, [name]: url } });
      const isInsecure =
        "http://api.example would send the credential in clear: use https, or set cloudflare-kv:allowInsecure to true";
      expect(from("http://api.example/client")).toThrow(new ConfigError(`${name} ${isInsecure}`));
      expect(from("ftp://api.example")).toThrow(new ConfigError(`${name} must begin with https://`));
    },
  );

  test.each([
    ["https://proxy.example/client/v4", "https://proxy.example/client/v4"],
    ["https://proxy.example/client/v4//", "https://proxy.example/client/v4"],
    ["http://localhost:8787", "http://localhost:8787"],
    ["http://127.0.0.1:1/client/v4", "http://127.0.0.1:1/client/v4"],
    ["http://127.9.9.9", "http://127.9.9.9"],
    ["http://[::1]:8787/", "http://[::1]:8787"],
    ["HTTP://LOCALHOST:8787", "HTTP://LOCALHOST:8787"],
    ["HTTPS://API.EXAMPLE", "HTTPS://API.EXAMPLE"],
    ["http://127.1", "http://127.1"],
  ])("may be %s", (baseUrl, expected) => {
    expect(resolve({ args: { baseUrl }, ...token }).baseUrl).toBe(expected);
  });

  const plain = "http://api.example/client/v4";
  test.each<[source: string, sources: Partial<ConfigSources>, name: string]>([
    ["an argument", { args: { baseUrl: plain } }, "cloudflare-kv:baseUrl"],
    ["the stack", { stack: { "cloudflare-kv:baseUrl": plain } }, "cloudflare-kv:baseUrl"],
    ["the environment", { env: { ...token.env, CLOUDFLARE_BASE_URL: plain } }, "CLOUDFLARE_BASE_URL"],
  ])("must be https in %s, unless allowInsecure says so there or in the stack", (_, sources, name) => {
    const all = { ...token, ...sources };
    expect(() => resolve(all)).toThrow(`${name} http://api.example would send the credential in clear`);
    const allowed = { ...all.stack, "cloudflare-kv:allowInsecure": "true" };
    expect(resolve({ ...all, stack: allowed }).baseUrl).toBe(plain);
    expect(() => resolve({ ...all, stack: { ...allowed, "cloudflare-kv:allowInsecure": "false" } })).toThrow(name);
  });

  const insecure = (url: string) =>
    `cloudflare-kv:baseUrl ${url} would send the credential in clear: use https, or set cloudflare-kv:allowInsecure to true`;
  test.each([
    ["http://api.example/client", insecure("http://api.example")],
    ["http://127.0.0.1.api.example", insecure("http://127.0.0.1.api.example")],
    ["http://localhost.api.example", insecure("http://localhost.api.example")],
    ["http://10.0.0.1:80", insecure("http://10.0.0.1")],
    ["http://0.0.0.0", insecure("http://0.0.0.0")],
    ["HTTP://API.EXAMPLE/client", insecure("http://api.example")],
    [" http://api.example ", insecure("http://api.example")],
    ["http://localhost.", insecure("http://localhost.")],
    ["http://127.0.0.1.nip.example", insecure("http://127.0.0.1.nip.example")],
    ["http://127.example", insecure("http://127.example")],
    ["http://[::ffff:127.0.0.1]", insecure("http://[::ffff:7f00:1]")],
    ["http://api.example\\@localhost", insecure("http://api.example")],
    ["http://localhost@api.example", "cloudflare-kv:baseUrl must not carry a user name or a password; use apiToken"],
    ["http://", "cloudflare-kv:baseUrl must be a URL such as https://api.cloudflare.com/client/v4"],
    ["javascript:alert(1)", "cloudflare-kv:baseUrl must begin with https://"],
    ["unix:/run/api.sock", "cloudflare-kv:baseUrl must begin with https://"],
    ["api.example", "cloudflare-kv:baseUrl must be a URL such as https://api.cloudflare.com/client/v4"],
    ["ftp://api.example", "cloudflare-kv:baseUrl must begin with https://"],
    ["file:///etc", "cloudflare-kv:baseUrl must begin with https://"],
    ["https://api.example/?a=b", "cloudflare-kv:baseUrl must end with its path, without ? or #"],
    ["https://api.example/#a", "cloudflare-kv:baseUrl must end with its path, without ? or #"],
    [
      `https://user:${secret}@api.example`,
      "cloudflare-kv:baseUrl must not carry a user name or a password; use apiToken",
    ],
  ])("must not be %s", (baseUrl, message) => {
    expect(() => resolve({ args: { baseUrl }, ...token })).toThrow(new ConfigError(message));
  });
});

const noCredential =
  "No Cloudflare credential is configured: run `pulumi config set --secret cloudflare-kv:apiToken <token>`, " +
  'or set CLOUDFLARE_API_TOKEN, with an API token that has the permission "Workers KV Storage Write"';
const badCharacter =
  "has a character that no credential has, such as a space or a line break at its end; copy it again";
const names =
  "accountId, apiToken, apiKey, email, baseUrl, allowInsecure, maxConcurrency, requestTimeout, requestsPerFiveMinutes";

const stack = (values: Record<string, string>) => ({
  stack: Object.fromEntries(Object.entries(values).map(([name, value]) => [`cloudflare-kv:${name}`, value])),
  ...token,
});

const mistakes: [name: string, sources: Partial<ConfigSources>, message: string][] = [
  ["nothing", {}, noCredential],
  ["an e-mail address alone", { env: { CLOUDFLARE_EMAIL: "a@b.example" } }, noCredential],
  [
    "a key without its e-mail address, in the environment",
    { env: { CLOUDFLARE_API_KEY: secret } },
    "CLOUDFLARE_API_KEY is set without CLOUDFLARE_EMAIL: set both, or CLOUDFLARE_API_TOKEN",
  ],
  ["a key without its e-mail address", stack({ apiKey: secret }), "cloudflare-kv:email is required beside apiKey"],
  [
    "an e-mail address without its key",
    stack({ email: "a@b.example" }),
    "cloudflare-kv:apiKey is required beside email",
  ],
  [
    "a key and a token",
    stack({ apiKey: secret, email: "a@b.example", apiToken: "t" }),
    "cloudflare-kv:apiKey must not be given beside apiToken; give one of the two",
  ],
  ["a token with a line break", stack({ apiToken: `${secret}\n` }), `cloudflare-kv:apiToken ${badCharacter}`],
  ["a token with a space", stack({ apiToken: `Bearer ${secret}` }), `cloudflare-kv:apiToken ${badCharacter}`],
  ["a token with an umlaut", stack({ apiToken: `${secret}ä` }), `cloudflare-kv:apiToken ${badCharacter}`],
  [
    "a key with a line break",
    stack({ apiKey: `${secret}\r`, email: "a@b.example" }),
    `cloudflare-kv:apiKey ${badCharacter}`,
  ],
  [
    "a token with a line break, in the environment",
    { env: { CLOUDFLARE_API_TOKEN: `${secret}\n` } },
    `CLOUDFLARE_API_TOKEN ${badCharacter}`,
  ],
  [
    "a token of the general provider with a line break",
    { stack: { "cloudflare:apiToken": `${secret}\n` } },
    `cloudflare:apiToken ${badCharacter}`,
  ],
  ["no e-mail address", stack({ apiKey: "k", email: "somebody" }), "cloudflare-kv:email must be an e-mail address"],
  [
    "an e-mail address with a line break",
    stack({ apiKey: "k", email: "a@b.example\nx-header: y" }),
    "cloudflare-kv:email must be an e-mail address",
  ],
  [
    "an account's name",
    stack({ accountId: "my-account" }),
    'cloudflare-kv:accountId must be 32 lowercase hexadecimal digits, not "my-account"',
  ],
  [
    "an account id in capitals",
    stack({ accountId: "F".repeat(32) }),
    `cloudflare-kv:accountId must be 32 lowercase hexadecimal digits, not "${"F".repeat(32)}"`,
  ],
  [
    "a token for an account id",
    { env: { ...token.env, CLOUDFLARE_ACCOUNT_ID: secret.repeat(3) } },
    "CLOUDFLARE_ACCOUNT_ID must be 32 lowercase hexadecimal digits, not 39 characters",
  ],
  [
    "no URL, in the environment",
    { env: { ...token.env, CLOUDFLARE_BASE_URL: "api.example" } },
    "CLOUDFLARE_BASE_URL must be a URL such as https://api.cloudflare.com/client/v4",
  ],
  ["no number", stack({ maxConcurrency: "many" }), "cloudflare-kv:maxConcurrency must be a number, not a string"],
  ["zero", stack({ maxConcurrency: "0" }), "cloudflare-kv:maxConcurrency must be a whole number from 1 to 256, not 0"],
  [
    "257",
    stack({ maxConcurrency: "257" }),
    "cloudflare-kv:maxConcurrency must be a whole number from 1 to 256, not 257",
  ],
  [
    "a half",
    stack({ maxConcurrency: "1.5" }),
    "cloudflare-kv:maxConcurrency must be a whole number from 1 to 256, not 1.5",
  ],
  [
    "no time",
    stack({ requestTimeout: "0" }),
    "cloudflare-kv:requestTimeout must be a whole number from 1 to 3600, not 0",
  ],
  [
    "milliseconds",
    stack({ requestTimeout: "60000" }),
    "cloudflare-kv:requestTimeout must be a whole number from 1 to 3600, not 60000",
  ],
  [
    "no rate",
    stack({ requestsPerFiveMinutes: "-1" }),
    "cloudflare-kv:requestsPerFiveMinutes must be a whole number from 1 to 100000, not -1",
  ],
  [
    "too high a rate",
    stack({ requestsPerFiveMinutes: "100001" }),
    "cloudflare-kv:requestsPerFiveMinutes must be a whole number from 1 to 100000, not 100001",
  ],
  [
    "no number at all",
    { args: { maxConcurrency: Number.NaN }, ...token },
    "cloudflare-kv:maxConcurrency must be a number, not NaN",
  ],
  ["a list", { args: { maxConcurrency: [1] }, ...token }, "cloudflare-kv:maxConcurrency must be a number, not a list"],
  ["yes", stack({ allowInsecure: "yes" }), "cloudflare-kv:allowInsecure must be a boolean, not a string"],
  [
    "a number for a token",
    { args: { apiToken: 5 } },
    "cloudflare-kv:apiToken must be a string, not a number; quote it",
  ],
  [
    "another name",
    stack({ acountId: account }),
    `cloudflare-kv:acountId is an unknown property; expected one of ${names}`,
  ],
];

describe("a configuration that cannot be used is one sentence", () => {
  test.each(mistakes)("%s", (_, sources, message) => {
    expect(() => resolve(sources)).toThrow(new ConfigError(message));
    expect(message).not.toContain(secret);
  });
});

describe("checking a provider's arguments", () => {
  test("keeps them as they were given", () => {
    const news = { accountId: account, maxConcurrency: "8", allowInsecure: "false", version: "1.2.3" };
    expect(checkConfig(news)).toMatchObject({ inputs: news, failures: [] });
  });

  test("lets pass what is not known yet", () => {
    const news = { accountId: unknown, apiToken: unknown, maxConcurrency: unknown, baseUrl: unknown };
    expect(checkConfig(news)).toMatchObject({ inputs: news, failures: [] });
    expect(checkConfig({ apiKey: unknown, email: "a@b.example" }).failures).toEqual([]);
    expect(checkConfig({ apiToken: unknown, apiKey: "k" }).failures).toEqual([]);
  });

  test("says which are secret", () => {
    expect(checkConfig({}).secrets).toEqual(["apiToken", "apiKey"]);
  });

  test("needs no credential: the environment may have one", () => {
    expect(checkConfig({ accountId: other }).failures).toEqual([]);
  });

  test("names every mistake at once, and quotes no secret", () => {
    const news = { acount: "x", apiToken: `${secret}\n`, apiKey: secret, maxConcurrency: "0", baseUrl: "nowhere" };
    const { failures } = checkConfig(news);
    expect(failures).toEqual([
      { property: "acount", reason: `is an unknown property; expected one of ${names}` },
      { property: "apiToken", reason: badCharacter },
      { property: "baseUrl", reason: "must be a URL such as https://api.cloudflare.com/client/v4" },
      { property: "maxConcurrency", reason: "must be a whole number from 1 to 256, not 0" },
      { property: "apiKey", reason: "must not be given beside apiToken; give one of the two" },
    ]);
  });
});

describe("the variables of one run", () => {
  const withVariables = (env: Record<string, string>) => () =>
    resolveConfig({ args: { apiToken: "t" }, stack: {}, env });

  test.each([
    [{ CLOUDFLARE_KV_CONSISTENCY_SECONDS: "0" }, { consistencySeconds: 0 }],
    [{ CLOUDFLARE_KV_CONSISTENCY_SECONDS: "" }, { consistencySeconds: 90 }],
    [{ CLOUDFLARE_KV_FORCE_DESTROY: "true" }, { forceDestroy: true }],
    [{ CLOUDFLARE_KV_FORCE_DESTROY: "false" }, { forceDestroy: false }],
    [{ CLOUDFLARE_KV_COALESCING: "true" }, { coalescing: true }],
    [{ CLOUDFLARE_KV_COALESCING: "false" }, { coalescing: false }],
  ])("%j", (env, expected) => {
    expect(withVariables(env as Record<string, string>)()).toMatchObject(expected);
  });

  test.each([
    [
      { CLOUDFLARE_KV_CONSISTENCY_SECONDS: "soon" },
      'CLOUDFLARE_KV_CONSISTENCY_SECONDS must be a whole number from 0 to 3600, not "soon"',
    ],
    [{ CLOUDFLARE_KV_FORCE_DESTROY: "yes" }, 'CLOUDFLARE_KV_FORCE_DESTROY must be true or false, not "yes"'],
    [{ CLOUDFLARE_KV_COALESCING: "0" }, 'CLOUDFLARE_KV_COALESCING must be true or false, not "0"'],
  ])("%j is refused", (env, message) => {
    expect(withVariables(env as Record<string, string>)).toThrow(message);
  });
});
