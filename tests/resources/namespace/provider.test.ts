import type { FaultAction } from "../../../provider/emulator/fault";
import { InitFailedError } from "../../../provider/pulumi/errors";
import type { Properties } from "../../../provider/pulumi/resource-provider";
import { startStranger } from "../../kv/api";
import { until } from "../../until";
import { accountId, failureOf, mark, otherId, type Resource, token, World } from "../world";

let world: World;
beforeEach(async () => {
  world = await World.start();
});
afterEach(() => world.close());

const create = (args: Properties = {}, name = "ns") => world.create("Namespace", name, { title: "data", ...args });
const titles = () => world.emulator.namespaces().map(({ title }) => title);
const callOf = (name = "ns", more = {}) => world.call(name, more, "Namespace");

async function api(method: string, path: string, body?: string): Promise<void> {
  const url = `${world.emulator.url}/accounts/${accountId}/storage/kv/namespaces${path}`;
  const headers = { authorization: "Bearer somebody-else", "content-type": "application/json" };
  const answer = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }) });
  if (!answer.ok) throw new Error(await answer.text());
}

/** What somebody else made. */
async function foreign(title: string, jurisdiction?: string): Promise<string> {
  await api("POST", "", JSON.stringify({ title, jurisdiction }));
  world.requests();
  return world.emulator.namespaces().find((namespace) => namespace.title === title)?.id ?? "";
}

describe("a create", () => {
  test("looks first, and tells what the state needs", async () => {
    const { id, outs } = await create({ jurisdiction: "eu", forceDestroy: true });
    const [namespace] = world.emulator.namespaces();
    expect(world.requests()).toEqual(["namespaces.list", "namespaces.create"]);
    expect(id).toBe(`${accountId}/${namespace?.id}`);
    expect(outs).toEqual({
      ...mark,
      accountId,
      title: "data",
      jurisdiction: "eu",
      forceDestroy: true,
      namespaceId: namespace?.id,
      supportsUrlEncoding: true,
      writtenAt: world.clock.seconds,
    });
  });

  test("makes a title where the door has none, and keeps it", async () => {
    const created = await world.create("Namespace", "ns", {});
    expect(created.outs).toMatchObject({ title: expect.stringMatching(/^ns-[0-9a-f]{7}$/), __defaults: ["title"] });
    expect(titles()).toEqual([created.outs.title]);
    world.requests();
    expect(await world.plan(created, {})).toEqual({});
    const changed = await world.change(created, { forceDestroy: true });
    expect(world.requests()).toEqual([]);
    expect(changed.outs).toEqual({ ...created.outs, forceDestroy: true });
    const refreshed = (await world.refresh(changed)) as Resource;
    expect(await world.plan(refreshed, { forceDestroy: true })).toEqual({});
  });

  test("makes another title for another resource, and where there is no name at all", async () => {
    const one = await world.create("Namespace", "a", {});
    const two = await world.create("Namespace", "b", {});
    expect(one.outs.title).not.toBe(two.outs.title);
    const { outs } = await world.provider("Namespace").create({ accountId }, callOf("ns", { urn: "" }));
    expect(outs.title).toMatch(/^namespace-[0-9a-f]{7}$/);
  });

  test("asks in a preview whether the title is free, and sends nothing else", async () => {
    const inputs = { accountId, title: "data" };
    expect(await world.provider("Namespace").create(inputs, callOf("ns", { preview: true }))).toEqual({
      id: "",
      outs: { ...mark, ...inputs },
    });
    expect(world.requests()).toEqual(["namespaces.list"]);
  });

  test("warns when the jurisdiction is not confirmed", async () => {
    const namespace = { id: otherId, title: "data" };
    const stranger = await startStranger((response, { method }) => {
      const envelope = { success: true, result: method === "POST" ? namespace : [] };
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(envelope));
    });
    world.configure({ stack: { "cloudflare-kv:baseUrl": stranger.url } });
    await create({ jurisdiction: "eu" });
    await stranger.close();
    expect(world.warnings).toEqual(["the jurisdiction eu was asked for, and Cloudflare's answer says none"]);
  });
});

