import type { Reply } from "../raw-request";
import { envelopeOf, outcomeOf } from "./answer";
import { Halted, messageOf, Unable } from "./errors";
import type { Sender } from "./sender";
import { fullPath } from "./stage";
import { shortened } from "./target";

/** The most that an account may have. */
const mostNamespaces = 1000;

/** @throws Unable where the account cannot be reached, refuses the token, or has no room for so many namespaces. */
export async function checkAccount(sender: Sender, needed: number): Promise<void> {
  const { accountId, baseUrl } = sender.target;
  const reply = await firstReply(sender);
  if ([400, 401, 403].includes(reply.status)) {
    throw new Unable(
      `The API refuses the token for account ${shortened(accountId)}: ${outcomeOf(reply)}. CLOUDFLARE_API_TOKEN must be a ` +
        'token of this account with the permission "Workers KV Storage Write".',
    );
  }
  if (reply.status !== 200) throw new Unable(`${baseUrl} is not the API: it answers ${outcomeOf(reply)}.`);
  const total = Number(envelopeOf(reply).result_info?.total_count ?? 0);
  if (total + needed <= mostNamespaces) return;
  throw new Unable(
    `The account has ${total} namespaces: there is no room for ${needed} more of its ${mostNamespaces}.`,
  );
}

async function firstReply(sender: Sender): Promise<Reply> {
  const { accountId, baseUrl } = sender.target;
  try {
    return await sender.send({ method: "GET", path: fullPath("?per_page=1", accountId) });
  } catch (error) {
    if (error instanceof Unable || error instanceof Halted) throw error;
    throw new Unable(`${baseUrl} cannot be reached: ${messageOf(error)}.`);
  }
}
