import { startEmulator } from "../../provider/emulator/emulator";
import { systemClock } from "../../provider/kv/clock";
import { ConfigError } from "../../provider/session/config";
import type { CallContext } from "../../provider/session/context";
import { ProviderSession } from "../../provider/session/session";
import { quietCall } from "../quiet-call";

const sources = (apiToken: string) => ({ args: { apiToken, baseUrl: "http://127.0.0.1:9" }, stack: {}, env: {} });

class Notes {
  readonly texts: string[] = [];
}

test("what a call looks at does not change under it", () => {
  const session = new ProviderSession(systemClock);
  session.configure(sources("one"));
  const { connection, run } = session.context(quietCall);
  const before = session.context(quietCall);
  session.configure(sources("two"));
  session.attach("127.0.0.1:1");
  expect(Object.isFrozen(before)).toBe(true);
  expect([before.connection === connection, before.run === run]).toEqual([true, true]);
  expect(before.connection.config.credential).toEqual({ apiToken: "one" });
  const after = session.context(quietCall);
  expect(after.connection.config.credential).toEqual({ apiToken: "two" });
  expect([after.connection === connection, after.run === run]).toEqual([false, false]);
  session.end();
});

test("a run keeps what a kind of resource remembers, and the next run has forgotten it", () => {
  const session = new ProviderSession(systemClock);
  const { run } = session.context(quietCall);
  run.memory(Notes).texts.push("checked");
  expect(session.context(quietCall).run.memory(Notes).texts).toEqual(["checked"]);
  session.end();
  expect(session.context(quietCall).run.memory(Notes).texts).toEqual([]);
});

test("the same configuration again keeps the connections", () => {
  const session = new ProviderSession(systemClock);
  session.configure(sources("one"));
  const { client } = session.context(quietCall).connection;
  session.configure(sources("one"));
  expect(session.context(quietCall).connection.client).toBe(client);
});

test("without a configuration a call can begin, and is told when it asks for one", () => {
  const { connection } = new ProviderSession(systemClock).context(quietCall);
  expect(() => connection.config).toThrow(new ConfigError("The provider was not configured"));
  expect(() => connection.client).toThrow(ConfigError);
});

test("a call that is under way sends on by the configuration that it began with", async () => {
  const emulator = await startEmulator();
  const session = new ProviderSession(systemClock);
  const at = (apiToken: string) => ({ args: { apiToken, baseUrl: emulator.url }, stack: {}, env: {} });
  const list = ({ connection }: CallContext) => connection.client.listNamespaces("0".repeat(32));
  try {
    session.configure(at("one"));
    await session.during(quietCall, async (context) => {
      await list(context);
      session.configure(at("two"));
      expect(await list(context)).toEqual([]);
    });
    expect(await session.during(quietCall, list)).toEqual([]);
  } finally {
    await emulator.close();
  }
});
