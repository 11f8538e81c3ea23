import * as pulumi from "@pulumi/pulumi";
import * as kv from "pulumi-cloudflare-kv";

interface SiteArgs {
  folder: pulumi.Input<string>;
  release: pulumi.Input<string>;
}

class Site extends pulumi.ComponentResource {
  readonly pages: kv.KeyValueSet;

  constructor(name: string, args: SiteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("acme:index:Site", name, {}, opts);
    const parent = { parent: this };
    const namespace = new kv.Namespace(name, { title: name }, parent);
    this.pages = new kv.KeyValueSet(
      "pages",
      {
        namespaceId: namespace.namespaceId,
        source: pulumi.output(args.folder).apply((folder) => new pulumi.asset.FileArchive(folder)),
        exclude: ["**/.*", "**/*~", "img/"],
        stripExtension: true,
        contentType: true,
        metadata: { release: args.release },
        fileMetadata: [
          { files: "**", metadata: { cache: 60 } },
          { files: "*.md", metadata: { cache: 3600, contentType: "text/markdown; charset=utf-8" } },
        ],
      },
      parent,
    );
    new kv.KeyValueSet(
      "images",
      {
        namespaceId: namespace.namespaceId,
        keyPrefix: "images/",
        source: new pulumi.asset.FileArchive("site"),
        include: ["img/*.png", pulumi.interpolate`${name}/*.jpg`],
        contentType: true,
      },
      { ...parent, dependsOn: this.pages },
    );
    this.registerOutputs();
  }
}

const config = new pulumi.Config();
const site = new Site("www", { folder: "site", release: config.get("release") ?? "r1" });
export const pages = site.pages.count;
