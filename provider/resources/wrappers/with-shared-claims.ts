import { type Call, type Life, quietCall } from "../../pulumi/resource-provider";
import type { Session } from "../../session/session";

/**
 * A life whose calls know what the other processes of the run have declared so far, and whose checks are announced to
 * them.
 */
export function announced(session: Session, life: Life): Life {
  return {
    check: (olds, news, call = quietCall) => {
      const { claims } = joined(session, call);
      return claims.whileChecking(call.urn, session.clock, () => life.check(olds, news, call));
    },
    diff: async (id, olds, news, call = quietCall) => {
      joined(session, call);
      return life.diff(id, olds, news, call);
    },
    create: async (inputs, call = quietCall) => {
      changing(session, call);
      return life.create(inputs, call);
    },
    read: (id, props, call) => life.read(id, props, call),
    update: async (id, olds, news, call = quietCall) => {
      changing(session, call);
      return life.update(id, olds, news, call);
    },
    delete: async (id, props, call = quietCall) => {
      changing(session, call);
      return life.delete(id, props, call);
    },
  };
}

function changing(session: Session, call: Call): void {
  joined(session, call);
  if (!call.preview) session.claims.tellUpdate();
}

function joined(session: Session, { log }: Call): Session {
  const { claims } = session;
  claims.sync();
  const problem = claims.takeProblem();
  if (problem !== undefined) log.warning(problem);
  return session;
}
