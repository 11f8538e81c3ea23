import { type Emulator, startEmulator } from "../../provider/emulator/emulator";
import { type FakeEngine, startFakeEngine, stopFakeEngines } from "../../tools/transcripts/fake-engine";
import { closeDoors } from "../plugin/door";
import { listen } from "./listening";
import { Recorder } from "./recorder";

/** For each test an emulator, an engine, and a recorder of all that a door answers, tells the engine and prints. */
export class Stage {
  #emulator: Emulator | undefined;
  #engine: FakeEngine | undefined;
  #recorder: Recorder | undefined;

  constructor() {
    beforeEach(async () => {
      this.#emulator = await startEmulator();
      this.#engine = await startFakeEngine();
      this.#recorder = new Recorder({ ...listen(), message: this.#engine.messages });
    });
    afterEach(async () => {
      jest.restoreAllMocks();
      await closeDoors();
      stopFakeEngines();
      await this.emulator.close();
    });
  }

  get emulator(): Emulator {
    return begun(this.#emulator);
  }

  get engine(): FakeEngine {
    return begun(this.#engine);
  }

  get recorder(): Recorder {
    return begun(this.#recorder);
  }
}

function begun<T>(part: T | undefined): T {
  if (part === undefined) throw new Error("no test has begun");
  return part;
}
