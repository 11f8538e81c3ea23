package main

import (
	"github.com/pulumi-cloudflare-kv/pulumi-cloudflare-kv/sdk/go/cloudflarekv"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(run)
}

func run(ctx *pulumi.Context) error {
	shop, err := cloudflarekv.NewNamespace(ctx, "shop", nil)
	if err != nil {
		return err
	}
	for name, args := range keys(shop.NamespaceId) {
		if _, err := cloudflarekv.NewKeyValue(ctx, name, args); err != nil {
			return err
		}
	}
	ctx.Export("namespaceId", shop.NamespaceId)
	return nil
}

func keys(namespaceId pulumi.StringInput) map[string]*cloudflarekv.KeyValueArgs {
	return map[string]*cloudflarekv.KeyValueArgs{
		// Text, with JSON beside it that Workers and `list` can read.
		"banner": {
			NamespaceId: namespaceId,
			Key:         pulumi.String("banner"),
			Value:       pulumi.String("Free shipping until Sunday"),
			Metadata:    pulumi.Map{"owner": pulumi.String("marketing"), "version": pulumi.Int(1)},
		},
		// A value that expires an hour after it was last written.
		"session-salt": {
			NamespaceId:   namespaceId,
			Key:           pulumi.String("session/salt"),
			Value:         pulumi.String("b81fa0"),
			ExpirationTtl: pulumi.Int(3600),
		},
		// A secret stays encrypted in the state and hidden in the output.
		"payment-key": {
			NamespaceId: namespaceId,
			Key:         pulumi.String("payment/key"),
			Value:       pulumi.ToSecret(pulumi.String("sk_test_example")).(pulumi.StringOutput),
		},
		// A file: the state holds its hash, not its bytes.
		"logo": {
			NamespaceId: namespaceId,
			Key:         pulumi.String("assets/logo.svg"),
			Source:      pulumi.NewFileAsset("assets/logo.svg"),
			Metadata:    pulumi.Map{"contentType": pulumi.String("image/svg+xml")},
		},
	}
}
