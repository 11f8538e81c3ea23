import { InitFailedError } from "../../provider/pulumi/errors";
import type { ResourceProvider } from "../../provider/pulumi/resource-provider";
import { startFakeEngine, stopFakeEngines } from "../../tools/transcripts/fake-engine";
import { secret } from "../../tools/wire";
import { dynamicClient } from "../driver/dynamic-client";
import { pluginClient } from "../driver/plugin-client";
import { closeDoors, coreWith, token } from "../plugin/door";
import { quietCall } from "../quiet-call";
import { listen } from "./listening";
import { Recorder } from "./recorder";
import { type FoundLeak, type Place, places, secretsIn } from "./secret-scan";
import { head, secretText, tail } from "./sentinel";

const urn = `urn:pulumi:dev::app::${token}::key`;

afterEach(async () => {
  jest.restoreAllMocks();
  await closeDoors();
  stopFakeEngines();
});

/** A structure is searched as JSON. */
const inClear = /^(?:raw|JSON)$/;

const forms: [how: string, form: RegExp, write: (text: string) => string][] = [
  ["as it is", inClear, (text) => text],
  ["in base64", /^base64$/, (text) => Buffer.from(`a${text}`).toString("base64")],
  ["percent-encoded", /^percent-encoded$/, encodeURIComponent],
  ["in a parser's words", inClear, (text) => parserWords(`{"value":${text}}`)],
];

const planted = places.flatMap((place) => forms.map(([how, form, write]) => [place, how, form, write] as const));

describe.each(Object.entries({ plugin: pluginClient, dynamic: dynamicClient }))(
  "through the %s door",
  (_, openDoor) => {
    test.each(planted)("a secret that is planted in the %s, %s, is found there", async (place, _how, form, write) => {
      const leak = { secret: head, place, form: expect.stringMatching(form) };
      expect(await leaksOfLife(leaky(place, write(secretText)))).toContainEqual(leak);
    });

    test("where nothing is planted nothing is found, nor in what is wrapped", async () => {
      expect(await leaksOfLife(leaky(undefined, secretText))).toEqual([]);
    });

    /** With secret inputs, which the answers have again. */
    async function leaksOfLife(life: Partial<ResourceProvider>): Promise<FoundLeak[]> {
      const engine = await startFakeEngine();
      const recorder = new Recorder({ ...listen(), message: engine.messages });
      const door = await openDoor(coreWith(life), engine.address);
      const inputs = { value: secret(tail) };
      const state = { id: "i", inputs, outs: inputs };
      await recorder.taken(door.check(urn, {}, inputs));
      await recorder.taken(door.diff(urn, state, inputs));
      await recorder.taken(door.create(urn, inputs));
      await recorder.taken(door.update(urn, state, inputs));
      return secretsIn([head], recorder.written);
    }
  },
);

/** A life that writes in every place; in one of them what it must not. */
function leaky(leak: Place | undefined, text: string): Partial<ResourceProvider> {
  const at = (place: Place) => (place === leak ? text : "nothing");
  return {
    check: async (_, inputs) => ({
      inputs: { ...inputs, note: at("answer") },
      failures: [{ property: "", reason: at("failure") }],
    }),
    async diff(_id, _olds, _news, { log } = quietCall) {
      log.info(at("message"));
      process.stdout.write(at("stdout"));
      console.error(at("stderr"));
      return { changes: false, detailed: new Map(), replaces: [], stables: [], deleteBeforeReplace: false };
    },
    create: () => Promise.reject(new Error(at("error"))),
    update: (id, _, news) => Promise.reject(new InitFailedError(id, { ...news, note: at("state") }, [at("detail")])),
  };
}

function parserWords(text: string): string {
  try {
    return JSON.parse(text) as string;
  } catch (error) {
    return (error as Error).message;
  }
}
