import { Api } from "./api";

const missing = [400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers"];
const wrong = [401, 10000, "Authentication error"];

/** Takes the place of the test client's own credentials. */
const nothing = { authorization: null };
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const apiKey = (email: string, key: string) => ({ ...nothing, "x-auth-email": email, "x-auth-key": key });

describe("without configured credentials", () => {
  let api: Api;
  beforeAll(async () => {
    api = await Api.start();
  });
  afterAll(() => api.close());

  test.each([bearer("anything"), apiKey("a@b.example", "key")])("%j passes", async (headers) => {
    await api.succeed("GET", "", { headers });
  });

  test.each([bearer(""), { authorization: "Basic eDp5" }, apiKey("", "key"), apiKey("a@b.example", "")])(
    "%j is an authentication error",
    async (headers) => {
      expect(await api.refusal("GET", "", { headers })).toEqual(wrong);
    },
  );

  test("no credentials at all are missing", async () => {
    expect(await api.refusal("GET", "", { headers: nothing })).toEqual(missing);
    expect(await api.refusal("GET", "", { headers: { ...nothing, "x-auth-email": "a@b.example" } })).toEqual(missing);
  });
});

describe("with configured credentials", () => {
  let api: Api;
  beforeAll(async () => {
    api = await Api.start({ tokens: ["right"], apiKeys: [{ email: "a@b.example", key: "right" }] });
  });
  afterAll(() => api.close());

  test.each([bearer("right"), apiKey("a@b.example", "right")])("%j passes", async (headers) => {
    await api.succeed("GET", "", { headers });
  });

  test.each([bearer("wrong"), apiKey("a@b.example", "wrong"), apiKey("c@d.example", "right")])(
    "%j is an authentication error",
    async (headers) => {
      expect(await api.refusal("GET", "", { headers })).toEqual(wrong);
    },
  );

  test("a rotated token ends the old one", async () => {
    api.emulator.setTokens(["rotated"]);
    expect(await api.refusal("GET", "", { headers: bearer("right") })).toEqual(wrong);
    await api.succeed("GET", "", { headers: bearer("rotated") });
  });
});
