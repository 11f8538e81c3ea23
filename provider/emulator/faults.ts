import type { Fault, FaultMatch, FaultSubject } from "./fault";

/** The faults that are set, and how far they are used up. */
export class FaultPlan {
  #faults: Fault[] = [];

  set(faults: readonly Fault[]): void {
    this.#faults = faults.map((fault) => ({ ...fault }));
  }

  /** The faults with what is left of `times` and `skip`. */
  remaining(): Fault[] {
    return this.#faults;
  }

  /** The fault for this request, now used up by one. */
  take(subject: FaultSubject): Fault | undefined {
    return this.#faults.find((fault) => fault.times !== 0 && matches(fault.match ?? {}, subject) && use(fault));
  }
}

function matches(match: FaultMatch, subject: FaultSubject): boolean {
  const { operation, method, path, key, account } = match;
  if (operation !== undefined && operation !== subject.operation) return false;
  if (method !== undefined && method !== subject.method) return false;
  if (account !== undefined && account !== subject.account) return false;
  if (path !== undefined && !subject.path.includes(path) && !new RegExp(path).test(subject.path)) return false;
  return key === undefined || key === subject.key || subject.keys?.includes(key) === true;
}

function use(fault: Fault): boolean {
  if (fault.skip !== undefined && fault.skip > 0) {
    fault.skip -= 1;
    return false;
  }
  const times = fault.times === undefined ? 1 : fault.times;
  if (times !== null && times > 0) fault.times = times - 1;
  return true;
}
