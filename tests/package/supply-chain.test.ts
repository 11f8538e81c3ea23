import { execFileSync } from "node:child_process";
import { globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(__dirname, "..", "..", "..");
const readJson = (file: string) => JSON.parse(readFileSync(join(root, file), "utf8"));

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
  readonly license?: string;
}

const locked = Object.entries<Locked>(readJson("package-lock.json").packages).filter(([path]) => path !== "");
const shipped = locked.filter(([, { dev }]) => !dev);
const without = (is: (lock: Locked) => boolean, among = shipped) =>
  among.filter(([, lock]) => !is(lock)).map(([path]) => path);

describe("what comes along with the package", () => {
  test("is locked to the byte", () => {
    expect(shipped.length).toBeGreaterThan(100);
    expect(without(({ version }) => /^\d+\.\d+\.\d+/.test(version ?? ""))).toEqual([]);
    expect(without(({ integrity }) => /^sha512-/.test(integrity ?? ""))).toEqual([]);
  });

  test("comes from the user's own registry, and nowhere else", () => {
    expect(without(({ resolved, link }) => resolved === undefined && !link, locked)).toEqual([]);
    const { dependencies } = readJson("package.json");
    expect(Object.values<string>(dependencies).filter((range) => !/^\^\d+\.\d+\.\d+$/.test(range))).toEqual([]);
  });

  test("is as few packages as were weighed", () => {
    const { dependencies, peerDependencies, optionalDependencies } = readJson("package.json");
    expect(Object.keys(dependencies)).toEqual([
      "@grpc/grpc-js",
      "@pulumi/pulumi",
      "csv-parse",
      "google-protobuf",
      "jsonc-parser",
      "mrmime",
      "picomatch",
      "smol-toml",
      "undici",
      "zod",
    ]);
    expect([peerDependencies, optionalDependencies]).toEqual([undefined, undefined]);
  });

  test("runs nothing when it is installed, but for a notice that Pulumi's SDK brings", () => {
    const names = without(({ hasInstallScript }) => !hasInstallScript);
    expect(names).toEqual(["node_modules/protobufjs"]);
    expect(Object.keys(readJson("package.json").allowScripts)).toEqual(["node"]);
  });

  test("may be used by anybody", () => {
    const permissive =
      /^(MIT|ISC|Apache-2\.0|BSD-[23]-Clause|0BSD|BlueOak-1\.0\.0|Python-2\.0|CC0-1\.0|CC-BY-3\.0|Unlicense)$/;
    const terms = (license = "none") => license.replaceAll(/[()]/g, "").split(/ (?:AND|OR) /);
    // Its file has the words of the MIT licence.
    const read = ["node_modules/@logdna/tail-file"];
    expect(without(({ license }) => terms(license).every((term) => permissive.test(term)))).toEqual(read);
  });
});

test("the package's own scripts run nothing when it is installed: prepare builds a clone, and only that", () => {
  const lifecycle =
    /^(pre|post)?(install|prepare|pack|publish|uninstall|restart|start|stop)$|^prepublishOnly$|^dependencies$/;
  expect(Object.keys(readJson("package.json").scripts).filter((name) => lifecycle.test(name))).toEqual(["prepare"]);
});

describe("the packed package", () => {
  const pack = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const [packed] = JSON.parse(execFileSync("npm", pack, { cwd: root, encoding: "utf8", stdio: "pipe" }));
  const files: string[] = packed.files.map(({ path }: { path: string }) => path);

  test("has what is compiled for users, what starts it, what explains it, and nothing else", () => {
    const generators = /^dist\/provider\/codegen\//;
    const compiled = ["provider", "sdk"]
      .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((file) => `${folder}/${file}`))
      .filter((file) => file.endsWith(".ts"))
      .flatMap((file) => [".js", ".d.ts"].map((end) => `dist/${file.replace(/\.ts$/, end)}`))
      .filter((file) => !generators.test(file));
    const others = [
      ...globSync("docs/**/*.*", { cwd: root, exclude: ["docs/*.webp"] }),
      "CHANGELOG.md",
      "CONTRIBUTING.md",
      "LICENSE",
      "PulumiPlugin.yaml",
      "README.md",
      "SECURITY.md",
      "package.json",
      "prepare.cjs",
      "provider/emulator/page.html",
      "provider/schema.json",
      "pulumi-resource-cloudflare-kv",
      "pulumi-resource-cloudflare-kv.cmd",
    ];
    expect(files.toSorted()).toEqual([...compiled, ...others].sort());
  });

  test("is small", () => {
    expect(packed.size).toBeLessThan(400_000);
    expect(packed.unpackedSize).toBeLessThan(1_500_000);
  });
});
