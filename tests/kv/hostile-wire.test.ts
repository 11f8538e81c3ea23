import type { Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { gzipSync } from "node:zlib";
import { CloudflareError } from "../../provider/kv/error";
import { accountId, Connection, failureOf } from "./api";
import { first, pour, startRaw, trickle } from "./raw-server";

const address = { accountId, namespaceId: "a".repeat(32), key: "key" };
const ok = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
const success = '{"success":true,"result":null}';
const MiB = 1024 * 1024;

/** What a GET that is answered so comes to. */
async function met(answer: (socket: Socket) => void, requestTimeoutMs = 60_000) {
  const server = await startRaw(answer);
  const connection = new Connection(server.url, { requestTimeoutMs });
  try {
    const error = await failureOf(connection.client.getMetadata(address));
    return { error, requests: server.requests, bytesSent: server.bytesSent };
  } finally {
    await connection.transport.close();
    await server.close();
  }
}

const sentence = /^GET \/accounts\/\S+\/metadata\/key (at http:\/\/127.0.0.1:\d+ )?failed(:| with) /;

describe("an answer that is too large is not read to its end, and is not asked for again:", () => {
  const bodyOf = "x".repeat(MiB);
  const endless: [name: string, answer: (socket: Socket) => void, atMostMiB: number][] = [
    ["one header of a mebibyte", (socket) => socket.write(`${ok}x: ${bodyOf}\r\n\r\n`), 2],
    ["one header without end", first(`${ok}x: `, pour(bodyOf)), 16],
    ["headers without end", first(ok, pour("x: y\r\n".repeat(10_000))), 16],
    ["a body without end or length", first(`${ok}\r\n`, pour(bodyOf)), 80],
    ["a body of a tebibyte", first(`${ok}content-length: 1099511627776\r\n\r\n`, pour(bodyOf)), 80],
    ["chunks without end", first(`${ok}transfer-encoding: chunked\r\n\r\n`, pour(`100000\r\n${bodyOf}\r\n`)), 80],
  ];
  test.each(endless)("%s", async (_, answer, atMostMiB) => {
    const { error, requests, bytesSent } = await met(answer);
    expect(error).toBeInstanceOf(CloudflareError);
    expect(error.message).toMatch(sentence);
    expect(error.message).not.toContain("xxx");
    expect(requests).toBe(1);
    expect(bytesSent / MiB).toBeLessThan(atMostMiB);
  });
});

describe("an answer that does not end is given up at requestTimeout:", () => {
  const slow: [name: string, answer: (socket: Socket) => void][] = [
    ["none", () => {}],
    ["headers a byte at a time", first(`${ok}x: `, trickle("y"))],
    ["a body a byte at a time", first(`${ok}\r\n`, trickle(" "))],
    ["early hints without end", trickle("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n")],
    ["promises to continue, in floods", pour("HTTP/1.1 102 Processing\r\n\r\n".repeat(100))],
  ];
  test.each(slow)("%s", async (_, answer) => {
    const { error } = await met(answer, 50);
    expect(error.message).toMatch(sentence);
    expect(error.message).toMatch(/no answer/);
  });
});

describe("an answer that is no HTTP, or not what it says, is a failure:", () => {
  const broken: [name: string, text: string | Buffer, says: string][] = [
    ["another protocol", "SSH-2.0-OpenSSH_9.9\r\n", "no answer: "],
    ["another protocol with control characters", "\u001b]0;title\u0007\u001b[2J\r\n\r\n", "no answer: "],
    ["an impossible status", "HTTP/1.1 99 Low\r\n\r\n", "no answer: "],
    ["a length that is none", `${ok}content-length: -1\r\n\r\n`, "no answer: "],
    ["two lengths", `${ok}content-length: 1\r\ncontent-length: 30\r\n\r\n${success}`, "no answer: "],
    ["a length and chunks", `${ok}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`, "no answer: "],
    ["a chunk of nonsense", `${ok}transfer-encoding: chunked\r\n\r\nzz\r\n`, "no answer: "],
    ["fewer bytes than announced", `${ok}content-length: 500\r\n\r\n${success}`, "no answer: "],
    [
      "a compressed body, which nobody asked for and nobody inflates",
      Buffer.concat([
        Buffer.from(`${ok}content-encoding: gzip\r\nconnection: close\r\n\r\n`),
        gzipSync(`${success}${" ".repeat(64 * MiB)}`),
      ]),
      "status 200, but the answer is not the API's",
    ],
  ];
  test.each(broken)("%s", async (_, text, says) => {
    const { error } = await met((socket) => socket.end(text));
    expect(error.message).toMatch(sentence);
    expect(error.message).toContain(says);
    expect(error.message).not.toMatch(/\p{Cc}/u);
  });
});

describe("an answer that is HTTP of another kind is read:", () => {
  const kinds: [name: string, text: string][] = [
    ["HTTP/1.0", `HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n${success}`],
    [
      "with trailers",
      `${ok}transfer-encoding: chunked\r\ntrailer: x\r\n\r\n1e\r\n${success}\r\n0\r\nx: y\r\nstatus: 500\r\n\r\n`,
    ],
    ["after an early hint", `HTTP/1.1 103 Early Hints\r\n\r\n${ok}content-length: 30\r\n\r\n${success}`],
  ];
  test.each(kinds)("%s", async (_, text) => {
    const server = await startRaw((socket) => socket.end(text));
    const { client, transport } = new Connection(server.url);
    expect(await client.getMetadata(address)).toBeNull();
    await transport.close();
    await server.close();
  });
});

describe("a server that speaks", () => {
  const failsWith = async (url: string, requestTimeoutMs = 60_000) => {
    const { client, transport } = new Connection(url, { requestTimeoutMs });
    const { message } = await failureOf(client.getMetadata(address));
    await transport.close();
    return message;
  };

  test("no TLS where TLS is asked for is a failure", async () => {
    const server = await startRaw((socket) => socket.end(`${ok}\r\n`));
    expect(await failsWith(server.url.replace("http:", "https:"))).toContain("failed: no answer: ");
    await server.close();
  });

  test("nothing at all, while TLS is set up, is given up at requestTimeout", async () => {
    const server = await startRaw(() => {});
    const message = await failsWith(server.url.replace("http:", "https:"), 50);
    expect(message).toContain("failed: no answer within 0.05 s (requestTimeout)");
    await server.close();
  });

  test("TLS where none is asked for is a failure", async () => {
    const server = await startRaw(() => {}, createTlsServer);
    expect(await failsWith(server.url)).toContain("failed: no answer");
    await server.close();
  });
});
