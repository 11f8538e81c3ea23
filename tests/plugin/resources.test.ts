import {
  CheckRequest,
  CreateRequest,
  DeleteRequest,
  DiffRequest,
  PropertyDiff,
  ReadRequest,
  UpdateRequest,
} from "@pulumi/pulumi/proto/provider_pb";
import type { Call, DiffResult, PropertyChange } from "../../provider/pulumi/resource-provider";
import { asset, secret, sentinels, struct, unknown } from "../../tools/wire";
import { closeDoors, coreWith, openDoor, urn } from "./door";

afterEach(closeDoors);

describe("Check", () => {
  const request = (olds: object, news: object) =>
    new CheckRequest().setUrn(urn).setOlds(struct(olds)).setNews(struct(news));

  test("hands the core plain properties, and wraps its inputs where the user's were secret", async () => {
    const check = jest.fn(async (_, news) => ({ inputs: { ...news, accountId: "filled in" }, failures: [] }));
    const door = await openDoor(coreWith({ check }));
    const news = {
      value: secret("v"),
      metadata: { a: secret(1), b: 2 },
      key: sentinels.number,
      source: asset({ hash: "h" }),
    };
    const response = await door.check(request({ value: secret("old") }, news));
    expect(check.mock.calls[0]?.slice(0, 2)).toEqual([
      { value: "old" },
      { value: "v", metadata: { a: 1, b: 2 }, key: unknown, source: asset({ hash: "h" }) },
    ]);
    expect(response.getInputs()?.toJavaScript()).toEqual({ ...news, key: unknown, accountId: "filled in" });
  });

  test("tells the URN, and that it is no preview of its own", async () => {
    const check = jest.fn(async (_, inputs) => ({ inputs, failures: [] }));
    const door = await openDoor(coreWith({ check }));
    await door.check(request({}, {}));
    expect(check.mock.calls).toMatchObject([[{}, {}, { urn, preview: false }]]);
  });

  const { AutonamingOptions } = CheckRequest;
  test.each([
    ["nothing but the seed", undefined, undefined],
    ["a proposal", AutonamingOptions.Mode.PROPOSE, { mode: "propose", name: "n" }],
    ["an order", AutonamingOptions.Mode.ENFORCE, { mode: "enforce", name: "n" }],
    ["a prohibition", AutonamingOptions.Mode.DISABLE, { mode: "disable" }],
  ])("passes on how to name: %s", async (_, mode, rule) => {
    const check = jest.fn(async (_, inputs) => ({ inputs, failures: [] }));
    const door = await openDoor(coreWith({ check }));
    const named = request({}, {}).setRandomseed(new Uint8Array([1, 2, 3]));
    if (mode !== undefined) named.setAutonaming(new AutonamingOptions().setMode(mode).setProposedName("n"));
    await door.check(named);
    const call = (check.mock.calls[0] as unknown[])[2] as Call;
    expect(Buffer.from(call.autonaming?.randomSeed ?? []).toString("hex")).toBe("010203");
    expect(call.autonaming?.rule).toEqual(rule);
  });

  test("names the property that fails, except where the CLI would print a secret or very much", async () => {
    const reasons = ["key", "metadata.owner", "metadata", 'values["a.b"]', "value", "", "long", "list[0]", "absent"];
    const failures = reasons.map((property) => ({ property, reason: "is wrong" }));
    const door = await openDoor(coreWith({ check: async (_, inputs) => ({ inputs, failures }) }));
    const news = {
      key: "k",
      metadata: { team: secret("t") },
      values: { "a.b": secret("s") },
      value: secret(sentinels.string),
      long: "x".repeat(101),
      list: [1],
    };
    const response = await door.check(request({}, news));
    expect(response.getFailuresList().map((failure) => [failure.getProperty(), failure.getReason()])).toEqual([
      ["key", "is wrong"],
      ["", "metadata.owner: is wrong"],
      ["", "metadata: is wrong"],
      ["", 'values["a.b"]: is wrong'],
      ["", "value: is wrong"],
      ["", "is wrong"],
      ["", "long: is wrong"],
      ["", "list[0]: is wrong"],
      ["absent", "is wrong"],
    ]);
  });
});

