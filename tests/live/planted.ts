import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Reply, send } from "../../tools/raw-request";

interface Request {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer;
}

/** A way in which an API could differ from the emulator. */
interface Plant {
  /** The names of the assumptions that are wrong then. */
  readonly finds: readonly string[];
  /** Changes what was asked. */
  readonly ask?: (request: Request) => void;
  /** Answers in the emulator's place. */
  readonly instead?: (request: Request) => Reply | undefined;
  /** Changes what was answered. */
  readonly answer?: (reply: Reply, request: Request) => void;
}

export const plants: Readonly<Record<string, Plant>> = {
  "a title that is too long has a code of its own": {
    finds: ["titleTooLong"],
    answer: (reply, request) => {
      if (isCreate(request) && request.body.length > 512) replace(reply, "10019", "10025");
    },
  },
  "titles are trimmed": {
    finds: ["titleSpelling.spaces"],
    ask: (request) => {
      const { title, ...others } = isCreate(request) ? json(request.body) : {};
      if (typeof title === "string") request.body = bytesOf({ ...others, title: title.trim() });
    },
  },
  "an id may be in capital letters": {
    finds: ["namespaceIdCase"],
    ask: (request) => {
      request.path = request.path.replace(/\/namespaces\/[0-9A-F]{32}/, (path) => path.toLowerCase());
    },
  },
  "a value comes without its length": {
    finds: ["contentLength"],
    answer: (reply, { method, path }) => {
      if (method === "GET" && path.includes("/values/")) delete reply.headers["content-length"];
    },
  },
  "keys are listed by UTF-16 units": {
    finds: ["listOrder"],
    answer: (reply, { path }) => {
      if (!/\/keys\b/.test(path) || reply.status !== 200) return;
      const { result, ...others } = json(reply.body) as { result: { name: string }[] };
      reply.body = bytesOf({ ...others, result: result.sort((one, other) => (one.name < other.name ? -1 : 1)) });
    },
  },
  "a bad cursor is an invalid request": {
    finds: ["invalidPaging.cursor"],
    answer: (reply, { path }) => {
      if (path.includes("cursor=none")) replace(reply, "10041", "10029");
    },
  },
  "an expiration wins over a time to live": {
    finds: ["expirationIgnored", "expirationIgnored.later"],
    ask: (request) => {
      if (/expiration=\d/.test(request.path)) request.path = request.path.replace(/&expiration_ttl=\d+/, "");
    },
  },
  "the last of two entries of a key wins": {
    finds: ["duplicateKeys"],
    ask: (request) => {
      if (request.method !== "PUT" || !request.path.endsWith("/bulk")) return;
      const items: unknown = JSON.parse(request.body.toString());
      if (!Array.isArray(items)) return;
      request.body = bytesOf([...new Map(items.map((item) => [item.key ?? item, item])).values()]);
    },
  },
  "metadata is measured as it is sent": {
    finds: ["metadataForm"],
    instead: ({ headers, body }) => {
      const isForm = /^multipart/.test(headers["content-type"] ?? "");
      const [, metadata = ""] = (isForm && /name="metadata"\r\n\r\n(.*)\r\n/.exec(body.toString())) || [];
      return metadata.length > 1024 ? refusal(413, 10047) : undefined;
    },
  },
  "a slash at the end of a namespace's path leads nowhere": {
    finds: ["trailingSlash"],
    instead: ({ path }) => (/\/namespaces\/[0-9a-f]{32}\/$/.test(path) ? refusal(404, 7003) : undefined),
  },
};

/** As on every account that is not in Cloudflare's private beta. */
export const withoutInstant: Plant = {
  finds: [],
  instead: (request) => (isCreate(request) && json(request.body).mode === "instant" ? refusal(403, 10026) : undefined),
};

export interface Planted {
  readonly url: string;
  close(): void;
}

/** An API that differs from the emulator behind it in all of these, and does not show that it is none. */
export async function startPlanted(emulatorUrl: string, planted: readonly Plant[]): Promise<Planted> {
  const { origin } = new URL(emulatorUrl);
  const all = [hidden, ...planted];
  const server = createServer((request, response) => void answer(request, response, origin, all));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/client/v4`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

const hidden: Plant = {
  finds: [],
  instead: ({ path }) => (path.startsWith("/__control") ? refusal(404, 7003) : undefined),
};

async function answer(
  incoming: IncomingMessage,
  response: ServerResponse,
  origin: string,
  all: readonly Plant[],
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const { host: _, "content-length": __, ...headers } = incoming.headers as Record<string, string>;
  const request = { method: incoming.method ?? "", path: incoming.url ?? "", headers, body: Buffer.concat(chunks) };
  for (const { ask } of all) ask?.(request);
  const own = all.map(({ instead }) => instead?.(request)).find((reply) => reply !== undefined);
  const { path, ...others } = request;
  const reply = own ?? (await send({ ...others, url: origin + path }));
  for (const plant of all) plant.answer?.(reply, request);
  const { "content-length": length, ...kept } = reply.headers;
  response.writeHead(reply.status, { ...kept, ...(length !== undefined && { "content-length": reply.body.length }) });
  response.end(reply.body);
}

function isCreate({ method, path }: Request): boolean {
  return method === "POST" && path.endsWith("/namespaces");
}

/** Empty for what is no JSON. */
function json(body: Buffer): Record<string, unknown> {
  try {
    return JSON.parse(body.toString());
  } catch {
    return {};
  }
}

function bytesOf(content: unknown): Buffer {
  return Buffer.from(JSON.stringify(content));
}

function replace(reply: Reply, text: string, other: string): void {
  reply.body = Buffer.from(reply.body.toString().replace(text, other));
}

function refusal(status: number, code: number): Reply {
  const body = bytesOf({ success: false, errors: [{ code, message: "planted" }], messages: [], result: null });
  return { status, headers: { "content-type": "application/json", "content-length": "" }, body };
}
