import { format } from "node:util";

const methods = {
  stdout: ["log", "info", "debug"],
  stderr: ["error", "warn", "trace"],
} as const;

/** Everything that this process prints, from now until the mocks are restored. */
export function listen(): Record<keyof typeof methods, string[]> {
  return { stdout: listenTo("stdout"), stderr: listenTo("stderr") };
}

function listenTo(stream: keyof typeof methods): string[] {
  const heard: string[] = [];
  jest.spyOn(process[stream], "write").mockImplementation((text) => heard.push(String(text)) > 0);
  for (const method of methods[stream]) {
    jest.spyOn(console, method).mockImplementation((...words: unknown[]) => {
      heard.push(format(...words));
    });
  }
  return heard;
}
