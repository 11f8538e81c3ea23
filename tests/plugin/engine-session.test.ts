import { status } from "@grpc/grpc-js";
import { PluginAttach } from "@pulumi/pulumi/proto/plugin_pb";
import {
  CallRequest,
  CreateRequest,
  DeleteRequest,
  GetMappingRequest,
  GetMappingsRequest,
  GetSchemaRequest,
  ParameterizeRequest,
  ProviderHandshakeRequest,
  ReadRequest,
} from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Call, ResourceProvider } from "../../provider/pulumi/resource-provider";
import { version } from "../../provider/version";
import { struct } from "../../tools/wire";
import { closeDoors, coreWith, type Door, failure, openDoor, schema, urn } from "./door";

afterEach(closeDoors);

const handshake = (door: Door, address: string) =>
  door.handshake(new ProviderHandshakeRequest().setEngineAddress(address));

describe("who this is", () => {
  test("a handshake tells what the plugin understands", async () => {
    const door = await openDoor(coreWith({}));
    expect((await handshake(door, "127.0.0.1:1")).toObject()).toEqual({
      acceptSecrets: true,
      acceptResources: true,
      acceptOutputs: false,
      acceptsByteString: false,
      acceptsOutputsInCall: false,
      acceptsOutputsInCheck: false,
      acceptsOutputsInInvoke: false,
      supportsAutonamingConfiguration: true,
    });
  });

  test("the version is the package's", async () => {
    const door = await openDoor(coreWith({}));
    expect((await door.getPluginInfo(new Empty())).getVersion()).toBe(version);
  });

  test("the schema is the package's", async () => {
    const door = await openDoor(coreWith({}));
    expect((await door.getSchema(new GetSchemaRequest())).getSchema()).toBe(schema);
  });

  test("a schema of another language version is refused", async () => {
    const door = await openDoor(coreWith({}));
    const error = await failure(door.getSchema(new GetSchemaRequest().setVersion(7)));
    expect([error.code, error.details]).toEqual([
      status.INVALID_ARGUMENT,
      "Unknown version 7 of the schema language: expected 0",
    ]);
  });

  test("there are no mappings from other ecosystems", async () => {
    const door = await openDoor(coreWith({}));
    expect((await door.getMapping(new GetMappingRequest().setKey("terraform"))).getProvider()).toBe("");
    expect((await door.getMappings(new GetMappingsRequest().setKey("terraform"))).getProvidersList()).toEqual([]);
  });

  test("what is not offered is unimplemented", async () => {
    const door = await openDoor(coreWith({}));
    const errors = [failure(door.call(new CallRequest())), failure(door.parameterize(new ParameterizeRequest()))];
    expect((await Promise.all(errors)).map(({ code }) => code)).toEqual([status.UNIMPLEMENTED, status.UNIMPLEMENTED]);
  });

  test("nothing of all this needs the core", async () => {
    const core = jest.fn(() => coreWith({}));
    const door = await openDoor(core);
    await handshake(door, "127.0.0.1:1");
    await door.getPluginInfo(new Empty());
    await door.cancel(new Empty());
    expect(core).not.toHaveBeenCalled();
  });
});

describe("the engine's address", () => {
  const opened = async () => {
    const attach = jest.fn((_: string) => {});
    const door = await openDoor(coreWith({ delete: async () => {} }, { attach }));
    return { door, addresses: () => attach.mock.calls.flat() };
  };
  const use = (door: Door) => door.delete(new DeleteRequest().setUrn(urn).setId("id"));
  const attach = (door: Door, address: string) => door.attach(new PluginAttach().setAddress(address));

  test.each([
    ["a handshake", handshake],
    ["Attach", attach],
  ])("reaches the core once it is loaded, from %s", async (_, tell) => {
    const { door, addresses } = await opened();
    await tell(door, "127.0.0.1:1");
    expect(addresses()).toEqual([]);
    await use(door);
    expect(addresses()).toEqual(["127.0.0.1:1"]);
  });

  test("tells the core of each other engine, but not twice of the same, and not of none", async () => {
    const { door, addresses } = await opened();
    await handshake(door, "127.0.0.1:1");
    await use(door);
    for (const port of ["1", "2", "2", "1"]) await attach(door, `127.0.0.1:${port}`);
    await attach(door, "");
    expect(addresses()).toEqual(["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:1"]);
  });
});