describe("a title that is taken", () => {
  test("fails unasked, before anything is sent that changes anything", async () => {
    const id = await foreign("data");
    const { message, name } = await failureOf(create());
    expect([name, message]).toEqual([
      "InputError",
      `A namespace with the title "data" exists already: ${accountId}/${id}. To take it over set adopt: true or import that id; ` +
        "else choose another title",
    ]);
    expect(world.requests()).toEqual(["namespaces.list"]);
  });

  test("is taken over when asked", async () => {
    const id = await foreign("data");
    const adopted = await create({ adopt: true });
    expect(world.requests()).toEqual(["namespaces.list"]);
    expect(adopted.id).toBe(`${accountId}/${id}`);
    expect(adopted.outs).toEqual({
      ...mark,
      accountId,
      title: "data",
      adopt: true,
      namespaceId: id,
      supportsUrlEncoding: true,
    });
    expect(await world.plan(adopted, { title: "data", adopt: true })).toEqual({});
    expect(await world.plan(adopted, { title: "data" })).toEqual({ adopt: "delete" });
  });

  test("is compared to the letter", async () => {
    await foreign("Data");
    await foreign("data ");
    await create({ adopt: true });
    expect(titles().sort()).toEqual(["Data", "data", "data "].sort());
  });

  const jurisdictions: [live: string | undefined, declared: string | undefined, says: string][] = [
    ["eu", undefined, "its jurisdiction is eu, not absent, and it can never change"],
    ["eu", "us", "its jurisdiction is eu, not us, and it can never change"],
    [undefined, "eu", "its jurisdiction is absent, not eu, and it can never change"],
  ];
  test.each(jurisdictions)(
    "is not taken over with another jurisdiction: %s for %s",
    async (live, jurisdiction, says) => {
      const id = await foreign("data", live);
      const { message } = await failureOf(create({ adopt: true, jurisdiction }));
      expect(message).toBe(`The namespace "data" (${accountId}/${id}) cannot be adopted: ${says}`);
    },
  );

  test("is taken over with its jurisdiction", async () => {
    await foreign("data", "eu");
    expect((await create({ adopt: true, jurisdiction: "eu" })).outs.jurisdiction).toBe("eu");
  });

  test("only while the create was sent is somebody else's", async () => {
    world.fail({ status: 400, code: 10014, message: "exists" }, { match: { operation: "namespaces.create" } });
    const { message } = await failureOf(create());
    expect(message).toContain(
      '(code 10014). Somebody else has just created a namespace with the title "data": choose another title, or set adopt: true',
    );
  });

  test("by two resources of one program is said, and it is not deleted while one declares it", async () => {
    await foreign("data");
    await create({ adopt: true }, "a");
    const b = await create({ adopt: true }, "b");
    expect(world.warnings).toEqual(['the namespace is declared twice, by "b" and "a": declare it once']);
    await world.delete(b);
    expect([titles(), world.infos.at(-1)]).toEqual([["data"], "kept: now declared by a"]);
  });
});

