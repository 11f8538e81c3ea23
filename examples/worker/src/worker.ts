interface Env {
  readonly SHOP: KvNamespace;
}

/** As much of the binding as is used here; `wrangler types` writes all of it. */
interface KvNamespace {
  get(key: string, type: "json"): Promise<unknown>;
  getWithMetadata(key: string): Promise<{ readonly value: string | null; readonly metadata: unknown }>;
}

/** Redirects, flags and pages, all of them from the namespace that Pulumi fills. */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/flags") return Response.json(await env.SHOP.get("flags", "json"));
    const { value: target } = await env.SHOP.getWithMetadata(`redirect:${pathname}`);
    if (target !== null) return Response.redirect(new URL(target, request.url).href, 301);
    const { value, metadata } = await env.SHOP.getWithMetadata(`page:${pathname}`);
    if (value === null) return new Response("Not found\n", { status: 404 });
    const { contentType = "text/plain" } = (metadata ?? {}) as { readonly contentType?: string };
    return new Response(value, { headers: { "content-type": contentType } });
  },
};
