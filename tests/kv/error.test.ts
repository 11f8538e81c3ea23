import { CancelledError, CloudflareError, describeErrors, withParts, withRemedy } from "../../provider/kv/error";
import { failureOf } from "../../provider/kv/failure";

const cause = new Error("socket hang up");
const parts = {
  status: 403,
  errors: [{ code: 10000, message: "Authentication error" }],
  ambiguous: true,
  advice: "check the API token",
  cause,
};

describe("a failure", () => {
  test("is worded once, of its parts in their order", () => {
    const error = new CloudflareError("PUT /a failed", parts);
    const told = withParts(withRemedy(withRemedy(error, "Do this"), "Do that"), { outcome: "Nothing was written" });
    expect(told.message).toBe("PUT /a failed; check the API token. Do this. Do that. Nothing was written");
    expect([told.reason, told.remedies, told.outcome]).toEqual([
      "PUT /a failed",
      ["Do this", "Do that"],
      "Nothing was written",
    ]);
  });

  test("keeps what it is about, where it happened and what was thrown at first", () => {
    const error = new CloudflareError("PUT /a failed", parts);
    const told = withRemedy(error, "Do this");
    expect(told).toMatchObject({ status: 403, errors: parts.errors, ambiguous: true, advice: parts.advice });
    expect(told.cause).toBe(cause);
    const frames = (stack = "") => stack.slice(stack.indexOf("\n"));
    expect(frames(told.stack)).toBe(frames(error.stack));
    expect(told.stack).toContain("Do this");
  });

  test("that is a cancellation stays one", () => {
    const told = withParts(new CancelledError("PUT /a was given up", { ambiguous: true, cause }), {
      outcome: "Run it again",
    });
    expect(told).toBeInstanceOf(CancelledError);
    expect([told.message, told.ambiguous, told.cause]).toEqual(["PUT /a was given up. Run it again", true, cause]);
  });
});

describe("the API's own words", () => {
  const request = { method: "PUT", path: "/a", idempotent: true } as const;
  const errorsOf = (errors: unknown[]) => {
    const json = { success: false, errors };
    const answer = { origin: "https://a", status: 400, headers: {}, body: Buffer.alloc(0), json };
    return failureOf(answer, request, 0, (words) => words)?.errors ?? [];
  };

  test("say where it is, and where it is explained", () => {
    const found = errorsOf([
      {
        code: 10033,
        message: "invalid expiration",
        documentation_url: "https://developers.cloudflare.com/kv/",
        source: { pointer: "/0/expiration" },
      },
    ]);
    expect(describeErrors(found)).toBe(
      "invalid expiration (code 10033, at /0/expiration, see https://developers.cloudflare.com/kv/)",
    );
  });

  test.each([
    "https://evil.example/",
    "https://developers.cloudflare.com.evil.example/",
    "http://developers.cloudflare.com/kv/",
    "https://developers.cloudflare.com/kv/?token=1",
    "https://user@developers.cloudflare.com/",
    7,
    null,
  ])("lead to no page but Cloudflare's: %p", (url) => {
    expect(errorsOf([{ code: 1000, message: "no", documentation_url: url, source: { pointer: 7 } }])).toEqual([
      { code: 1000, message: "no" },
    ]);
  });
});
