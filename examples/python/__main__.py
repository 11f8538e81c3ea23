import pulumi
import pulumi_cloudflare_kv as kv

config = pulumi.Config()

shop = kv.Namespace("shop")

# Text, with JSON beside it that Workers and `list` can read.
kv.KeyValue(
    "banner",
    namespace_id=shop.namespace_id,
    key="banner",
    value=config.get("banner") or "Free shipping until Sunday",
    metadata={"owner": "marketing", "version": 1},
)

# A value that expires an hour after it was last written.
kv.KeyValue(
    "session-salt",
    namespace_id=shop.namespace_id,
    key="session/salt",
    value="b81fa0",
    expiration_ttl=3600,
)

# A secret stays encrypted in the state and hidden in the output.
kv.KeyValue(
    "payment-key",
    namespace_id=shop.namespace_id,
    key="payment/key",
    value=config.get_secret("paymentKey") or pulumi.Output.secret("sk_test_example"),
)

# A file: the state holds its hash, not its bytes.
kv.KeyValue(
    "logo",
    namespace_id=shop.namespace_id,
    key="assets/logo.svg",
    source=pulumi.FileAsset("assets/logo.svg"),
    metadata={"contentType": "image/svg+xml"},
)

pulumi.export("namespaceId", shop.namespace_id)
