import type { Properties, ResourceProvider } from "../../provider/pulumi/resource-provider";
import { quietCall } from "../quiet-call";
import { failureOf, mark, type Resource, type TypeName, World } from "./world";

const types: TypeName[] = ["Namespace", "KeyValue", "KeyValueSet"];
const newer = { __stateVersion: 2 };

let world: World;
let namespaceId: unknown;
beforeAll(async () => {
  world = await World.start();
  ({ namespaceId } = (await world.create("Namespace", "ns", { title: "data" })).outs);
});
afterAll(() => world.close());

function argsOf(type: TypeName, value = "one"): Properties {
  if (type === "Namespace") return { title: `${type} ${value}` };
  return type === "KeyValue" ? { namespaceId, key: "a", value } : { namespaceId, values: { b: value } };
}

describe.each(types)("the state of a %s", (type) => {
  let resource: Resource;
  let provider: ResourceProvider;
  beforeEach(async () => {
    provider = world.provider(type);
    resource = await world.create(type, "r", argsOf(type));
    world.clock.advance(100);
  });
  afterEach(() => world.destroy(resource));

  test("is marked wherever it is written, and in an import", async () => {
    const updated = await world.change(resource, argsOf(type, "two"));
    const { props } = await provider.read(resource.id, {}, quietCall);
    expect([resource.outs, updated.outs, props]).toEqual(Array(3).fill(expect.objectContaining(mark)));
    expect([resource.inputs, updated.inputs]).toEqual(Array(2).fill(expect.not.objectContaining(mark)));
    resource = updated;
  });

  test("from before the mark plans nothing, and a refresh changes nothing", async () => {
    const { __stateVersion: _, ...outs } = resource.outs;
    world.requests();
    const before = { ...resource, outs };
    expect([await world.plan(before, argsOf(type)), world.requests()]).toEqual([{}, []]);
    expect(await world.refresh(before)).toEqual(before);
    expect((await world.change(before, argsOf(type, "two"))).outs).toMatchObject(mark);
  });

  test("that a newer version has written is refused, and nothing is sent", async () => {
    const { id, inputs, outs } = resource;
    const theirs = { ...outs, ...newer };
    world.requests();
    const failures = await Promise.all(
      [
        provider.diff(id, theirs, inputs, quietCall),
        provider.update(id, theirs, inputs, quietCall),
        provider.read(id, theirs, quietCall),
        provider.delete(id, theirs, quietCall),
      ].map(failureOf),
    );
    for (const { name, message } of failures) {
      expect([name, message]).toEqual([
        "InputError",
        expect.stringMatching(
          /^The state of this resource has the form 2, which a newer pulumi-cloudflare-kv .*: upgrade pulumi-cloudflare-kv$/,
        ),
      ]);
    }
    expect([failures.length, world.requests()]).toEqual([4, []]);
  });
});
