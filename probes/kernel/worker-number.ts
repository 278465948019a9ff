let number = 0;

/** Which of the agent's workers this thread is, from 0: 0 as well where nobody has said so. What belongs to a worker, like its echo identifiers, is then the same after a restart. */
export const workerNumber = (): number => number;

/** Says which worker this thread is, before it measures. */
export function setWorkerNumber(value: number): void {
  number = value;
}
