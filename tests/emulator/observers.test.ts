import { type Emulator, startEmulator } from "../../provider/emulator/emulator";
import { account, authorization } from "./api";

let emulator: Emulator;

afterEach(() => emulator.close());

test("a request is seen before its fault is chosen, and before it takes effect", async () => {
  const seen: string[] = [];
  emulator = await startEmulator({
    onRequest: async ({ operation, status }) => {
      seen.push(`${operation} ${status}`);
      emulator.setFaults([{ action: { status: 503 } }]);
    },
  });
  expect((await createNamespace()).status).toBe(503);
  expect(seen).toEqual(["namespaces.create 0"]);
  expect(emulator.namespaces()).toEqual([]);
});

test("an answer is seen when the request has taken effect, and waits for who sees it", async () => {
  let answered = false;
  emulator = await startEmulator({
    onAnswer: async ({ operation, status }) => {
      expect([operation, status, emulator.namespaces().length, answered]).toEqual(["namespaces.create", 200, 1, false]);
      await new Promise(setImmediate);
      answered = true;
    },
  });
  const { status } = await createNamespace();
  expect([status, answered]).toEqual([200, true]);
});

function createNamespace(): Promise<Response> {
  const url = `${emulator.url}/accounts/${account}/storage/kv/namespaces`;
  return fetch(url, { method: "POST", headers: authorization, body: JSON.stringify({ title: "observed" }) });
}
