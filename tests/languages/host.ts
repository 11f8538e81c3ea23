import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isOnPath } from "../../tools/stack/real";

interface Host {
  /** What has to be on PATH. */
  readonly programs: readonly string[];
  /** Succeeds where the language's own registry answers, or has answered before. */
  readonly fetch?: readonly [command: string, ...args: string[]];
}

const hosts = {
  yaml: { programs: ["pulumi", "pulumi-language-yaml"] },
  nodejs: { programs: ["pulumi", "pulumi-language-nodejs"], fetch: ["npm", "view", "@pulumi/pulumi", "version"] },
  python: {
    programs: ["pulumi", "pulumi-language-python", "pulumi-language-python-exec", "python3"],
    fetch: ["python3", "-m", "pip", "download", "--no-deps", "--dest", join(tmpdir(), "cloudflare-kv-pip"), "parver"],
  },
  go: {
    programs: ["pulumi", "pulumi-language-go", "go"],
    fetch: ["go", "mod", "download", "github.com/pulumi/pulumi/sdk/v3@v3.256.0"],
  },
  java: {
    programs: ["pulumi", "pulumi-language-java", "mvn", "javac"],
    fetch: ["mvn", "--batch-mode", "--quiet", "dependency:get", "-Dartifact=com.pulumi:pulumi:1.16.2"],
  },
} satisfies Record<string, Host>;

export type Language = keyof typeof hosts;

/** `test` where the language's host is on PATH; elsewhere the test is skipped, and its name says why. */
export function testWith(language: Language): jest.It {
  return testWithout(missing(language));
}

/** The same for what needs the packages of the language's registry too. */
export function testWithPackages(language: Language): jest.It {
  return testWithout(missing(language) ?? unreachable(language));
}

function testWithout(obstacle: string | undefined): jest.It {
  if (obstacle === undefined) return test;
  const skip = (name: string, ...rest: Parameters<jest.It> extends [string, ...infer Rest] ? Rest : never) =>
    test.skip(`${name} (${obstacle})`, ...rest);
  return skip as jest.It;
}

function missing(language: Language): string | undefined {
  const program = hosts[language].programs.find((name) => !isOnPath(name));
  return program && `${program} is not on PATH`;
}

function unreachable(language: Language): string | undefined {
  const { fetch }: Host = hosts[language];
  if (!fetch) return undefined;
  const [command, ...args] = fetch;
  const { status } = spawnSync(command, args, { cwd: tmpdir(), stdio: "ignore", timeout: 30_000 });
  return status === 0 ? undefined : `${command} does not reach its registry`;
}