describe("a create that nobody answers", () => {
  const unclear: [name: string, action: FaultAction][] = [
    ["a dropped connection", { type: "drop", when: "after" }],
    ["a 503 page", { status: 503, when: "after", body: "html" }],
    ["an answer without a result", { type: "resultNull" }],
    ["an answer cut in two", { type: "truncate" }],
  ];
  test.each(unclear)("is ours when the title is there now and was not before: %s", async (_, action) => {
    world.fail(action, { match: { operation: "namespaces.create" } });
    const { id, outs } = await create();
    expect(world.emulator.log.filter(({ operation }) => operation === "namespaces.create")).toHaveLength(1);
    expect([id, titles()]).toEqual([`${accountId}/${world.emulator.namespaces()[0]?.id}`, ["data"]]);
    expect(outs.writtenAt).toBe(world.clock.seconds);
  });

  test("is ours when a lagging list shows it late", async () => {
    world.fail({ type: "drop", when: "before" }, { match: { operation: "namespaces.create" }, times: 1 });
    world.clock.onSleep = async () => {
      if (titles().length === 0) await foreign("data");
    };
    expect((await create()).id).toBe(`${accountId}/${world.emulator.namespaces()[0]?.id}`);
  });

  test("is not ours when nothing is there: nobody knows, and the error says what to do", async () => {
    world.fail({ status: 503 }, { match: { operation: "namespaces.create" } });
    const { message, name } = await failureOf(create());
    expect([name, titles()]).toEqual(["CloudflareError", []]);
    expect(message).toContain(
      'failed with status 503: service temporarily unavailable (code 10001). It may or may not have been created: if the next `pulumi up` finds the title "data" taken, set adopt: true',
    );
  });

  test("is ours when it was made as the operation's time ran out", async () => {
    const controller = new AbortController();
    const inputs = await world.checked("Namespace", "ns", { title: "data" });
    world.fail({ type: "delay", ms: 60_000 }, { match: { operation: "namespaces.create" } });
    const creating = world.provider("Namespace").create(inputs, callOf("ns", { signal: controller.signal }));
    await until(() => titles().length > 0);
    controller.abort(Object.assign(new Error("its time is over"), { name: "TimeoutError" }));
    expect((await creating).id).toBe(`${accountId}/${world.emulator.namespaces()[0]?.id}`);
  });

  test("is told with its own reason when the list fails, too", async () => {
    world.emulator.setFaults([
      { match: { operation: "namespaces.create" }, times: null, action: { type: "drop", when: "after" } },
      { match: { operation: "namespaces.list" }, skip: 1, times: null, action: { status: 500 } },
    ]);
    const { message } = await failureOf(create());
    expect(message).toMatch(/^POST .* failed: no answer: .*\. It may or may not have been created: /);
  });

  test("is told with its own reason when the engine cancels", async () => {
    const controller = new AbortController();
    const inputs = await world.checked("Namespace", "ns", { title: "data" });
    world.fail({ status: 503, when: "after" }, { match: { operation: "namespaces.create" } });
    const creating = world.provider("Namespace").create(inputs, callOf("ns", { signal: controller.signal }));
    await until(() => world.emulator.log.some(({ operation }) => operation === "namespaces.create"));
    controller.abort(new Error("Ctrl-C"));
    const { message, name } = await failureOf(creating);
    expect(name).toBe("CancelledError");
    expect(message).toMatch(/^POST .* was given up: Ctrl-C\. It may or may not have been created: /);
  });

  test("is repeated when it was only limited", async () => {
    world.fail({ status: 429, retryAfter: 30 }, { times: 2, match: { operation: "namespaces.create" } });
    await create();
    expect(titles()).toEqual(["data"]);
  });

  test("with too many namespaces says what to do", async () => {
    world.emulator.setLimits({ maxNamespaces: 0 });
    expect((await failureOf(create())).message).toMatch(
      /\(code 10018\)\. Delete a namespace that is not needed, or ask Cloudflare for more\. Nothing was written: /,
    );
  });
});

describe("a rename", () => {
  test("of what has gone says what to do", async () => {
    const created = await create();
    await api("DELETE", `/${created.outs.namespaceId}`);
    world.clock.advance(3600);
    const { message } = await failureOf(world.change(created, { title: "renamed" }));
    expect(message).toContain("(code 10013). It was there before: run `pulumi refresh`, then `pulumi up`");
  });

  test("is one request, in place", async () => {
    const created = await create();
    world.requests();
    world.clock.advance(10);
    const renamed = await world.change(created, { title: "renamed" });
    expect(world.requests()).toEqual(["namespaces.rename"]);
    expect([renamed.id, titles()]).toEqual([created.id, ["renamed"]]);
    expect(renamed.outs).toEqual({ ...created.outs, title: "renamed", writtenAt: world.clock.seconds });
  });

  test("is not sent for what is not in the API", async () => {
    const created = await create();
    world.requests();
    const changed = await world.change(created, { title: "data", adopt: true, forceDestroy: true });
    expect(world.requests()).toEqual([]);
    expect(changed.outs).toEqual({ ...created.outs, adopt: true, forceDestroy: true });
  });

  test("is not sent in a preview", async () => {
    const created = await create();
    world.requests();
    const news = { accountId, title: "renamed" };
    const { outs } = await world
      .provider("Namespace")
      .update(created.id, created.outs, news, callOf("ns", { preview: true }));
    const { writtenAt: _, ...known } = created.outs;
    expect([outs, world.requests()]).toEqual([{ ...known, ...news }, []]);
  });

  test("to a made title where the given one is gone", async () => {
    const created = await create();
    const renamed = await world.change(created, {});
    expect(renamed.outs).toMatchObject({ title: expect.stringMatching(/^ns-/), __defaults: ["title"] });
    expect(await world.plan(renamed, {})).toEqual({});
  });

  test("to a title that is taken says what to do", async () => {
    await foreign("taken");
    const { message } = await failureOf(world.change(await create(), { title: "taken" }));
    expect(message).toMatch(
      /\(code 10014\)\. Another namespace has the title "taken": where two swap their titles, give one of them a third title first\. Nothing was changed: /,
    );
  });

  test("that took effect without an answer is not failed by its own repetition", async () => {
    const created = await create();
    world.fail({ status: 400, code: 10014, when: "after" }, { match: { operation: "namespaces.rename" } });
    expect((await world.change(created, { title: "renamed" })).outs.title).toBe("renamed");
  });

  test("that nobody answers stays open, and the next up renames again", async () => {
    const created = await create();
    world.fail({ status: 503 });
    const error = await failureOf(world.change(created, { title: "renamed" }));
    expect(error).toBeInstanceOf(InitFailedError);
    expect([error.id, error.properties?.title]).toEqual([created.id, undefined]);
    expect(error.reasons?.[0]).toMatch(
      /\. It may or may not have been renamed: the next `pulumi up` renames it again$/,
    );
    world.heal();
    const broken = { ...created, outs: error.properties ?? {} };
    expect(await world.plan(broken, { title: "renamed" })).toEqual({ title: "add" });
    const healed = await world.change(broken, { title: "renamed" });
    expect([titles(), await world.plan(healed, { title: "renamed" })]).toEqual([["renamed"], {}]);
  });
});

