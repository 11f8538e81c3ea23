import { hasPulumi } from "../../tools/stack/real";
import { installForNode, play } from "./play";
import { programsIn } from "./program";

const patienceMs = 240_000;

/** Plays each program of a language of Node.js with each engine that is here; what is not here is named as skipped. */
export function playAllOf(language: "typescript" | "javascript"): void {
  for (const program of programsIn(language)) {
    const playWith = (engine: "stand-in" | "real") => () => play(program, engine, installForNode);
    if (program.engine !== "real") test(`program/${program.name}/stand-in`, playWith("stand-in"), patienceMs);
    (hasPulumi ? test : test.skip)(`program/${program.name}/real`, playWith("real"), patienceMs);
  }
}
