"""Runs every documented example with the generated SDK, against mocks instead of an engine."""

from pathlib import Path

import pulumi


class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        return [f"{args.name}-id", args.inputs]

    def call(self, args):
        found = {"id": "account/id", "accountId": "account", "namespaceId": "id", "title": "title", "supportsUrlEncoding": True}
        return {**found, "namespaces": [found], "keys": [{"name": "name"}], "value": "value"}


pulumi.runtime.set_mocks(Mocks())
pulumi.runtime.set_all_config({"project:paymentKey": "value"})

examples = sorted(Path("documented").glob("*/__main__.py"))
assert examples
for example in examples:
    pulumi.runtime.test(lambda: exec(compile(example.read_text(), str(example), "exec"), {}))()
