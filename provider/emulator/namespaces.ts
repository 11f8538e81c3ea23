import { type Answer, success } from "./answer";
import { ApiError, refusal } from "./api-error";
import { type Call, namespaceOf } from "./call";
import { choices } from "./choices";
import type { Namespace } from "./namespace-table";

const jurisdictions: readonly unknown[] = ["eu", "fedramp", "us"];

export function listNamespaces(call: Call): Answer {
  const { query, account } = call.route;
  const page = pageParameter(query, "page", 1, Number.MAX_SAFE_INTEGER, 10007);
  const perPage = pageParameter(query, "per_page", 20, call.limits.maxNamespacesPerPage, 10008);
  const order = choiceParameter(query, "order", ["id", "title"] as const, 10043);
  const direction = choiceParameter(query, "direction", ["asc", "desc"] as const, 10044);
  const descending = direction === "desc";
  const shown = call.store.namespaces.page(account, {
    order,
    descending,
    limit: perPage,
    offset: (page - 1) * perPage,
  });
  const total = call.store.namespaces.all(account).length;
  return success(shown.map(resultOf), { page, per_page: perPage, count: shown.length, total_count: total });
}

export function createNamespace(call: Call): Answer {
  const { account } = call.route;
  const title = titleIn(call);
  const jurisdiction = jurisdictionIn(call.json);
  const mode = modeIn(call.json, jurisdiction);
  if (call.store.namespaces.byTitle(account, title) !== undefined) throw titleTaken(false);
  if (call.store.namespaces.all(account).length >= call.limits.maxNamespaces) {
    throw refusal(choices.tooManyNamespaces, "too many namespaces in this account");
  }
  return success(resultOf(call.store.createNamespace({ account, title, jurisdiction, mode, createdAt: call.nowMs })));
}

export function getNamespace(call: Call): Answer {
  return success(resultOf(namespaceOf(call)));
}

export function renameNamespace(call: Call): Answer {
  const namespace = namespaceOf(call);
  const title = titleIn(call);
  const owner = call.store.namespaces.byTitle(call.route.account, title);
  if (owner !== undefined && owner.rowId !== namespace.rowId) throw titleTaken(true);
  call.store.renameNamespace(namespace, title);
  return success(resultOf({ ...namespace, title }));
}

export function deleteNamespace(call: Call): Answer {
  call.store.deleteNamespace(namespaceOf(call));
  return success(null);
}

function resultOf({ id, title, jurisdiction, mode }: Omit<Namespace, "rowId">): Record<string, unknown> {
  return {
    id,
    title,
    supports_url_encoding: true,
    ...(jurisdiction === null ? {} : { jurisdiction }),
    ...(mode === null ? {} : { mode }),
  };
}

function titleIn(call: Call): string {
  const body = objectIn(call.json);
  const title = body.title;
  if (typeof title !== "string" || title === "") {
    throw new ApiError(400, 10019, "request is missing a title definition", false);
  }
  if ([...title].length <= call.limits.maxTitleLength) return title.toWellFormed();
  throw refusal(choices.titleTooLong, `title exceeds ${call.limits.maxTitleLength} characters`);
}

function jurisdictionIn(json: unknown): string | null {
  const { jurisdiction = null } = objectIn(json);
  if (jurisdiction === null) return null;
  if (typeof jurisdiction === "string" && jurisdictions.includes(jurisdiction)) return jurisdiction;
  throw refusal(choices.invalidRequest, `invalid jurisdiction, expected one of ${jurisdictions.join(", ")}`);
}

function modeIn(json: unknown, jurisdiction: string | null): string | null {
  const { mode = null } = objectIn(json);
  if (mode === null) return null;
  if (mode !== "instant") throw refusal(choices.invalidRequest, "invalid mode, expected instant");
  if (jurisdiction === null) return mode;
  throw refusal(choices.invalidRequest, "mode cannot be given together with jurisdiction");
}

function objectIn(json: unknown): Record<string, unknown> {
  if (typeof json === "object" && json !== null) return json as Record<string, unknown>;
  throw refusal(choices.invalidRequest, "could not parse request body");
}

function titleTaken(prefixed: boolean): ApiError {
  return new ApiError(400, 10014, "a namespace with this account ID and title already exists", prefixed);
}

function pageParameter(query: URLSearchParams, name: string, initial: number, most: number, code: number): number {
  const given = query.get(name) || String(initial);
  const number = /^\d+$/.test(given) ? Number(given) : Number.NaN;
  if (number >= 1 && number <= most) return number;
  throw refusal({ ...choices.invalidPaging, code }, `malformed ${name}`);
}

function choiceParameter<T extends string>(
  query: URLSearchParams,
  name: string,
  known: readonly [T, ...T[]],
  code: number,
): T {
  const given = query.get(name) || known[0];
  const found = known.find((choice) => choice === given);
  if (found !== undefined) return found;
  throw refusal({ ...choices.invalidPaging, code }, `malformed ${name}`);
}
