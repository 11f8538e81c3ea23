import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startFakeEngine, stopFakeEngines } from "../../tools/transcripts/fake-engine";
import { runMatrix } from "./matrix";
import { renderMatrix } from "./table";

async function generate(): Promise<void> {
  const { address } = await startFakeEngine();
  try {
    writeFileSync(join(__dirname, "../../../tests/faults/faults.md"), renderMatrix(await runMatrix(address)));
  } finally {
    stopFakeEngines();
  }
}

generate();
