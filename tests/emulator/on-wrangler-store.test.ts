import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WranglerStore } from "../../provider/emulator/wrangler/wrangler-store";
import { Api } from "./api";

/** The same API over the other store: each test file that needs no earlier versions of a value. */
const folders: string[] = [];
Api.storeOf = () => {
  folders.push(mkdtempSync(join(tmpdir(), "local-store-")));
  return new WranglerStore({ root: folders.at(-1) ?? "", declared: [] });
};
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

describe.each(["bulk", "instant", "keys", "refusals", "values"])("%s", (name) => {
  require(`./${name}.test`);
});
