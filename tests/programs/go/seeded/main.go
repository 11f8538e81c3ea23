package main

import (
	"github.com/pulumi-cloudflare-kv/pulumi-cloudflare-kv/sdk/go/cloudflarekv"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		ns, err := cloudflarekv.NewNamespace(ctx, "ns", &cloudflarekv.NamespaceArgs{Title: pulumi.String("site")})
		if err != nil {
			return err
		}
		_, err = cloudflarekv.NewKeyValueSet(ctx, "redirects", &cloudflarekv.KeyValueSetArgs{
			NamespaceId:   ns.ID(),
			KeyPrefix:     pulumi.String("r:"),
			Source:        pulumi.NewFileAsset("redirects.ndjson"),
			Values:        pulumi.Map{"/c": pulumi.String("/d")},
			ExpirationTtl: pulumi.Int(3600),
		})
		return err
	})
}
