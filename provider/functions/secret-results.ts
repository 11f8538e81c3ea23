import { z } from "zod";
import type { Properties } from "../pulumi/resource-provider";
import { secretNames } from "../pulumi/schema";
import { leavesOf, type Path } from "../pulumi/secret-inputs";

/** The members that are secret of each item of a list in the result: its own secrets are told by `secretNames`. */
export function secretMembers(result: z.ZodObject): [list: string, members: string[]][] {
  return Object.entries(result.shape).flatMap(([name, schema]): [string, string[]][] => {
    const members =
      schema instanceof z.ZodArray && schema.element instanceof z.ZodObject ? secretNames(schema.element) : [];
    return members.length > 0 ? [[name, members]] : [];
  });
}

/** Where these members stand in an answer, in their parts. */
export function secretsIn(result: z.ZodObject, answer: Properties): Path[] {
  return secretMembers(result).flatMap(([name, members]) => {
    const items = answer[name] as readonly Properties[];
    return items.flatMap((item, index) => members.flatMap((member) => leavesOf(item[member], [name, index, member])));
  });
}
