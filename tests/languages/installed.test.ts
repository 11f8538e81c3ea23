import { rmSync } from "node:fs";
import { publication } from "../../provider/codegen/publication";
import { version } from "../../provider/version";
import { Packages } from "../package/standalone";
import { type Language, testWith, testWithPackages } from "./host";
import { cloneProject, closeProject, openExample, type Project, playThrough, withoutPlugins } from "./project";
import { programsWithoutNode, Release } from "./release";

const patienceMs = 600_000;
const packages = new Packages();
let release: Release;
let programs: string;

beforeAll(async () => {
  release = await Release.start(packages.make("release"));
  programs = programsWithoutNode();
}, patienceMs);

afterAll(() => {
  release.close();
  packages.close();
  rmSync(programs, { recursive: true });
});

/** A machine without Node.js, which reaches the release in place of GitHub. */
const machine = () => ({
  PATH: programs,
  PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "false",
  PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES: `^${publication.pluginDownloadURL}$=${release.url}`,
});

const withPackages = { yaml: testWith("yaml"), python: testWithPackages("python"), go: testWithPackages("go") };

describe("on a machine without Node.js, Pulumi brings the plugin for", () => {
  describe.each(["yaml", "python", "go"] as const)("a project in %s,", (language) => {
    withPackages[language]("by package add, and by pulumi install in a fresh clone", () => play(language), patienceMs);
  });

  async function play(language: Language): Promise<void> {
    const project = await openExample(language, withoutPlugins, machine());
    let clone: Project | undefined;
    try {
      const { pluginDownloadURL } = publication;
      await project.engine.run("package", "add", `cloudflare-kv@${version}`, "--server", pluginDownloadURL);
      clone = await cloneProject(project, language, machine());
      await clone.engine.run("install");
      await playThrough(clone);
    } finally {
      await closeProject(project);
      if (clone) await closeProject(clone);
    }
  }
});

testWith("yaml")(
  "pulumi plugin install brings it from any server",
  async () => {
    const project = await openExample("yaml", withoutPlugins, { PATH: programs });
    try {
      await project.engine.run("plugin", "install", "resource", "cloudflare-kv", version, "--server", release.url);
      await playThrough(project);
    } finally {
      await closeProject(project);
    }
  },
  patienceMs,
);
