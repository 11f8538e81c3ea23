using System.Collections.Generic;
using Pulumi;
using Kv = PulumiCloudflareKv.CloudflareKv;

return await Deployment.RunAsync(() =>
{
    var shop = new Kv.Namespace("shop");

    // Text, with JSON beside it that Workers and `list` can read.
    _ = new Kv.KeyValue("banner", new()
    {
        NamespaceId = shop.NamespaceId,
        Key = "banner",
        Value = "Free shipping until Sunday",
        Metadata = new Dictionary<string, object?> { ["owner"] = "marketing", ["version"] = 1 },
    });

    // A value that expires an hour after it was last written.
    _ = new Kv.KeyValue("session-salt", new()
    {
        NamespaceId = shop.NamespaceId,
        Key = "session/salt",
        Value = "b81fa0",
        ExpirationTtl = 3600,
    });

    // A secret stays encrypted in the state and hidden in the output.
    _ = new Kv.KeyValue("payment-key", new()
    {
        NamespaceId = shop.NamespaceId,
        Key = "payment/key",
        Value = Output.CreateSecret("sk_test_example"),
    });

    // A file: the state holds its hash, not its bytes.
    _ = new Kv.KeyValue("logo", new()
    {
        NamespaceId = shop.NamespaceId,
        Key = "assets/logo.svg",
        Source = new FileAsset("assets/logo.svg"),
        Metadata = new Dictionary<string, object?> { ["contentType"] = "image/svg+xml" },
    });

    return new Dictionary<string, object?> { ["namespaceId"] = shop.NamespaceId };
});
