import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { archive, asset } from "../../../../tools/wire";
import { entry, Folder, read } from "./reading";

const folder = new Folder();
const outside = new Folder();

const unlessRoot = process.getuid?.() === 0 ? test.skip : test;
const onLinux = process.platform === "linux" ? test : test.skip;

function tree(files: Record<string, string | Buffer>): object {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(folder.at(name)), { recursive: true });
    folder.write(name, content);
  }
  return archive({ path: folder.path });
}

async function keysAndProblems(source: object) {
  const { entries, problems } = await read(source);
  return { keys: entries.map(({ key }) => key), problems };
}

describe("a directory", () => {
  test("has an entry a file, hidden ones too, in the byte order of their keys", async () => {
    const { entries, places, problems } = await read(
      tree({ "a/b": "1", "a.txt": "2", "\u{10000}": "3", "\uffee": "4", ".hidden/.x": "", B: "5", ["__proto__"]: "6" }),
    );
    expect(entries.map(({ key, value }) => [key, value])).toEqual([
      [".hidden/.x", ""],
      ["B", "5"],
      ["__proto__", "6"],
      ["a.txt", "2"],
      ["a/b", "1"],
      ["\uffee", "4"],
      ["\u{10000}", "3"],
    ]);
    expect(places.slice(3, 5)).toEqual([folder.at("a.txt"), folder.at("a/b")]);
    expect(problems).toEqual([]);
  });

  test("has the files behind a link in that order too, under the link's name", async () => {
    const source = tree({ "a/b": "", "a!x": "", a0: "" });
    symlinkSync(folder.at("a"), folder.at("a!"));
    expect((await keysAndProblems(source)).keys).toEqual(["a!/b", "a!x", "a/b", "a0"]);
  });

  test("tells the place of each of very many files", async () => {
    const names = Array.from({ length: 1000 }, (_, i) => `f${String(i).padStart(4, "0")}`);
    const { places, problems } = await read(
      tree(Object.fromEntries([...names, "long".repeat(50)].map((n) => [n, n]))),
      {
        keyPrefix: "p".repeat(400),
      },
    );
    expect(places).toEqual(names.map((name) => folder.at(name)));
    expect(problems).toEqual([expect.stringContaining(`${folder.at("long".repeat(50))}: key with keyPrefix`)]);
  });

  test("has text as text, byte order mark and all, and other bytes in base64", async () => {
    const { entries } = await read(tree({ a: "\ufeffä\r\n", b: Buffer.from([0, 0xff]), c: '{"key":"k"}\n' }));
    expect(entries).toEqual([
      entry({ key: "a", value: "\ufeffä\r\n" }),
      entry({ key: "b", value: "AP8=", base64: true }),
      entry({ key: "c", value: '{"key":"k"}\n' }),
    ]);
  });

  test("has no entry for what Pulumi keeps in it, as its hash has none", async () => {
    expect((await keysAndProblems(tree({ ".pulumi/stacks/dev.json": "{}", "a/.pulumi": "", "b/x": "" }))).keys).toEqual(
      ["b/x"],
    );
  });

  test("that is empty has none", async () => {
    expect(await keysAndProblems(tree({}))).toEqual({ keys: [], problems: [] });
  });

  test("is read file by file, some in each batch", async () => {
    const names = Array.from({ length: 50 }, (_, at) => `f${String(at).padStart(2, "0")}`);
    const source = tree(Object.fromEntries(names.map((name) => [name, "x".repeat(100)])));
    const { entries, places } = await read(source, { chunkBytes: 1 });
    expect(entries.map(({ key }) => key)).toEqual(names);
    expect(places.at(-1)).toBe(folder.at("f49"));
  });
});

const leaves =
  "is a link that leaves the directory: copy what it leads to, give both directories as folders of an asset archive, " +
  "or exclude it (an exclude of your own takes the place of the default)";

describe("a link", () => {
  test.each([
    ["to a file of the directory", "../b/file", "dir/link"],
    ["to a directory of the directory", "../b", "dir/link/file"],
    ["to a link", "first", "dir/link/file"],
  ])("%s is followed", async (_, target, key) => {
    const source = tree({ "b/file": "v", "dir/other": "" });
    symlinkSync("../b", folder.at("dir/first"));
    symlinkSync(target, folder.at("dir/link"));
    const { entries, problems } = await read(source);
    expect(entries).toContainEqual(entry({ key }));
    expect(problems).toEqual([]);
  });

  test.each([
    ["to the directory itself", ".", "is a link to a directory that it is in"],
    ["to the directory of its directory", "..", "is a link to a directory that it is in"],
    ["to itself", "link", "is a link that cannot be followed: ELOOP"],
    ["to nothing", "missing", "is a link that cannot be followed: ENOENT"],
    ["through the directory above", "../..", leaves],
    ["to the root", "/", leaves],
  ])("%s is a problem, and all else is read", async (_, target, reason) => {
    const source = tree({ "dir/file": "", z: "" });
    symlinkSync(target, folder.at("dir/link"));
    expect(await keysAndProblems(source)).toEqual({
      keys: ["dir/file", "z"],
      problems: [`${folder.at("dir/link")}: ${reason}`],
    });
  });

  test("that leaves a directory for one whose name begins the same is a problem", async () => {
    const source = tree({ "site/a": "", "site-secret/b": "" });
    symlinkSync("../site-secret", folder.at("site/link"));
    expect(await keysAndProblems({ ...source, path: folder.at("site") })).toEqual({
      keys: ["a"],
      problems: [`${folder.at("site/link")}: ${leaves}`],
    });
  });

  test("to a name that begins with two dots stays inside", async () => {
    const source = tree({ "..a/file": "" });
    symlinkSync("..a", folder.at("link"));
    expect((await keysAndProblems(source)).keys).toEqual(["..a/file", "link/file"]);
  });

  test("that links directories with each other ends", async () => {
    const source = tree({ "a/file": "", "b/file": "" });
    symlinkSync("../b", folder.at("a/to-b"));
    symlinkSync("../a", folder.at("b/to-a"));
    expect(await keysAndProblems(source)).toEqual({
      keys: ["a/file", "a/to-b/file", "b/file", "b/to-a/file"],
      problems: [
        `${folder.at("a/to-b/to-a")}: is a link to a directory that it is in`,
        `${folder.at("b/to-a/to-b")}: is a link to a directory that it is in`,
      ],
    });
  });

  test("in place of the whole directory is followed", async () => {
    tree({ "b/file": "" });
    symlinkSync(folder.path, outside.at("link"));
    expect((await keysAndProblems(archive({ path: outside.at("link") }))).keys).toEqual(["b/file"]);
  });
});

