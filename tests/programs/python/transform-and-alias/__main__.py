import pulumi
import pulumi_cloudflare_kv as kv


def tag(args):
    if args.type_ == "cloudflare-kv:index:KeyValue":
        return pulumi.ResourceTransformResult({**args.props, "metadata": {"team": "web"}}, args.opts)


pulumi.runtime.register_resource_transform(tag)
ns = kv.Namespace("ns", title="data")
opts = None
if pulumi.Config().get_bool("grouped"):
    group = pulumi.ComponentResource("acme:index:Group", "group")
    opts = pulumi.ResourceOptions(parent=group, aliases=[pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)])
for key in ["a", "b"]:
    kv.KeyValue(key, namespace_id=ns.id, key=key, value="1", opts=opts)
