/** `{}` is real time, `offsetMs` shifts it, `nowMs` (unix ms) stops it there. */
export interface ClockSetting {
  offsetMs?: number;
  nowMs?: number;
}

/** The emulator's time: every expiry, age and rate window is measured by it. */
export class Clock {
  #setting: ClockSetting = {};

  /** Throws one sentence when the setting is not one. */
  set(setting: ClockSetting): void {
    const { offsetMs = 0, nowMs = 0, ...others } = setting;
    if (!Number.isFinite(offsetMs) || !Number.isFinite(nowMs) || Object.keys(others).length > 0) {
      throw new TypeError(`Invalid clock: expected offsetMs or nowMs in milliseconds, got ${JSON.stringify(setting)}.`);
    }
    this.#setting = setting;
  }

  setting(): ClockSetting {
    return this.#setting;
  }

  /** Unix milliseconds. */
  now(): number {
    const { nowMs, offsetMs = 0 } = this.#setting;
    return (nowMs ?? Date.now()) + offsetMs;
  }
}
