import { once } from "node:events";
import { createReadStream, existsSync, mkdtempSync, readdirSync, statSync, symlinkSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, delimiter, join } from "node:path";
import { publication } from "../../provider/codegen/publication";

/** A folder of archives behind a static file server, such as a release is. */
export class Release {
  /** The names that were asked for. */
  readonly requests: string[] = [];
  readonly #server: Server;

  constructor(readonly folder: string) {
    this.#server = createServer(({ url = "" }, response) => {
      const name = basename(url);
      const file = join(folder, name);
      this.requests.push(name);
      if (!existsSync(file)) return response.writeHead(404).end();
      response.writeHead(200, { "content-length": statSync(file).size });
      return createReadStream(file).pipe(response);
    });
  }

  static async start(folder: string): Promise<Release> {
    const release = new Release(folder);
    await once(release.#server.listen(0, "127.0.0.1"), "listening");
    return release;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** For a CLI that finds the plugin there in place of GitHub. */
export function reaching({ url }: Release): Readonly<Record<string, string>> {
  return {
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "false",
    PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES: `^${publication.pluginDownloadURL}$=${url}`,
  };
}

/** A folder for PATH, with all programs of this machine but Node.js and what comes with it. */
export function programsWithoutNode(): string {
  const folder = mkdtempSync(join(tmpdir(), "cloudflare-kv-programs-"));
  const isNode = (name: string) => /^(node|nodejs|npm|npx|corepack)$|^pulumi-resource-cloudflare-kv/.test(name);
  const places = (process.env.PATH ?? "").split(delimiter).filter((place) => existsSync(place));
  // The first on PATH is who is found.
  const programs = new Map(
    places.toReversed().flatMap((place) => readdirSync(place).map((name) => [name, join(place, name)] as const)),
  );
  for (const [name, path] of programs) if (!isNode(name)) symlinkSync(path, join(folder, name));
  return folder;
}
