import base64

import pulumi
import pulumi_cloudflare_kv as kv

ns = kv.Namespace("ns", title="site")
hello = pulumi.FileAsset("hello.txt")
kv.KeyValue("hello", namespace_id=ns.id, key="hello", source=hello)
kv.KeyValue("bytes", namespace_id=ns.id, key="bytes", value_base64=base64.b64encode(b"bytes").decode())
archive = pulumi.AssetArchive({"hello.txt": hello, "made": pulumi.StringAsset("in memory")})
kv.KeyValueSet("all", namespace_id=ns.id, key_prefix="a/", source=archive)
