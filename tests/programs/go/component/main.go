package main

import (
	"github.com/pulumi-cloudflare-kv/pulumi-cloudflare-kv/sdk/go/cloudflarekv"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

type Flags struct {
	pulumi.ResourceState
	NamespaceId pulumi.StringOutput
}

func newFlags(ctx *pulumi.Context, name string, flags [][2]string) (*Flags, error) {
	component := &Flags{}
	if err := ctx.RegisterComponentResource("acme:index:Flags", name, component); err != nil {
		return nil, err
	}
	parent := pulumi.Parent(component)
	ns, err := cloudflarekv.NewNamespace(ctx, name, &cloudflarekv.NamespaceArgs{Title: pulumi.String(name)}, parent)
	if err != nil {
		return nil, err
	}
	before := []pulumi.Resource{}
	for _, flag := range flags {
		args := &cloudflarekv.KeyValueArgs{
			NamespaceId: ns.NamespaceId,
			Key:         pulumi.String(flag[0]),
			Value:       pulumi.String(flag[1]),
		}
		key, err := cloudflarekv.NewKeyValue(ctx, flag[0], args, parent, pulumi.DependsOn(before))
		if err != nil {
			return nil, err
		}
		before = append(before, key)
	}
	component.NamespaceId = ns.NamespaceId
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{"namespaceId": ns.NamespaceId})
}

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		flags, err := newFlags(ctx, "flags", [][2]string{{"beta", "on"}, {"dark", "off"}})
		if err != nil {
			return err
		}
		found := cloudflarekv.LookupKeyValueOutput(ctx, cloudflarekv.LookupKeyValueOutputArgs{
			NamespaceId: flags.NamespaceId,
			Key:         pulumi.String("dark"),
		}, pulumi.DependsOn([]pulumi.Resource{flags}))
		_, err = cloudflarekv.NewKeyValue(ctx, "copy", &cloudflarekv.KeyValueArgs{
			NamespaceId: flags.NamespaceId,
			Key:         pulumi.String("copy"),
			Value:       found.Value().Elem(),
		})
		return err
	})
}
