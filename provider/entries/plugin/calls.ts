import type { handleServerStreamingCall, handleUnaryCall } from "@grpc/grpc-js";
import { InputError } from "../../pulumi/errors";
import { cancellation } from "./engine-session";
import { toStatus } from "./status";

/** Answers a request; the signal ends when the caller does not wait for the answer any more. */
type Answer<Request, Response> = (request: Request, disconnected: AbortSignal) => Response | Promise<Response>;

/** Makes handlers of answers, and knows what has not been answered yet. */
export class Calls {
  readonly #running = new Set<Promise<unknown>>();

  unary<Request, Response>(answer: Answer<Request, Response>): handleUnaryCall<Request, Response> {
    return (call, callback) => {
      this.#run(answer, call).then(
        (response) => callback(null, response),
        (error) => callback(toStatus(error)),
      );
    };
  }

  streaming<Request, Response>(
    answer: Answer<Request, readonly Response[]>,
  ): handleServerStreamingCall<Request, Response> {
    return (call) => {
      this.#run(answer, call).then(
        (responses) => {
          for (const response of responses) call.write(response);
          call.end();
        },
        (error) => call.emit("error", toStatus(error)),
      );
    };
  }

  /** Settles when nothing runs; what comes meanwhile is waited for, too. */
  async answered(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  #run<Request, Response>(answer: Answer<Request, Response>, call: Call<Request>): Promise<Response> {
    const disconnected = disconnectedSignal(call);
    const running = new Promise<Response>((resolve) => resolve(answer(readable(call.request), disconnected)));
    this.#running.add(running);
    const end = () => this.#running.delete(running);
    running.then(end, end);
    return running;
  }
}

interface Call<Request> {
  readonly request: Request;
  on(event: "cancelled", listener: () => void): unknown;
}

function disconnectedSignal(call: Pick<Call<unknown>, "on">): AbortSignal {
  const disconnected = new AbortController();
  call.on("cancelled", () => disconnected.abort(cancellation()));
  return disconnected.signal;
}

/** What could not be read stands in the request's place as the error that says so. */
function readable<Request>(request: Request): Request {
  if (request instanceof InputError) throw request;
  return request;
}
