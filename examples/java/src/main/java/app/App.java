package app;

import com.pulumi.Context;
import com.pulumi.Pulumi;
import com.pulumi.asset.FileAsset;
import com.pulumi.core.Output;
import com.pulumicloudflarekv.cloudflarekv.KeyValue;
import com.pulumicloudflarekv.cloudflarekv.KeyValueArgs;
import com.pulumicloudflarekv.cloudflarekv.Namespace;
import java.util.Map;

public class App {
    public static void main(String[] args) {
        Pulumi.run(App::stack);
    }

    static void stack(Context ctx) {
        var shop = new Namespace("shop");

        // Text, with JSON beside it that Workers and `list` can read.
        new KeyValue("banner", KeyValueArgs.builder()
            .namespaceId(shop.namespaceId())
            .key("banner")
            .value("Free shipping until Sunday")
            .metadata(Map.of("owner", "marketing", "version", 1))
            .build());

        // A value that expires an hour after it was last written.
        new KeyValue("session-salt", KeyValueArgs.builder()
            .namespaceId(shop.namespaceId())
            .key("session/salt")
            .value("b81fa0")
            .expirationTtl(3600)
            .build());

        // A secret stays encrypted in the state and hidden in the output.
        new KeyValue("payment-key", KeyValueArgs.builder()
            .namespaceId(shop.namespaceId())
            .key("payment/key")
            .value(Output.ofSecret("sk_test_example"))
            .build());

        // A file: the state holds its hash, not its bytes.
        new KeyValue("logo", KeyValueArgs.builder()
            .namespaceId(shop.namespaceId())
            .key("assets/logo.svg")
            .source(new FileAsset("assets/logo.svg"))
            .metadata(Map.of("contentType", "image/svg+xml"))
            .build());

        ctx.export("namespaceId", shop.namespaceId());
    }
}
