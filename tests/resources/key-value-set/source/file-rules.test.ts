import { mkdirSync, symlinkSync } from "node:fs";
import path from "node:path";
import { defaultExclude, globsProblem } from "../../../../provider/resources/key-value-set/source/file-filter";
import { FileMetadata, fileMetadataProblem } from "../../../../provider/resources/key-value-set/source/file-metadata";
import { readingProblems } from "../../../../provider/resources/key-value-set/source/open-source";
import { Remarks } from "../../../../provider/resources/key-value-set/source/remarks";
import type { SourceOptions } from "../../../../provider/resources/key-value-set/source/source";
import { archive, asset, unknown } from "../../../../tools/wire";
import { Folder, read } from "./reading";

const folder = new Folder();

function tree(...names: string[]): object {
  for (const name of names) {
    mkdirSync(path.dirname(folder.at(name)), { recursive: true });
    folder.write(name, name);
  }
  return archive({ path: folder.path });
}

async function taken(source: object, options: SourceOptions = {}) {
  const remarks = new Remarks();
  const { entries, problems } = await read(source, { ...options, remarks });
  return { keys: entries.map(({ key }) => key), problems, notices: remarks.notices() };
}

const junk = [
  ".DS_Store",
  "img/Thumbs.db",
  "desktop.ini",
  ".git/HEAD",
  "._page",
  "page.swp",
  "page~",
  ".#page",
  "#page#",
];
const meant = [
  ".gitkeep",
  ".gitignore",
  ".well-known/security.txt",
  "README.md",
  "a.git/b",
  "Thumbs.db.txt",
  "index.html",
];

describe("files that nobody means", () => {
  test("are left out, and counted by name", async () => {
    const { keys, notices } = await taken(tree(...junk, ...meant));
    expect(keys).toEqual([...meant].sort());
    const names = [...junk].sort().map((name) => JSON.stringify(name));
    expect(notices.map((notice) => notice.split(": ").at(-1)?.split(", ").sort())).toEqual([names]);
  });

  test("are taken where nothing is excluded", async () => {
    const { keys, notices } = await taken(tree(...junk, ...meant), { exclude: [] });
    expect([keys, notices]).toEqual([[...junk, ...meant].sort(), []]);
  });

  test("are left out of assets too, by their names", async () => {
    const source = archive({ assets: { ".DS_Store": asset({ text: "" }), a: asset({ text: "" }) } });
    expect(await taken(source)).toMatchObject({ keys: ["a"], notices: ['source: 1 file is left out: ".DS_Store"'] });
  });
});

describe("globs", () => {
  test.each<[string, SourceOptions, string[]]>([
    ["take what they match", { include: ["*.html", "img/**"] }, ["a.html", "img/.b.png", "img/x/c.png"]],
    ["leave out what they match", { exclude: ["img/"] }, ["a.html", "b.md"]],
    ["go together", { include: ["**/*.png"], exclude: ["**/.*"] }, ["img/x/c.png"]],
    ["of one level match one level", { exclude: ["*"] }, ["img/.b.png", "img/x/c.png"]],
    ["may have a dot and a slash before them", { include: ["./*.md"] }, ["b.md"]],
  ])("%s", async (_, options, keys) => {
    expect(await taken(tree("a.html", "b.md", "img/.b.png", "img/x/c.png"), options)).toMatchObject({
      keys,
      problems: [],
    });
  });

  test("that match no file are named", async () => {
    const remarks = new Remarks();
    const options = { include: ["*.html", "imgs/"], fileMetadata: [{ files: "*.md", metadata: 1 }], remarks };
    await read(tree("a.html", "b.md"), options);
    expect(remarks.sentences()).toEqual([
      'source: include: "imgs/" matches no file',
      'source: fileMetadata: "*.md" matches no file',
    ]);
  });

  test("leave out a link that leads away, and what cannot be read", async () => {
    const source = tree("a");
    symlinkSync("/", folder.at("away"));
    expect(await taken(source, { exclude: ["away"] })).toEqual({
      keys: ["a"],
      problems: [],
      notices: ['source: 1 file is left out: "away"'],
    });
  });

  test("of the files of entries count, too", async () => {
    folder.write("a.json", '{"x":"1"}');
    folder.write("README.md", "# no entries");
    expect(await taken(archive({ path: folder.path }), { format: "entries", include: ["*.json"] })).toMatchObject({
      keys: ["x"],
      problems: [],
    });
  });

  test.each([[["/a"]], [["../a"]], [[""]]])("that can match nothing are refused: %j", (globs) => {
    expect(globsProblem(globs)).toMatch(/^(?:has, at \[0\]|must be a list of globs)/);
    expect(globsProblem(defaultExclude)).toBeUndefined();
  });
});

