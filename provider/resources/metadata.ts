import { metadataProblem as sizeProblem } from "../kv/entry";
import { changedPartProblem } from "./json";

/**
 * Why this metadata would not come back from the store as it is given, or is too long; undefined when it would.
 *
 * @param json the text that the metadata was parsed from, as the member `metadata` of an object.
 */
export function metadataProblem(metadata: unknown, json?: string): string | undefined {
  return changedPartProblem(metadata, "metadata", json) ?? sizeProblem(metadata);
}
