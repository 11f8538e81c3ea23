import { hasPulumi } from "../scenarios/real";
import { installForNode, play } from "./play";
import { programsIn } from "./program";

const patienceMs = 240_000;

for (const program of [...programsIn("typescript"), ...programsIn("javascript")]) {
  if (program.engine !== "real") {
    test(`program/${program.name}/stand-in`, () => play(program, "stand-in", installForNode), patienceMs);
  }
  (hasPulumi ? test : test.skip)(
    `program/${program.name}/real`,
    () => play(program, "real", installForNode),
    patienceMs,
  );
}
