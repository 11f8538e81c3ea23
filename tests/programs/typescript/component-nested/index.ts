import * as kv from "pulumi-cloudflare-kv";
import { Region } from "./region";

const world = new kv.Namespace("world", { title: "world" });
const regions = ["eu", "us"].map((region) => new Region(region, { namespaceId: world.id, region }));
new kv.KeyValue("world-ready", { namespaceId: world.id, key: "ready", value: "yes" }, { dependsOn: regions });