describe("a refresh", () => {
  test("is one request, and changes nothing where nothing changed", async () => {
    const created = await create({ jurisdiction: "eu", forceDestroy: true });
    world.requests();
    const refreshed = (await world.refresh(created)) as Resource;
    expect(world.requests()).toEqual(["namespaces.get"]);
    expect([refreshed.outs, refreshed.inputs]).toEqual([created.outs, created.inputs]);
  });

  test("shows another title", async () => {
    const created = await create();
    await api("PUT", `/${created.outs.namespaceId}`, JSON.stringify({ title: "drifted" }));
    world.clock.advance(100);
    const refreshed = (await world.refresh(created)) as Resource;
    expect(refreshed.inputs.title).toBe("drifted");
    expect(await world.plan(refreshed, { title: "data" })).toEqual({ title: "update" });
  });

  test("drops what is gone", async () => {
    const created = await create();
    await api("DELETE", `/${created.outs.namespaceId}`);
    world.clock.advance(100);
    expect(await world.refresh(created)).toBeUndefined();
  });

  test("soon after a create looks again before it believes that it is gone", async () => {
    const created = await create();
    world.fail({ type: "namespaceNotFound" }, { times: 3 });
    expect((await world.refresh(created))?.outs).toEqual(created.outs);
    world.fail({ type: "namespaceNotFound" });
    expect((await world.refresh(created))?.outs).toEqual(created.outs);
    expect(world.warnings).toEqual([
      "the store does not show yet what was written less than 90 s ago; the state is kept, and a later refresh will tell",
    ]);
  });

  test.each([
    { status: 404 },
    { status: 403, code: 10000 },
    { status: 500 },
    { status: 400, code: 10011 },
  ] as FaultAction[])("never drops it because of %j", async (action) => {
    const created = await create();
    world.clock.advance(100);
    world.fail(action);
    expect((await failureOf(world.refresh(created))).name).toBe("CloudflareError");
  });
});

describe("an import", () => {
  const imported = (id: string) => world.provider("Namespace").read(id, {}, callOf());

  test("needs the id only, and leaves nothing to change", async () => {
    const id = await foreign("data", "eu");
    for (const given of [`${accountId}/${id}`, id]) {
      const { id: found, props = {}, inputs = {} } = await imported(given);
      expect([found, inputs]).toEqual([`${accountId}/${id}`, { accountId, title: "data", jurisdiction: "eu" }]);
      const resource: Resource = { type: "Namespace", name: "ns", id: found, inputs, outs: props };
      expect(await world.plan(resource, inputs)).toEqual({});
    }
  });

  test("of what is not there finds nothing, and says where it looked for a bare id", async () => {
    expect(await imported(`${otherId}/${otherId}`)).toEqual({ id: "" });
    expect(world.warnings).toEqual([]);
    expect(await imported(otherId)).toEqual({ id: "" });
    expect(world.warnings).toEqual([`the account ${accountId} has no namespace with this id`]);
  });

  const form = "expected <accountId>/<namespaceId>, each 32 lowercase hexadecimal digits";
  test.each(["data", "", `${otherId}/`, `${otherId}/${otherId}/key`, otherId.toUpperCase()])(
    "of %j says what an id is",
    async (id) => {
      expect((await failureOf(imported(id))).message).toBe(`Invalid namespace id "${id}": ${form}`);
    },
  );

  test("of a bare id without an account says so", async () => {
    world.configure({ stack: { "cloudflare-kv:accountId": "" } });
    expect((await failureOf(imported(otherId))).message).toBe(
      `Invalid namespace id "${otherId}": ${form} because no account is configured`,
    );
  });
});