describe("what cannot be read is a problem, and all else is read:", () => {
  test("a socket", async () => {
    const source = tree({ a: "" });
    const server = createServer().listen(folder.at("socket"));
    await once(server, "listening");
    expect(await keysAndProblems(source)).toEqual({
      keys: ["a"],
      problems: [`${folder.at("socket")}: is not a regular file`],
    });
    server.close();
    await once(server, "close");
  });

  unlessRoot("files and directories that may not be read", async () => {
    const source = tree({ a: "", b: "", "c/d": "" });
    chmodSync(folder.at("b"), 0);
    chmodSync(folder.at("c"), 0);
    const reading = await keysAndProblems(source);
    chmodSync(folder.at("c"), 0o700);
    expect(reading).toEqual({
      keys: ["a"],
      problems: [`${folder.at("c")}: cannot be read: EACCES`, `${folder.at("b")}: cannot be read: EACCES`],
    });
  });

  onLinux("a name that is no UTF-8", async () => {
    const source = tree({ "a\ufffd": "" });
    writeFileSync(Buffer.concat([Buffer.from(folder.at("b")), Buffer.from([0xff])]), "");
    expect(await keysAndProblems(source)).toEqual({
      keys: ["a\ufffd"],
      problems: [`${folder.at("b\ufffd")}: has a name that is not UTF-8, so it can be no key`],
    });
    rmSync(Buffer.concat([Buffer.from(folder.at("b")), Buffer.from([0xff])]));
  });

  test.each([
    ["a missing directory", "missing", "ENOENT"],
    ["a file in its place", "file", "ENOTDIR"],
  ])("%s", async (_, name, code) => {
    tree({ file: "" });
    expect(await keysAndProblems(archive({ path: folder.at(name) }))).toEqual({
      keys: [],
      problems: [`${folder.at(name)}: cannot be read: ${code}`],
    });
  });
});

describe("an archive of assets", () => {
  test("has an entry an asset, and those of the archives in it under their names", async () => {
    tree({ "img/logo.png": "1", "index.html": "2" });
    const site = archive({ path: folder.path });
    const { entries, places } = await read(
      archive({
        assets: {
          "file.html": asset({ path: folder.at("index.html") }),
          ".": site,
          "static/": site,
          nested: archive({ assets: { deep: archive({ assets: { a: asset({ text: "3" }) } }) } }),
          empty: asset({}),
        },
      }),
    );
    expect(entries.map(({ key, value }, at) => [key, value, places[at]])).toEqual([
      ["empty", "", 'source["empty"]'],
      ["file.html", "2", 'source["file.html"]'],
      ["img/logo.png", "1", folder.at("img/logo.png")],
      ["index.html", "2", folder.at("index.html")],
      ["nested/deep/a", "3", 'source["nested/deep/a"]'],
      ["static/img/logo.png", "1", folder.at("img/logo.png")],
      ["static/index.html", "2", folder.at("index.html")],
    ]);
  });

  test("has a key __proto__ like any other", async () => {
    const assets = JSON.parse(`{"__proto__":${JSON.stringify(asset({ text: "v" }))}}`);
    expect((await read(archive({ assets }))).entries).toEqual([entry({ key: "__proto__" })]);
  });

  test("names the key of a problem", async () => {
    const assets = {
      "..": asset({ text: "" }),
      'say "hi"': asset({ path: folder.at("missing") }),
      d: asset({ path: folder.path }),
    };
    expect((await keysAndProblems(archive({ assets }))).problems).toEqual([
      'source[".."]: key must not be "..", which the API refuses as a key',
      'source["d"]: is not a file',
      'source["say \\"hi\\""]: cannot be read: ENOENT',
    ]);
  });

  test("must have the bytes that the engine has hashed", async () => {
    const file = folder.write("file", "changed");
    const hash = createHash("sha256").update("changed").digest("hex");
    const source = (of: object) => archive({ assets: { a: asset(of) } });
    expect((await read(source({ path: file, hash }))).entries).toEqual([entry({ key: "a", value: "changed" })]);
    await expect(read(source({ path: file, hash: "0".repeat(64) }))).rejects.toThrow(
      `source: ${file} has changed since this run began`,
    );
  });
});
