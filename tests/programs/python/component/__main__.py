import pulumi
import pulumi_cloudflare_kv as kv


class Flags(pulumi.ComponentResource):
    def __init__(self, name, flags, opts=None):
        super().__init__("acme:index:Flags", name, {}, opts)
        ns = kv.Namespace(name, title=name, opts=pulumi.ResourceOptions(parent=self))
        before = []
        for key, value in flags.items():
            opts = pulumi.ResourceOptions(parent=self, depends_on=list(before))
            before.append(kv.KeyValue(key, namespace_id=ns.id, key=key, value=value, opts=opts))
        self.namespace_id = ns.namespace_id
        self.register_outputs({"namespaceId": self.namespace_id})


flags = Flags("flags", {"beta": "on", "dark": "off"})
waiting = pulumi.InvokeOutputOptions(depends_on=[flags])
found = kv.get_key_value_output(namespace_id=flags.namespace_id, key="beta", opts=waiting)
copy = kv.KeyValue("copy", namespace_id=flags.namespace_id, key="copy", value=found.apply(lambda it: it.value))
listed = kv.get_keys_output(namespace_id=flags.namespace_id, opts=waiting)
names = listed.apply(lambda it: [key.name for key in it.keys if key.name != "copy"])
pulumi.export("names", names)
