import type {
  CheckResult,
  CreateResult,
  DiffResult,
  Properties,
  ReadResult,
  ResourceProvider,
  UpdateResult,
} from "../../pulumi/resource-provider";

/** What each call of a resource answers. */
interface Answers {
  check: CheckResult;
  diff: DiffResult;
  create: CreateResult;
  read: ReadResult;
  update: UpdateResult;
  delete: undefined;
}

export type Operation = keyof Answers;

/** What a call is asked with; what it has not is empty. */
export interface Arguments<Context> {
  readonly id: string;
  /** The state: its inputs in a check, else its outputs. */
  readonly olds: Properties;
  /** The inputs to be. */
  readonly news: Properties;
  readonly context: Context;
}

/** The rest of a call. */
export type Next<O extends Operation, Context> = (args: Arguments<Context>) => Promise<Answers[O]>;

/** Does something before a call, after it, or in its place. */
export type Around<Outer, Inner = Outer> = <O extends Operation>(
  operation: O,
  args: Arguments<Outer>,
  next: Next<O, Inner>,
) => Promise<Answers[O]>;

/** The same provider, with more around each of its calls. */
export function wrap<Outer, Inner>(
  provider: ResourceProvider<Inner>,
  around: Around<Outer, Inner>,
): ResourceProvider<Outer> {
  const none: Properties = {};
  return {
    check: (olds, news, context) =>
      around("check", { id: "", olds, news, context }, (args) => provider.check(args.olds, args.news, args.context)),
    diff: (id, olds, news, context) =>
      around("diff", { id, olds, news, context }, (args) => provider.diff(args.id, args.olds, args.news, args.context)),
    create: (news, context) =>
      around("create", { id: "", olds: none, news, context }, (args) => provider.create(args.news, args.context)),
    read: (id, olds, context) =>
      around("read", { id, olds, news: none, context }, (args) => provider.read(args.id, args.olds, args.context)),
    update: (id, olds, news, context) =>
      around("update", { id, olds, news, context }, (args) =>
        provider.update(args.id, args.olds, args.news, args.context),
      ),
    delete: (id, olds, context) =>
      around("delete", { id, olds, news: none, context }, async (args) => {
        await provider.delete(args.id, args.olds, args.context);
        return undefined;
      }),
  };
}