describe("Diff", () => {
  const request = () =>
    new DiffRequest()
      .setUrn(urn)
      .setId("id")
      .setOlds(struct({ a: 1 }))
      .setNews(struct({ a: 2 }));
  const nothing: DiffResult = {
    changes: false,
    detailed: new Map(),
    replaces: [],
    stables: ["key"],
    deleteBeforeReplace: false,
  };
  const change = (kind: PropertyChange["kind"], replace: boolean, inputDiff = true) => ({ kind, replace, inputDiff });

  test("without a change says so, with nothing in detail", async () => {
    const door = await openDoor(coreWith({ diff: async () => nothing }));
    expect((await door.diff(request())).toObject()).toEqual({
      ...{ changes: 1, replacesList: [], stablesList: ["key"], diffsList: [], detaileddiffMap: [] },
      ...{ deletebeforereplace: false, hasdetaileddiff: true },
    });
  });

  test("says each change by its path, and the properties that they belong to once", async () => {
    const detailed = new Map([
      ["metadata.a", change("add", false)],
      ["metadata.b", change("delete", false)],
      ["value", change("update", false, false)],
      ["key", change("update", true)],
      ["accountId", change("add", true)],
      ['values["a.b"]', change("delete", true)],
    ]);
    const result = {
      ...nothing,
      changes: true,
      detailed,
      replaces: ["key", "accountId", "values"],
      deleteBeforeReplace: true,
    };
    const door = await openDoor(coreWith({ diff: async () => result }));
    const { Kind } = PropertyDiff;
    expect((await door.diff(request())).toObject()).toEqual({
      changes: 2,
      replacesList: ["key", "accountId", "values"],
      stablesList: ["key"],
      diffsList: ["metadata", "value", "key", "accountId", "values"],
      detaileddiffMap: [
        ["accountId", { kind: Kind.ADD_REPLACE, inputdiff: true }],
        ["key", { kind: Kind.UPDATE_REPLACE, inputdiff: true }],
        ["metadata.a", { kind: Kind.ADD, inputdiff: true }],
        ["metadata.b", { kind: Kind.DELETE, inputdiff: true }],
        ["value", { kind: Kind.UPDATE, inputdiff: false }],
        ['values["a.b"]', { kind: Kind.DELETE_REPLACE, inputdiff: true }],
      ],
      deletebeforereplace: true,
      hasdetaileddiff: true,
    });
  });

  test("compares with the old outputs, or with the old inputs where that is all there is", async () => {
    const diff = jest.fn(async () => nothing);
    const door = await openDoor(coreWith({ diff }));
    await door.diff(request().setOldInputs(struct({ a: "input" })));
    await door.diff(
      request()
        .setOldInputs(struct({ a: secret("input") }))
        .setOlds(undefined),
    );
    expect(diff.mock.calls.map((args) => args.slice(0, 3))).toEqual([
      ["id", { a: 1 }, { a: 2 }],
      ["id", { a: "input" }, { a: 2 }],
    ]);
  });
});

describe("Create", () => {
  const request = (inputs: object) => new CreateRequest().setUrn(urn).setProperties(struct(inputs));

  test("answers id and outputs", async () => {
    const create = jest.fn(async (inputs) => ({ id: "the/id", outs: { ...inputs, writtenAt: 7 } }));
    const door = await openDoor(coreWith({ create }));
    const response = await door.create(request({ key: "k", metadata: null }));
    expect(response.getId()).toBe("the/id");
    expect(response.getProperties()?.toJavaScript()).toEqual({ key: "k", metadata: null, writtenAt: 7 });
    expect(create.mock.calls[0]).toMatchObject([
      { key: "k", metadata: null },
      { urn, preview: false },
    ]);
  });

  test("in preview says so, and answers without an id", async () => {
    const create = jest.fn(async (inputs) => ({ id: "", outs: { ...inputs, namespaceId: unknown } }));
    const door = await openDoor(coreWith({ create }));
    const response = await door.create(request({ key: secret(sentinels.string) }).setPreview(true));
    expect(create.mock.calls[0]).toMatchObject([{ key: unknown }, { preview: true }]);
    expect(response.toObject().id).toBe("");
    expect(response.getProperties()?.toJavaScript()).toEqual({ key: secret(unknown), namespaceId: unknown });
  });

  test("keeps outputs secret: always secret ones, those of secret inputs, and what tells about these", async () => {
    const outs = { value: "v", metadata: { a: 1, b: 2 }, key: "k", valueSha256: "h", expiresAt: 7, bytes: 1 };
    const derivedOutputs = { expiresAt: ["expirationTtl"], bytes: ["value"], absent: ["value"], key: ["title"] };
    const door = await openDoor(
      coreWith(
        { create: async () => ({ id: "id", outs }) },
        { secretOutputs: ["valueSha256", "missing"], derivedOutputs },
      ),
    );
    const inputs = { value: "v", metadata: { a: secret(1), b: 2 }, expirationTtl: secret(60), key: "k" };
    const response = await door.create(request(inputs));
    expect(response.getProperties()?.toJavaScript()).toEqual({
      value: "v",
      metadata: secret({ a: 1, b: 2 }),
      key: "k",
      valueSha256: secret("h"),
      expiresAt: secret(7),
      bytes: 1,
    });
  });
});

