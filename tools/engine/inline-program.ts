import { RunRequest, type RunResponse } from "@pulumi/pulumi/proto/language_pb";
import type { InlineProgram } from "./operation";
import type { Run } from "./run";

/** Of Pulumi's Automation API, which has no types for it. */
type LanguageServer = new (
  program: InlineProgram,
) => {
  run(
    call: { readonly request: RunRequest },
    callback: (error: Error | undefined, response?: RunResponse) => void,
  ): void;
};

/**
 * Runs a program in this process, as Pulumi's Automation API does.
 *
 * @throws Error where the program, or something that it declares, has failed.
 */
export function runInline(run: Run, monitorAddress: string, program: InlineProgram): Promise<void> {
  const { LanguageServer } = require("@pulumi/pulumi/automation/server") as { readonly LanguageServer: LanguageServer };
  const { config, secretConfig = [], parallel = 16, programDir } = run.options;
  const request = new RunRequest()
    .setProject(run.project)
    .setStack(run.stack)
    .setOrganization("organization")
    .setPwd(programDir)
    .setMonitorAddress(monitorAddress)
    .setArgsList([run.engineAddress])
    .setDryrun(run.preview)
    .setParallel(parallel)
    .setConfigsecretkeysList([...secretConfig]);
  for (const [key, value] of Object.entries(config)) request.getConfigMap().set(key, value);
  return new Promise((resolve, reject) => {
    new LanguageServer(program).run({ request }, (error) => (error ? reject(error) : resolve()));
  });
}
