import { z } from "zod";
import { namespaceIdProblem } from "../resources/namespace-id";
import { rule } from "../resources/validate";

/** The argument that says in which namespace a function looks. */
export const namespaceIdArg = z
  .string()
  .superRefine(rule(namespaceIdProblem))
  .meta({ description: "The namespace: its namespaceId, 32 hexadecimal digits, or the id of a Namespace resource." });