describe("a delete", () => {
  let namespace: Resource;
  beforeEach(async () => {
    namespace = await create();
    world.endRun();
    world.requests();
  });
  const put = (key: string) => api("PUT", `/${namespace.outs.namespaceId}/values/${encodeURIComponent(key)}`, "v");
  const requests = () => world.requests().filter((request) => request.startsWith("namespaces."));

  test("of an empty one is one look and one request", async () => {
    await world.delete(namespace);
    expect([world.requests(), titles()]).toEqual([["keys.list", "namespaces.delete"], []]);
  });

  test("of what is already gone is done", async () => {
    await api("DELETE", `/${namespace.outs.namespaceId}`);
    world.requests();
    await world.delete(namespace);
    expect(requests()).toEqual(["namespaces.delete 404"]);
  });

  test("that took effect without an answer is done", async () => {
    world.fail({ type: "drop", when: "after" }, { match: { operation: "namespaces.delete" }, times: 1 });
    await world.delete(namespace);
    expect(titles()).toEqual([]);
  });

  test.each([{ status: 404 }, { status: 500 }] as FaultAction[])("that fails with %j fails", async (action) => {
    world.fail(action, { match: { operation: "namespaces.delete" } });
    expect((await failureOf(world.delete(namespace))).name).toBe("CloudflareError");
  });

  test("of one that a Worker is bound to says what to do", async () => {
    const message = "remove namespace: 'namespace has associated scripts: site'";
    world.fail({ status: 400, code: 10052, message }, { match: { operation: "namespaces.delete" } });
    expect((await failureOf(world.delete(namespace))).message).toMatch(
      /associated scripts: site' \(code 10052\)\. A Worker is bound to the namespace: remove the binding, deploy the Worker, then destroy again\. It stays in the state: /,
    );
  });

  test("with a credential that is refused says where it came from", async () => {
    world.emulator.setTokens(["new"]);
    const { message } = await failureOf(world.delete(namespace));
    expect(message).toContain("run `pulumi up` first, or add --run-program");
    expect(message).not.toContain(token);
  });

  describe("of one with foreign keys", () => {
    test("is refused after ninety seconds of looking, and names a few", async () => {
      for (const key of ["a", 'b "quoted"', "c\u0007", "d"]) await put(key);
      const start = world.clock.seconds;
      const { message, name } = await failureOf(world.delete(namespace));
      expect([name, world.clock.seconds - start, titles()]).toEqual(["InputError", 90, ["data"]]);
      expect(message).toBe(
        `Run it again with CLOUDFLARE_KV_FORCE_DESTROY=true to delete the namespace "data" (${namespace.id}) with all its ` +
          "keys, or with --exclude '**::ns' to keep it. It is not deleted because it holds keys that this stack does not manage, " +
          'such as "a", "b \\"quoted\\"", "c\\u0007"; what this run was to delete of the stack\'s own is deleted already. ' +
          "Keys of resources with deletedWith are known with --refresh",
      );
      expect(world.statuses[0]).toBe('still holds "a", "b \\"quoted\\"", "c\\u0007"; looking again for 90 s');
      expect(requests()).toEqual([]);
    });

    test("is done when they go away meanwhile", async () => {
      await put("a");
      world.clock.onSleep = async () => {
        if (world.emulator.log.length > 4) await api("DELETE", `/${namespace.outs.namespaceId}/values/a`);
      };
      await world.delete(namespace);
      expect(titles()).toEqual([]);
    });

    test("is done when a list shows what no read confirms", async () => {
      await put("a");
      world.fail({ type: "negative" }, { match: { operation: "metadata.get" } });
      await world.delete(namespace);
      expect(titles()).toEqual([]);
    });

    test("is refused also where the first page is empty, or shows only keys that are gone", async () => {
      await put("a");
      world.fail({ type: "emptyPage" }, { times: 1 });
      expect((await failureOf(world.delete(namespace))).message).toContain('such as "a"');
    });

    test("is refused where a list says that there are keys and does not show them", async () => {
      await put("a");
      world.fail({ type: "resultNull" }, { match: { operation: "keys.list" } });
      const { message } = await failureOf(world.delete(namespace));
      expect(message).toMatch(
        /keys was answered, but not as the API does: result is missing; check baseUrl\. It stays in the state: /,
      );
      expect(titles()).toEqual(["data"]);
    });

    test("ends where a list never does", async () => {
      world.fail({ type: "emptyPage" });
      expect((await failureOf(world.delete(namespace))).message).toMatch(/no end in sight\. It stays in the state: /);
      expect(titles()).toEqual(["data"]);
    });

    test("is done with forceDestroy, and nobody looks", async () => {
      await put("a");
      world.requests();
      await world.delete({ ...namespace, outs: { ...namespace.outs, forceDestroy: true } });
      expect([world.requests(), titles()]).toEqual([["namespaces.delete"], []]);
    });

    test.each([
      ["true", []],
      ["false", ["data"]],
      ["", ["data"]],
    ])("is done when the environment says %j", async (value, left) => {
      await put("a");
      world.configure({ env: { CLOUDFLARE_KV_FORCE_DESTROY: value }, args: { maxConcurrency: 3 } });
      await world.delete(namespace).catch(() => {});
      expect(titles()).toEqual(left);
    });

    test("names it by its id where the title is not known", async () => {
      await put("a");
      const { title: _, ...outs } = namespace.outs;
      expect((await failureOf(world.delete({ ...namespace, outs }))).message).toMatch(
        new RegExp(`to delete the namespace ${namespace.id} with all its keys`),
      );
    });

    test("ends when it is cancelled", async () => {
      await put("a");
      const controller = new AbortController();
      world.clock.onSleep = () => controller.abort(new Error("Ctrl-C"));
      const deleting = world
        .provider("Namespace")
        .delete(namespace.id, namespace.outs, callOf("ns", { signal: controller.signal }));
      expect((await failureOf(deleting)).message).toBe("Ctrl-C");
      expect(titles()).toEqual(["data"]);
    });
  });

  describe("of one with keys of its own", () => {
    const key = (name: string) =>
      world.create("KeyValue", name, { namespaceId: namespace.outs.namespaceId, key: name, value: "v" });

    test("that this run has deleted is done, though a list still shows them", async () => {
      const a = await key("a");
      world.endRun();
      await world.delete(a);
      world.requests();
      world.fail({ type: "stale" });
      await world.delete(namespace);
      expect([world.requests(), titles()]).toEqual([["keys.list", "namespaces.delete"], []]);
    });

    test("that this run has refreshed is done: the state knows them", async () => {
      const a = await key("a");
      world.endRun();
      await world.refresh(a);
      await world.delete(namespace);
      expect(titles()).toEqual([]);
    });

    test("that only another run knew is refused", async () => {
      await key("a");
      world.endRun();
      expect((await failureOf(world.delete(namespace))).message).toContain('such as "a"');
    });

    test("that the program declares is refused, whatever is forced", async () => {
      await key("a");
      const forced = { ...namespace, outs: { ...namespace.outs, forceDestroy: true } };
      for (const resource of [namespace, forced]) {
        const { message } = await failureOf(world.delete(resource));
        expect(message).toBe(
          `The namespace ${namespace.id} is not deleted because it holds keys that this program declares, such as that of "a": ` +
            "keep the namespace, or declare the keys in another one",
        );
      }
      expect(titles()).toEqual(["data"]);
    });
  });

  test("never removes what the program declares", async () => {
    await world.change(namespace, { title: "data" });
    await world.delete(namespace);
    expect([titles(), world.infos]).toEqual([["data"], ["kept: now declared by ns"]]);
  });

  test("removes the old one of a replacement, before or after", async () => {
    const eu = await world.change(namespace, { title: "data", jurisdiction: "eu" }, { deleteFirst: true });
    expect([titles(), eu.id === namespace.id]).toEqual([["data"], false]);
    world.endRun();
    const us = await world.change(eu, { title: "data in us", jurisdiction: "us" });
    expect([titles(), us.id === eu.id]).toEqual([["data in us"], false]);
  });

  test("keeps what a new name without an alias has adopted", async () => {
    const other = await create({ adopt: true }, "other");
    await world.delete(namespace);
    expect([other.id, titles()]).toEqual([namespace.id, ["data"]]);
    expect(world.infos).toEqual([
      "adopted, with the keys that it holds: a destroy deletes it like any other, unless retainOnDelete is set",
      "kept: now declared by other",
    ]);
  });

  test("removes the old one when the engine forces a replacement of a made title", async () => {
    const made = await world.create("Namespace", "made", {});
    world.endRun();
    const replaced = await world.change(made, {}, { force: true });
    expect([titles().sort(), replaced.outs.title === made.outs.title]).toEqual([
      ["data", replaced.outs.title].sort(),
      false,
    ]);
  });
});
