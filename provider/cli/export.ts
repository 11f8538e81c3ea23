import type { KvNamespace, ListedKey } from "../kv/answers";
import { readBulk } from "../kv/bulk-read";
import type { NamespaceAddress } from "../kv/entry";
import { isNamespaceGone } from "../kv/error";
import { keyPages } from "../kv/key-pages";
import { type FoundValue, readValue } from "../kv/stored-value";
import { counted } from "../resources/key-value-set/format";
import { type CallContext, callOptions } from "../session/context";
import { ExportError } from "./export-error";
import type { Output } from "./output";
import type { Progress } from "./progress";

/** How many pages of a thousand keys are read at once: enough to keep all connections busy, and few to hold. */
const pagesAtOnce = 2;

interface Page {
  readonly keys: readonly ListedKey[];
  readonly values: Promise<ReadonlyMap<string, FoundValue>>;
}

/**
 * Writes what is below the prefix, in the order of the keys' bytes. A key that vanishes while it is read is counted.
 *
 * @returns what there is to say in the end.
 */
export async function exportKeys(
  { namespace, prefix }: { readonly namespace: NamespaceAddress; readonly prefix: string },
  output: Output,
  progress: Progress,
  context: CallContext,
): Promise<string[]> {
  let vanished = 0;
  for await (const { keys, values } of readAhead(pagesOf(namespace, prefix, output, context))) {
    const byKey = await values;
    for (const { name } of keys) {
      const value = byKey.get(name);
      if (value) await output.write(name, value);
      else vanished++;
    }
    progress.add(byKey.size);
  }
  await output.finish();
  return [
    ...(vanished > 0 ? [`${counted(vanished, "key")} vanished while they were read.`] : []),
    ...output.remarks(),
    ...(progress.keys + vanished === 0 ? [nothingText(prefix, output.hasBegun)] : []),
  ];
}

function nothingText(prefix: string, hasBegun: boolean): string {
  if (hasBegun) return "There was nothing left to write.";
  return prefix === "" ? "The namespace has no keys." : `No key begins with ${JSON.stringify(prefix)}.`;
}

/** Each page is begun when it is listed. */
async function* pagesOf(
  namespace: NamespaceAddress,
  prefix: string,
  output: Output,
  context: CallContext,
): AsyncGenerator<Page> {
  const options = callOptions(context);
  for await (const page of keyPages(context.connection.client, namespace, { ...options, prefix })) {
    const keys = page.filter(({ name }) => !output.isDone(name));
    const values = keys.length > 0 ? readPage(namespace, keys, context) : Promise.resolve(new Map());
    // Whoever waits for it is told; until then nobody does.
    values.catch(() => {});
    yield { keys, values };
  }
}

/** The same pages, of which the next few are asked for before they are wanted. */
async function* readAhead(pages: AsyncGenerator<Page>): AsyncGenerator<Page> {
  const ahead: Promise<IteratorResult<Page>>[] = [];
  for (;;) {
    while (ahead.length < pagesAtOnce) {
      const next = pages.next();
      next.catch(() => {});
      ahead.push(next);
    }
    const { value, done } = (await ahead.shift()) as IteratorResult<Page>;
    if (done) return;
    yield value;
  }
}

async function readPage(
  namespace: NamespaceAddress,
  keys: readonly ListedKey[],
  context: CallContext,
): Promise<ReadonlyMap<string, FoundValue>> {
  const { client } = context.connection;
  const options = callOptions(context);
  const found = new Map<string, FoundValue>();
  const names = keys.map(({ name }) => name);
  const single = await readBulk(client, namespace, names, {
    ...options,
    onRead: (key, value) => value && found.set(key, value),
  });
  // One by one they may be as large as a value can be.
  for (const key of single) {
    const value = await readValue(client, { ...namespace, key }, options);
    if (value) found.set(key, value);
  }
  return found;
}

const idForm = /^(?:([0-9a-f]{32})\/)?([0-9a-f]{32})$/;

/** By its id, with or without the account, or by its title. */
export async function findNamespace(named: string, context: CallContext): Promise<NamespaceAddress> {
  const { client, config } = context.connection;
  const [, ofId, id] = idForm.exec(named) ?? [];
  const accountId = ofId ?? config.accountId?.value;
  if (!accountId) throw new ExportError("The account is not known: set CLOUDFLARE_ACCOUNT_ID.");
  if (id && (await exists(accountId, id, context))) return { accountId, namespaceId: id };
  const all = ofId ? [] : await client.listNamespaces(accountId, callOptions(context));
  const titled = all.find(({ title }) => title === named);
  if (titled) return { accountId, namespaceId: titled.id };
  throw new ExportError(`The account ${accountId} has no namespace ${JSON.stringify(named)}${choices(all)}.`);
}

async function exists(accountId: string, namespaceId: string, context: CallContext): Promise<boolean> {
  try {
    await context.connection.client.getNamespace(accountId, namespaceId, callOptions(context));
    return true;
  } catch (error) {
    if (isNamespaceGone(error)) return false;
    throw error;
  }
}

const mostChoices = 10;

function choices(all: readonly KvNamespace[]): string {
  if (all.length === 0) return "";
  const titles = all.slice(0, mostChoices).map(({ title }) => JSON.stringify(title));
  return `; it has ${titles.join(", ")}${all.length > mostChoices ? ` and ${all.length - mostChoices} more` : ""}`;
}
