import { Api } from "./api";

let api: Api;
let nowMs = 1_800_000_000_000;
const at = (ms: number) => {
  nowMs = 1_800_000_000_000 + ms;
  api.emulator.setClock({ nowMs });
};
const rateHeaders = async (token = "a") => {
  const { status, headers } = await api.call("GET", "", { headers: { authorization: `Bearer ${token}` } });
  return [status, headers.ratelimit, headers["retry-after"]];
};

beforeEach(async () => {
  api = await Api.start();
  at(0);
});
afterEach(() => api.close());

describe("a limit of 2 requests in 300 seconds", () => {
  beforeEach(() => api.emulator.setLimits({ rate: { requests: 2, windowSeconds: 300 } }));

  test("tells in every answer what is left, and in a 429 when to come back", async () => {
    expect(await rateHeaders()).toEqual([200, '"default";r=1;t=300', undefined]);
    at(100_500);
    expect(await rateHeaders()).toEqual([200, '"default";r=0;t=200', undefined]);
    expect(await rateHeaders()).toEqual([429, '"default";r=0;t=300', "300"]);
    at(200_000);
    expect(await rateHeaders()).toEqual([429, '"default";r=0;t=201', "201"]);
  });

  test("blocks for a whole window from the excess on, and then starts anew", async () => {
    await rateHeaders();
    await rateHeaders();
    at(299_000);
    expect((await rateHeaders())[0]).toBe(429);
    at(598_999);
    expect((await rateHeaders())[0]).toBe(429);
    at(599_000);
    expect(await rateHeaders()).toEqual([200, '"default";r=1;t=300', undefined]);
  });

  test("starts anew after a window without excess", async () => {
    await rateHeaders();
    at(300_000);
    expect(await rateHeaders()).toEqual([200, '"default";r=1;t=300', undefined]);
  });

  test("counts each credential and every answer, refusals too", async () => {
    await api.refusal("GET", "?page=0", { headers: { authorization: "Bearer a" } });
    expect((await rateHeaders("a"))[1]).toBe('"default";r=0;t=300');
    expect((await rateHeaders("b"))[1]).toBe('"default";r=1;t=300');
  });

  test("says what the API says, with its policy", async () => {
    await rateHeaders();
    await rateHeaders();
    const reply = await api.call("GET", "", { headers: { authorization: "Bearer a" } });
    expect(reply.headers["ratelimit-policy"]).toBe('"burst";q=2;w=300');
    expect(JSON.parse(reply.body.toString()).errors).toEqual([
      {
        code: 10100,
        message: "More than 2 requests per 300 seconds reached. Please wait and consider throttling your request speed",
      },
    ]);
  });
});

test("without a limit there are no rate headers", async () => {
  const { headers } = await api.call("GET", "");
  expect(headers).not.toHaveProperty("ratelimit");
  expect(headers).not.toHaveProperty("ratelimit-policy");
});

describe("one write a second for each key", () => {
  let id: string;
  beforeEach(async () => {
    api.emulator.setLimits({ sameKeyPerSecond: true });
    id = await api.namespace();
    await api.succeed("PUT", `/${id}/values/key`, { body: "1" });
    at(999);
  });

  const writes: [request: string, prefix: string, body: string][] = [
    ["PUT /values/key", "put", "2"],
    ["DELETE /values/key", "remove key", ""],
    ["PUT /bulk", "bulk put", '[{"key":"other","value":""},{"key":"key","value":""}]'],
    ["POST /bulk/delete", "bulk remove keys", '["other","key"]'],
  ];
  test.each(writes)("refuses a second one with %s", async (request, prefix, body) => {
    const [method = "", path] = request.split(" ");
    const reply = await api.call(method, `/${id}${path}`, { body });
    expect([reply.status, reply.headers["retry-after"]]).toEqual([429, "1"]);
    const { errors } = JSON.parse(reply.body.toString());
    expect(errors).toEqual([{ code: 10022, message: `${prefix}: 'too many requests'` }]);
    expect(api.emulator.keys(id)).toEqual(["key"]);
  });

  test("lets other keys pass, and the same one a second later", async () => {
    await api.succeed("PUT", `/${id}/values/other`, { body: "" });
    at(1000);
    await api.succeed("DELETE", `/${id}/values/key`);
    expect((await api.refusal("PUT", `/${id}/values/key`))[0]).toBe(429);
  });
});
