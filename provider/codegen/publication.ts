/** Where the provider is published, and under which names: all of it follows from package.json. */
const { homepage, license, keywords, repository } = require("../../../package.json") as {
  readonly homepage: string;
  readonly license: string;
  readonly keywords: readonly string[];
  readonly repository: { readonly url: string };
};

/** On GitHub. */
const [, owner = "", name = ""] = /github\.com\/([^/]+)\/([^/]+?)(?:\.git)?$/.exec(repository.url) ?? [];
const url = `https://github.com/${owner}/${name}`;
const pascal = owner.replaceAll(/(?:^|-)(\w)/g, (_, first: string) => first.toUpperCase());

/** The front page of an SDK where packages are looked for. */
const readme = `Namespaces, keys and whole data sets of [Cloudflare Workers KV](https://developers.cloudflare.com/kv/), as
resources of [Pulumi](https://www.pulumi.com). Pulumi downloads the provider's plugin by itself.

[How to use it](${url}#readme) · [What it has](${url}/tree/main/docs/api) · [Troubleshooting](${url}/blob/main/docs/troubleshooting.md)
`;

export const publication = {
  homepage,
  readme,
  keywords,
  license,
  repository: url,
  /** Who it is of, in the Pulumi Registry and in a package's name. */
  publisher: owner,
  logoUrl: `https://raw.githubusercontent.com/${owner}/${name}/main/docs/logo.png`,
  /** Where Pulumi looks for the plugin: among the assets of the release of the version. */
  pluginDownloadURL: `github://api.github.com/${owner}/${name}`,
  /** What a program imports. */
  packages: {
    nodejs: `@${owner}/cloudflare-kv`,
    python: name.replaceAll("-", "_"),
    /** A folder of the repository, for the Go tool asks for it there. */
    go: `github.com/${owner}/${name}/sdk/go/cloudflarekv`,
    csharp: pascal,
    java: `com.${pascal.toLowerCase()}`,
  },
} as const;
