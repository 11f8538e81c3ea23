import * as pulumi from "@pulumi/pulumi";

/** The answer of a function, as a secret where it holds any: Pulumi marks an output as a whole. */
export function secretWhere<Answer>(
  answer: pulumi.Output<Answer>,
  holdsSecrets: (answer: Answer) => boolean,
): pulumi.Output<Answer> {
  return pulumi.output(answer).apply((known) => {
    const answered = known as Answer;
    return holdsSecrets(answered) ? pulumi.secret(answered) : pulumi.output(answered);
  }) as pulumi.Output<Answer>;
}
