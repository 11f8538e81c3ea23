import { status } from "@grpc/grpc-js";
import { CheckRequest, ConfigureRequest, DiffRequest } from "@pulumi/pulumi/proto/provider_pb";
import type { ConfigSources } from "../../provider/session/config";
import { secret, sentinels, struct, unknown } from "../../tools/wire";
import { closeDoors, coreWith, failure, openDoor } from "./door";

afterEach(closeDoors);

describe("CheckConfig", () => {
  test("answers the core's inputs", async () => {
    const checkConfig = jest.fn((inputs) => ({ inputs, failures: [], secrets: [] }));
    const door = await openDoor(coreWith({}, { checkConfig }));
    const response = await door.checkConfig(
      new CheckRequest().setNews(struct({ apiToken: sentinels.number, maxConcurrency: "8" })),
    );
    expect(response.getInputs()?.toJavaScript()).toEqual({ apiToken: unknown, maxConcurrency: "8" });
    expect(checkConfig.mock.calls).toEqual([[{ apiToken: unknown, maxConcurrency: "8" }]]);
  });

  test("marks credentials as secret, whether the user did or not", async () => {
    const secrets = ["apiToken", "apiKey"];
    const door = await openDoor(coreWith({}, { checkConfig: (inputs) => ({ inputs, failures: [], secrets }) }));
    const response = await door.checkConfig(new CheckRequest().setNews(struct({ apiToken: "t", email: "e" })));
    expect(response.getInputs()?.toJavaScript()).toEqual({ apiToken: secret("t"), email: "e" });
  });

  test("names what fails in the reason only, because the engine would print its value", async () => {
    const failures = [
      { property: "apiToken", reason: "must not be empty" },
      { property: "", reason: "give one of both" },
    ];
    const door = await openDoor(coreWith({}, { checkConfig: (inputs) => ({ inputs, failures, secrets: [] }) }));
    const response = await door.checkConfig(new CheckRequest().setNews(struct({})));
    expect(response.getFailuresList().map((failed) => failed.toObject())).toEqual([
      { property: "", reason: "apiToken: must not be empty" },
      { property: "", reason: "give one of both" },
    ]);
  });
});

describe("DiffConfig", () => {
  const diff = async (olds: object, news: object) => {
    const door = await openDoor(coreWith({}));
    return (await door.diffConfig(new DiffRequest().setOldInputs(struct(olds)).setNews(struct(news)))).toObject();
  };

  test("says each changed argument, and never that anything is replaced", async () => {
    const olds = { accountId: "a", apiToken: "t", email: "e", same: { list: [1, { a: secret("x") }] } };
    const news = { accountId: "b", apiToken: unknown, baseUrl: "u", same: { list: [1, { a: "x" }] } };
    expect(await diff(olds, news)).toEqual({
      changes: 2,
      replacesList: [],
      stablesList: [],
      diffsList: ["accountId", "apiToken", "email", "baseUrl"],
      detaileddiffMap: [
        ["accountId", { kind: 4, inputdiff: true }],
        ["apiToken", { kind: 4, inputdiff: true }],
        ["baseUrl", { kind: 0, inputdiff: true }],
        ["email", { kind: 2, inputdiff: true }],
      ],
      deletebeforereplace: false,
      hasdetaileddiff: true,
    });
  });

  test("says that nothing changed only if nothing did", async () => {
    expect((await diff({ a: [1], b: null }, { b: null, a: [1] })).changes).toBe(1);
    expect((await diff({ a: 1 }, { a: "1" })).changes).toBe(2);
    expect((await diff({ a: null }, {})).changes).toBe(2);
  });

  test("takes the state where there are no old inputs", async () => {
    const door = await openDoor(coreWith({}));
    const request = new DiffRequest().setOlds(struct({ a: 1 })).setNews(struct({ a: 1 }));
    expect((await door.diffConfig(request)).getChanges()).toBe(1);
  });
});

describe("Configure", () => {
  const configured = async (env: NodeJS.ProcessEnv) => {
    const configure = jest.fn((_: ConfigSources) => {});
    const door = await openDoor(coreWith({}, { configure }), env);
    const response = door.configure(new ConfigureRequest().setArgs(struct({ apiToken: secret("t") })));
    return { response, configure };
  };

  test("hands the core the arguments, the stack's configuration with its namespace, and the environment", async () => {
    const env = { PULUMI_CONFIG: '{"accountId":"a","maxConcurrency":"4"}', CLOUDFLARE_API_TOKEN: "e" };
    const { response, configure } = await configured(env);
    expect((await response).toObject()).toEqual({
      acceptsecrets: true,
      acceptresources: true,
      acceptoutputs: false,
      supportspreview: true,
      supportsAutonamingConfiguration: true,
    });
    expect(configure.mock.calls).toEqual([
      [
        {
          args: { apiToken: "t" },
          stack: { "cloudflare-kv:accountId": "a", "cloudflare-kv:maxConcurrency": "4" },
          env,
        },
      ],
    ]);
  });

  test.each([[undefined], [""], ["{}"]])("takes PULUMI_CONFIG=%p for no configuration", async (config) => {
    const { response, configure } = await configured({ PULUMI_CONFIG: config });
    await response;
    expect(configure.mock.calls[0]?.[0].stack).toEqual({});
  });

  test.each([["not-json-secret"], ["[1]"], ["null"], ['{"a":1}']])(
    "refuses PULUMI_CONFIG=%p without quoting it",
    async (config) => {
      const { response } = await configured({ PULUMI_CONFIG: config });
      const error = await failure(response);
      expect(error.code).toBe(status.INVALID_ARGUMENT);
      expect(error.details).toBe(
        "The environment variable PULUMI_CONFIG is malformed: expected a JSON object of strings",
      );
    },
  );

  test("answers what the core cannot use as an invalid argument, with the core's sentence", async () => {
    const configure = () => {
      throw Object.assign(new Error("Set apiToken"), { name: "ConfigError" });
    };
    const door = await openDoor(coreWith({}, { configure }));
    const error = await failure(door.configure(new ConfigureRequest()));
    expect([error.code, error.details]).toEqual([status.INVALID_ARGUMENT, "Set apiToken"]);
  });
});