test("a key is the path without its extension, and two files of one key are both named", async () => {
  const { keys } = await taken(tree("a/b.tar.gz", ".env", "c.html", "d", "e."), { stripExtension: true });
  expect(keys).toEqual([".env", "a/b.tar", "c", "d", "e"]);
});

describe("metadata of files", () => {
  const rules = [
    { files: "**", metadata: { cache: 60, by: "all" } },
    { files: "*.md", metadata: { cache: 5, more: { a: 1 } } },
    { files: "raw/", metadata: "text" },
  ];

  test.each([
    ["b.html", { set: 1, contentType: "text/html", cache: 60, by: "all" }],
    ["b.md", { set: 1, contentType: "text/markdown", cache: 5, by: "all", more: { a: 1 } }],
    ["none", { set: 1, cache: 60, by: "all" }],
    ["raw/x", "text"],
  ])("is put together for %s, the later winning", (name, metadata) => {
    const all = new FileMetadata({ metadata: { set: 1 }, contentType: true, fileMetadata: rules });
    expect(all.of(name)).toEqual(metadata);
  });

  test("is the set's where nothing is said of the file", () => {
    expect(new FileMetadata({ metadata: 1, contentType: true, fileMetadata: [] }).of("none")).toBeUndefined();
  });

  test.each([unknown, [unknown], [{ files: unknown, metadata: 1 }]])(
    "may be anything while a glob is unknown: %#",
    (fileMetadata) => {
      expect(new FileMetadata({ fileMetadata }).of("a")).toBe(unknown);
    },
  );

  test("is refused in a file for which it is too long", async () => {
    const fileMetadata = [
      { files: "a", metadata: { x: "x".repeat(600) } },
      { files: "a", metadata: { y: "y".repeat(600) } },
    ];
    expect((await taken(tree("a", "b"), { fileMetadata })).problems).toEqual([
      `${folder.at("a")}: metadata is 1215 bytes long as JSON, at most 1024 are allowed`,
    ]);
  });

  test.each<[unknown, string]>([
    [{}, "must be a list of objects with files and metadata"],
    [[5], "must have at [0] an object with files, a glob, and metadata"],
    [[{ files: "a", metadata: 1, file: "b" }], "must have at [0] an object with files, a glob, and metadata"],
    [[{ files: "/a", metadata: 1 }], "must have at [0] files, a glob of paths below the archive's root"],
    [[{ files: "a" }], "has at [0] metadata that is required"],
    [[{ files: "a", metadata: { x: Number.NaN } }], "has at [0] metadata that has, at x, NaN, and NaN is not JSON"],
  ])("is refused: case %#", (fileMetadata, problem) => {
    expect(fileMetadataProblem(fileMetadata)).toContain(problem);
  });
});

describe("what says how to read", () => {
  const text = asset({ text: "{}" });
  const files = archive({ assets: {} });

  test.each<[object, string[]]>([
    [{ exclude: [] }, ["exclude is about a source, and none is given"]],
    [
      { source: text, contentType: true },
      ["contentType is about the files of an archive, and the source is a file or a text"],
    ],
    [
      { source: files, format: "csv" },
      ["format is csv, which a file or a text can be, and the source is an archive: give files or entries"],
    ],
    [
      { source: text, format: "files" },
      ["format is files, which an archive can be, and the source is a file or a text"],
    ],
    [
      { source: files, format: "entries", stripExtension: true, include: ["a"] },
      ["stripExtension is about files that are keys, and with format: entries they hold entries"],
    ],
    [{ source: files, format: "files", fileMetadata: [], exclude: [] }, []],
    [{ source: unknown, include: ["a"] }, []],
    [{ source: text, format: unknown }, []],
  ])("is refused where it means nothing: case %#", (inputs, problems) => {
    expect(readingProblems(inputs as never).map(({ property, reason }) => `${property} ${reason}`)).toEqual(problems);
  });
});
