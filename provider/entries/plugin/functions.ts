import { type InvokeRequest, InvokeResponse } from "@pulumi/pulumi/proto/provider_pb";
import type { Core } from "../../core";
import { InputError } from "../../pulumi/errors";
import type { FunctionType } from "../../pulumi/function-provider";
import type { Properties } from "../../pulumi/resource-provider";
import { SecretInputs } from "../../pulumi/secret-inputs";
import { checkFailure } from "./check-failure";
import { decode, encode, required } from "./codec";
import type { EngineSession } from "./engine-session";
import { marked, type SecretChildren, union, wholly } from "./secrets";

/** A function has no resource: what it has to say goes to the stack. */
export async function invokeFunction(
  session: EngineSession,
  request: InvokeRequest,
  disconnected: AbortSignal,
): Promise<InvokeResponse> {
  const token = required("Invoke", "tok", request.getTok());
  const args = decode(request.getArgs());
  const type = functionType(session.core, token);
  // Pulumi's SDKs send arguments in clear, whatever they are: each may be a secret, and no message has a key.
  const secrets = new SecretInputs(Object.keys(args.properties));
  // A project may have a @pulumi/pulumi that knows nothing of it, nor of the timeout of a read.
  const preview = request.getPreview?.() ?? false;
  const answer = await session.runCall({ urn: "", preview, secrets, until: [disconnected] }, (call) =>
    type.invoke(args.properties, call),
  );
  const { result, failures, secrets: found = [] } = answer;
  if (failures.length === 0) {
    const ofResult = union(secretsOf(type, result, args.secrets), marked(found));
    return new InvokeResponse().setReturn(encode(result, ofResult));
  }
  return new InvokeResponse().setFailuresList(failures.map((failure) => checkFailure(failure, args)));
}

function functionType({ functions }: Core, token: string): FunctionType {
  const type = functions.get(token);
  if (type) return type;
  const known = [...functions.keys()].join(", ");
  throw new InputError(`Unknown function ${JSON.stringify(token)}: expected one of ${known}`);
}

/** The engine marks nothing here. What is found by a secret tells something about it. */
function secretsOf({ secretResults }: FunctionType, result: Properties, ofArgs: SecretChildren): SecretChildren {
  return wholly(ofArgs.size > 0 ? Object.keys(result) : secretResults);
}
