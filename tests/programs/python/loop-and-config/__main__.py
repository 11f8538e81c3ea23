import json

import pulumi
import pulumi_cloudflare_kv as kv

tenants = pulumi.Config().require_object("tenants")
ns = kv.Namespace("ns", title="tenants")
for tenant in tenants:
    kv.KeyValue(f"plan-{tenant}", namespace_id=ns.id, key=f"plan/{tenant}", value="free")

entries = [
    kv.KeyValueSetEntryArgs(key=tenant, value=json.dumps({"plan": "free"}), metadata={"n": n})
    for n, tenant in enumerate(tenants)
]
kv.KeyValueSet("all", namespace_id=ns.id, entries=entries)
