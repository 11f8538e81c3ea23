/**
 * Everything the emulator does that neither the published contract nor an observation settles, each with the reason.
 * A client must not rely on any line of this file; `npm run test:live` compares each with the API. Entries with `status`
 * and `code` are answers, the others behaviour.
 */
export const choices = {
  missingCredentials: {
    status: 400,
    code: 9106,
    reason: "The general API gateway's answer to a request without credentials; KV's own is not recorded.",
  },
  wrongCredentials: {
    status: 401,
    code: 10000,
    reason: "Both 401 and 403 were observed for code 10000.",
  },
  unknownRoute: {
    status: 404,
    code: 7003,
    reason:
      "The contract's example of a failure; its status is unknown. A 404 shows a client that drops state on any 404.",
  },
  malformedAccount: {
    status: 400,
    code: 7003,
    reason: "Code and text were observed, the status was not; validation failures are 400.",
  },
  methodNotAllowed: {
    status: 405,
    code: 10405,
    reason:
      "Observed where a path segment was empty (`/values/`), taken over for every known path with a wrong method.",
  },
  illegalKeyName: {
    status: 400,
    code: 10042,
    reason: "The historic code for an illegal key name; used for `.`, `..`, an empty name and one that is not UTF-8.",
  },
  keyTooLong: {
    status: 414,
    code: 10030,
    reason: "The status and text of the Workers binding with the historic REST code.",
  },
  valueTooLarge: {
    status: 413,
    code: 10024,
    reason: "The status and text of the Workers binding with the historic REST code.",
  },
  bodyTooLarge: {
    status: 413,
    code: 10024,
    reason: "413 is known for bulk bodies over 100 MB; the envelope keeps the answer within the contract.",
  },
  metadataTooLarge: {
    status: 413,
    code: 10047,
    reason: "The status and text of the Workers binding with the historic REST code for invalid metadata.",
  },
  instantMetadata: {
    status: 400,
    code: 10047,
    reason: "A namespace of the mode `instant` has no metadata; the historic REST code for invalid ones.",
  },
  instantFull: {
    status: 413,
    code: 10024,
    reason: "A namespace of the mode `instant` holds 10,000 pairs and 1 MB, keys and values together.",
  },
  invalidExpiration: {
    status: 400,
    code: 10033,
    reason:
      "Observed for a past expiration; used as well for one under 60 s away, fractional, or above 2^31-1, where a ttl is 10034.",
  },
  invalidBulkItem: {
    status: 400,
    code: 10012,
    reason: "`malformed value`: an item that is not of the contract's shape, bad base64, or a conflicting duplicate.",
  },
  invalidRequest: {
    status: 400,
    code: 10029,
    reason: "`invalid request`: a JSON or multipart body that cannot be read, or an option outside its set.",
  },
  invalidPaging: {
    status: 400,
    reason: "Codes 10007, 10008, 10041, 10043 and 10044 are historic; validation failures are 400.",
  },
  tooManyNamespaces: {
    status: 400,
    code: 10018,
    reason: "The code is historic; validation failures are 400.",
  },
  titleTooLong: {
    status: 400,
    code: 10019,
    reason: "Neither code nor status is known. Characters are counted, as the contract's maxLength does.",
  },
  sameKeyTooSoon: {
    status: 429,
    code: 10022,
    reason: "429 is documented, the body is not: the historic `too many requests`. One such key refuses a whole bulk.",
  },
  rateExceeded: {
    status: 429,
    code: 10100,
    reason:
      "971, 10100, 10500 and 10429 were all observed; 10100 has a text of its own. Any further request is refused, but does not extend the block.",
  },
  namespaceIdCase: { reason: "Only 32 lowercase hexadecimal digits are an id; anything else is 10011." },
  trailingSlash: {
    reason:
      "`/namespaces/{id}/` is the namespace: the worst case for a client whose URL library resolved the key `..`.",
  },
  dotSegments: { reason: "A raw `/values/..` is the illegal key `..`: the request target is never normalised here." },
  rawSlashes: {
    reason: "Unencoded leading slashes of a key are swallowed (observed); any later slash is part of the key.",
  },
  orderOfChecks: {
    reason:
      "Key, namespace, form of the body, expiration, metadata, value; of the last three the binding has the same.",
  },
  namespaceOrder: { reason: "Namespaces are listed by id, ascending, unless `order` and `direction` say otherwise." },
  pagePastTheEnd: { reason: "An empty page: the vendor's SDK stops there." },
  titleSpelling: { reason: "Titles are compared and kept byte for byte: no trimming, no folding." },
  renameToSelf: { reason: "Renaming to the current title succeeds." },
  metadataForm: { reason: "Metadata is stored and measured as compact JSON, in whichever form it came." },
  expirationIgnored: { reason: "With an expiration_ttl the expiration is not even validated: the ttl wins." },
  emptyParameter: { reason: "An empty query parameter is an absent one, as an empty prefix is." },
  duplicateKeys: {
    reason: "Identical entries of a bulk are one; conflicting ones refuse it, as the vendor's local emulation does.",
  },
  bulkPreflight: {
    reason: "One invalid item refuses the bulk and nothing is written, as the vendor's local emulation does.",
  },
  loneSurrogates: {
    reason: "Half of a surrogate pair in a JSON string becomes U+FFFD, as the vendor's language decodes it.",
  },
  formEncodedBody: {
    reason: "An application/x-www-form-urlencoded body is the value, like every body that is not multipart/form-data.",
  },
  contentLength: { reason: "A value is sent with content-length and without an etag." },
  cursorLifetime: { reason: "A cursor never expires; it names the last key it has shown." },
  jurisdiction: {
    reason: "Accepted on create, one of eu, fedramp and us, and shown only when it was given.",
  },
  mode: {
    reason:
      "Accepted on create, and `instant` is the only one; not beside a jurisdiction; shown only when it was given.",
  },
} as const satisfies Record<string, { reason: string; status?: number; code?: number }>;
