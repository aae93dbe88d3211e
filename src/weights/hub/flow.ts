/**
 * @file How much of an answer may wait to be taken. undici 7 crashes the process where a connection ends while its parser waits for
 * the reader (https://github.com/nodejs/undici/issues/5360), as every connection to an HTTP/1.0 server does sooner or later. So the
 * parser waits only where more has come than a reader can reasonably be behind.
 */
import { DecoratorHandler } from "undici";
import type { Dispatcher } from "undici";

type Controller = Dispatcher.DispatchController;
type Handler = Dispatcher.DispatchHandler;

/** A part of a large file: what a slow disk may be behind by. */
const mostBytes = 64 * 1024 * 1024;

/** Lets the handlers of `dispatch` fall behind by so much before the connection waits for them. */
export function allowLag(dispatch: Dispatcher["dispatch"]): Dispatcher["dispatch"] {
  return (options, handler) => dispatch(options, laggingHandler(handler));
}

function laggingHandler(handler: Handler): Handler {
  const inner: Handler = new DecoratorHandler(handler); // of either generation of handlers
  let lag = 0;
  const patient = (controller: Controller): Controller => ({
    get aborted() {
      return controller.aborted;
    },
    get paused() {
      return controller.paused;
    },
    get reason() {
      return controller.reason;
    },
    ...(controller.rawHeaders && { rawHeaders: controller.rawHeaders }),
    ...(controller.rawTrailers && { rawTrailers: controller.rawTrailers }),
    abort: (reason) => controller.abort(reason),
    pause: () => {
      if (lag > mostBytes) controller.pause();
    },
    resume: () => {
      lag = 0;
      controller.resume();
    },
  });
  return {
    onRequestStart: (controller, context) => inner.onRequestStart?.(patient(controller), context),
    onRequestUpgrade: (controller, ...rest) =>
      inner.onRequestUpgrade?.(patient(controller), ...rest),
    onResponseStart: (controller, ...rest) => inner.onResponseStart?.(patient(controller), ...rest),
    onResponseData(controller, chunk) {
      lag += chunk.length;
      inner.onResponseData?.(patient(controller), chunk);
    },
    // By now there is nothing to wait for; where no connection was made, there is no controller either.
    onResponseEnd: (controller, trailers) => inner.onResponseEnd?.(controller, trailers),
    onResponseError: (controller, error) => inner.onResponseError?.(controller, error),
  };
}
