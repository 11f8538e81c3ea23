import { connect } from "node:http2";
import { serve } from "../../provider/plugin/server";
import { until } from "../until";
import { coreWith } from "./door";

test("the engine may send a large message without waiting for leave", async () => {
  const server = await serve({ core: () => coreWith({}), schema: () => "{}", env: {} });
  const client = connect(`http://127.0.0.1:${server.port}`);
  try {
    await until(() => (client.remoteSettings?.initialWindowSize ?? 0) > 2 ** 20);
    await until(() => (client.state.remoteWindowSize ?? 0) > 2 ** 20);
  } finally {
    client.destroy();
    await server.stop();
  }
});
