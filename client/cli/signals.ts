/** Ctrl-C and its relatives, awaited once. */
export interface StopRequest {
  /** Fulfilled with the signal's name. */
  readonly asked: Promise<NodeJS.Signals>;
  /** Lets the signals do their usual work again. */
  release(): void;
}

export function awaitStop(): StopRequest {
  const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  let hear: (signal: NodeJS.Signals) => void = () => undefined;
  const asked = new Promise<NodeJS.Signals>((resolve) => {
    hear = resolve;
  });
  for (const signal of signals) process.on(signal, hear);
  return {
    asked,
    release: () => {
      for (const signal of signals) process.off(signal, hear);
    },
  };
}
