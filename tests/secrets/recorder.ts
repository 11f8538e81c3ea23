import { type Answer, Refusal } from "../driver/door-client";
import type { Place, Written } from "./secret-scan";

/** Keeps what a door answers, and what is heard beside it. */
export class Recorder {
  readonly #written: Record<Exclude<Place, keyof Heard>, unknown[]> = {
    answer: [],
    failure: [],
    error: [],
    detail: [],
    state: [],
  };
  readonly #heard: Heard;

  constructor(heard: Heard) {
    this.#heard = heard;
  }

  get written(): Written {
    return { ...this.#written, ...this.#heard };
  }

  /** Undefined where the call was refused: by failures, or by an error. */
  async taken(asking: Promise<Answer>): Promise<Answer | undefined> {
    try {
      const answer = await asking;
      const { failures = [], state } = answer;
      this.#written.answer.push(answer.answer);
      this.#written.failure.push(...failures);
      if (state) this.#written.state.push(state);
      return failures.length === 0 ? answer : undefined;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#written.error.push(...error.texts);
      this.#written.detail.push(...error.reasons);
      this.#written.state.push(error.unfinished?.outs);
      return undefined;
    }
  }
}

type Heard = Required<Pick<Written, "message" | "stdout" | "stderr">>;
