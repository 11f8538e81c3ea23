import type { z } from "zod";
import type { NamespaceAddress } from "../kv/entry";
import { isNamespaceGone } from "../kv/error";
import type { InputRules } from "../pulumi/schema";
import type { CallContext } from "../session/context";

/** A function in words and rules: what its check, the package schema and the SDK's types are made from. */
export interface FunctionSchema extends InputRules {
  readonly name: string;
  readonly description: string;
  readonly result: z.ZodObject;
}

/** A function that reads from the store. */
export interface KvFunction<Args extends z.ZodObject = z.ZodObject, Result extends z.ZodObject = z.ZodObject>
  extends FunctionSchema {
  readonly args: Args;
  readonly result: Result;
  run(args: Located<z.output<Args>>, context: CallContext): Promise<z.output<Result>>;
}

/** Arguments once they are checked: with the account, and a bare namespaceId. */
export type Located<Args> = Args & { readonly accountId: string };

/** What was asked for is not there. */
export class NotFoundError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "NotFoundError";
  }
}

/** Looks into a namespace; that there is none is said in a sentence. */
export async function lookInto<T>({ accountId, namespaceId }: NamespaceAddress, look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (!isNamespaceGone(error)) throw error;
    throw new NotFoundError(
      `There is no namespace ${namespaceId} in the account ${accountId}: check both ids; getNamespaces lists those that there are`,
    );
  }
}