describe("Update", () => {
  test("keeps secret what was secret in the old state or is in the new inputs", async () => {
    const update = jest.fn(async (_id, _olds, news) => ({ outs: { ...news, writtenAt: 8 } }));
    const door = await openDoor(coreWith({ update }));
    const request = new UpdateRequest()
      .setUrn(urn)
      .setId("id")
      .setPreview(true)
      .setOlds(struct({ value: secret("old"), metadata: 1, key: "k" }))
      .setNews(struct({ value: "new", metadata: secret(2), key: "k" }));
    const response = await door.update(request);
    expect(update.mock.calls[0]).toMatchObject([
      "id",
      { value: "old", metadata: 1, key: "k" },
      { value: "new", metadata: 2, key: "k" },
      { urn, preview: true },
    ]);
    expect(response.getProperties()?.toJavaScript()).toEqual({
      value: secret("new"),
      metadata: secret(2),
      key: "k",
      writtenAt: 8,
    });
  });
});

describe("Delete", () => {
  test("hands the core the state", async () => {
    const remove = jest.fn(async () => {});
    const door = await openDoor(coreWith({ delete: remove }));
    const request = new DeleteRequest()
      .setUrn(urn)
      .setId("id")
      .setProperties(struct({ value: secret("v") }));
    await door.delete(request);
    expect(remove.mock.calls[0]).toMatchObject(["id", { value: "v" }, { urn, preview: false }]);
  });
});

describe("Read", () => {
  const request = () => new ReadRequest().setUrn(urn).setId("id");

  test.each([
    ["unset", request()],
    ["empty", request().setProperties(struct({})).setInputs(struct({}))],
  ])("with properties that are %s is an import: the core gets the id only", async (_, importing) => {
    const read = jest.fn(async () => ({
      id: "canonical",
      props: { value: "v", key: "k" },
      inputs: { value: "v" },
      secrets: [["value"]],
    }));
    const door = await openDoor(coreWith({ read }));
    const response = await door.read(importing);
    expect(read.mock.calls[0]?.slice(0, 2)).toEqual(["id", {}]);
    expect(response.getId()).toBe("canonical");
    expect(response.getProperties()?.toJavaScript()).toEqual({ value: secret("v"), key: "k" });
    expect(response.getInputs()?.toJavaScript()).toEqual({ value: secret("v") });
  });

  test("of what is gone answers no id, and neither properties nor inputs", async () => {
    const door = await openDoor(coreWith({ read: async () => ({ id: "", props: {}, inputs: {} }) }));
    const response = await door.read(request().setProperties(struct({ a: 1 })));
    expect([response.getId(), response.hasProperties(), response.hasInputs()]).toEqual(["", false, false]);
  });

  test("of a state keeps its secrets: whole in the outputs, where they were in the inputs", async () => {
    const props = { metadata: { a: 1, b: 2 }, value: "live", count: 3 };
    const door = await openDoor(
      coreWith({ read: async (id) => ({ id, props, inputs: props }) }, { derivedOutputs: { count: ["value"] } }),
    );
    const response = await door.read(
      request()
        .setProperties(struct({ value: secret("v"), metadata: { a: 1 } }))
        .setInputs(struct({ value: "v", metadata: { a: secret(1), b: 2 } })),
    );
    expect(response.getProperties()?.toJavaScript()).toEqual({
      metadata: secret({ a: 1, b: 2 }),
      value: secret("live"),
      count: secret(3),
    });
    expect(response.getInputs()?.toJavaScript()).toEqual({
      metadata: { a: secret(1), b: 2 },
      value: secret("live"),
      count: 3,
    });
  });

  test("of a state whose entries stand in another order than in the inputs keeps all of them secret", async () => {
    const entry = (key: string, value: unknown = `value of ${key}`) => ({ key, value });
    const door = await openDoor(
      coreWith({ read: async (id, props) => ({ id, props: props ?? {}, inputs: props ?? {} }) }),
    );
    const response = await door.read(
      request()
        .setProperties(struct({ entries: secret([entry("a"), entry("b")]) }))
        .setInputs(struct({ entries: [entry("b", secret("value of b")), entry("a")] })),
    );
    expect(response.getInputs()?.toJavaScript()).toEqual({ entries: secret([entry("a"), entry("b")]) });
  });

  test("without a state of its own takes the arguments for one", async () => {
    const read = jest.fn(async (id) => ({ id, props: { key: "k" } }));
    const door = await openDoor(coreWith({ read }));
    const response = await door.read(
      request()
        .setInputs(struct({ key: "k" }))
        .setProperties(struct({})),
    );
    expect(read.mock.calls[0]?.slice(0, 2)).toEqual(["id", { key: "k" }]);
    expect(response.hasInputs()).toBe(false);
  });
});