/** Resolves with the reason for which the signal ends. */
const ended = ({ signal }: Call) =>
  new Promise<Error>((resolve) => signal.addEventListener("abort", () => resolve(signal.reason)));

const creating = (timeout = 0) => new CreateRequest().setUrn(urn).setProperties(struct({})).setTimeout(timeout);

describe("Cancel", () => {
  test("ends every call that runs, tells the core, and is answered at once; the next call starts afresh", async () => {
    const started: Call[] = [];
    const cancel = jest.fn();
    let bothStarted = () => {};
    const running = new Promise<void>((resolve) => {
      bothStarted = resolve;
    });
    const create = async (_: unknown, call?: Call) => {
      if (call) started.push(call);
      if (started.length === 3) return { id: "third", outs: { aborted: call?.signal.aborted } };
      if (started.length === 2) bothStarted();
      throw call && (await ended(call));
    };
    const door = await openDoor(coreWith({ create }, { cancel }));
    const calls = [failure(door.create(creating())), failure(door.create(creating()))];
    await running;
    await door.cancel(new Empty());
    for (const error of await Promise.all(calls)) {
      expect([error.code, error.details]).toEqual([status.CANCELLED, "the operation was cancelled"]);
    }
    expect((await door.create(creating())).getProperties()?.toJavaScript()).toEqual({ aborted: false });
    await door.cancel(new Empty());
    await door.cancel(new Empty());
    expect(cancel).toHaveBeenCalledTimes(3);
  });
});

describe("a call", () => {
  test.each([
    ["Create", (door: Door) => door.create(creating(0.02))],
    ["Read", (door: Door) => door.read(new ReadRequest().setUrn(urn).setId("id").setTimeout(0.02))],
    ["Delete", (door: Door) => door.delete(new DeleteRequest().setUrn(urn).setId("id").setTimeout(0.02))],
  ])("%s ends at its timeout, in a sentence that names it", async (_, act) => {
    const wait = async (...args: unknown[]) => {
      throw await ended(args.at(-1) as Call);
    };
    const door = await openDoor(coreWith({ create: wait, read: wait, delete: wait }));
    const error = await failure(act(door));
    expect(error.details).toBe("the operation did not end within its timeout of 0.02 s (customTimeouts)");
    expect(error.code).toBe(status.DEADLINE_EXCEEDED);
  });

  test.each([[0], [-1], [Number.NaN], [Number.POSITIVE_INFINITY], [1e12]])(
    "with a timeout of %p has time",
    async (timeout) => {
      const create = async (_: unknown, call?: Call) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        return { id: "id", outs: { aborted: call?.signal.aborted } };
      };
      const door = await openDoor(coreWith({ create }));
      expect((await door.create(creating(timeout))).getProperties()?.toJavaScript()).toEqual({ aborted: false });
    },
  );

  test("whose caller has gone ends", async () => {
    let hangUp = () => {};
    const ending = new Promise<Error>((resolve) => {
      const create = async (_: unknown, call: Call) => {
        setImmediate(() => hangUp());
        resolve(await ended(call));
        throw new Error("nobody hears this");
      };
      openDoor(coreWith({ create: create as ResourceProvider["create"] })).then(({ stub }) => {
        const call = stub.create(creating(), () => {});
        hangUp = () => call.cancel();
      });
    });
    expect((await ending).message).toBe("the operation was cancelled");
  });

  test("that runs when the process is told to stop is answered first", async () => {
    let stopping: Promise<void> | undefined;
    const create = async (_: unknown, call?: Call) => {
      stopping = door.server.stop();
      return { id: "id", outs: { reason: call?.signal.reason.message } };
    };
    const door = await openDoor(coreWith({ create }));
    const response = await door.create(creating());
    expect(response.getProperties()?.toJavaScript()).toEqual({ reason: "the operation was cancelled" });
    door.close();
    await stopping;
  });
});
