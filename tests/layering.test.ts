import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

const root = join(__dirname, "..", "..");

/** What each folder may import beside Node's own modules and itself; types are free, for they are gone when it runs. */
const rules: Readonly<Record<string, RegExp>> = {
  "provider/kv": /^(undici|zod)$/,
  "provider/session": /^(zod|provider\/(kv\/\w[\w-]*|resources\/(quoted|validate)|version))$/,
  "provider/resources": /^(zod|provider\/(kv\/\w[\w-]*|session\/(claims|config)))$/,
  "provider/functions": /^(zod|provider\/(kv\/\w[\w-]*|resources\/[\w/-]*))$/,
  "provider/plugin":
    /^(@grpc\/grpc-js|google-protobuf\/.*|@pulumi\/pulumi\/proto\/.*|provider\/(core|index|version|kv\/byte-budget|resources\/\w[\w-]*))$/,
  "provider/emulator": /^$/,
  "tests/conformance": /^(@grpc\/grpc-js|google-protobuf\/.*|@pulumi\/pulumi\/proto\/.*|fast-check)$/,
  sdk: /^(@pulumi\/pulumi|provider\/(require-node|resources\/secret-inputs))$/,
};

test.each(Object.keys(rules))("%s imports only what it may", (folder) => {
  const foreign = importsBelow(folder).filter(
    ({ target }) => !target.startsWith(`${folder}/`) && !rules[folder]?.test(target),
  );
  expect(foreign).toEqual([]);
});

test("gRPC and protobuf are imported by the plugin alone", () => {
  const users = importsBelow("provider").filter(({ target }) => /grpc|protobuf|pulumi\/proto/.test(target));
  expect(users.filter(({ file }) => !file.startsWith("provider/plugin/"))).toEqual([]);
});

interface Import {
  readonly file: string;
  /** A package, or a file of this project from its root. */
  readonly target: string;
}

function importsBelow(folder: string): Import[] {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" });
  return files.filter((name) => name.endsWith(".js")).flatMap((name) => importsOf(join(folder, name)));
}

/** Of the compiled file, in which imports of types are gone. */
function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), "utf8");
  const specifiers = [...text.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, specifier]) => specifier ?? "");
  // The text of the dynamic provider names this package to a process that is not ours.
  const own = specifiers.filter((specifier) => !/^(node:|pulumi-cloudflare-kv)/.test(specifier));
  return own.map((specifier) => ({
    file,
    target: specifier.startsWith(".") ? relative(root, join(root, file, "..", specifier)) : specifier,
  }));
}
