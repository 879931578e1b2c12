/** One writer: a lock that one tab holds at a time. A tab that dies gives it back by that. */

/** Take the lock; gives what gives it back, or null if another tab has it. */
export function holdLock(name: string): Promise<(() => void) | null> {
  return new Promise((resolve, reject) => {
    const work = (lock: Lock | null) => {
      if (lock === null) return resolve(null);
      return new Promise<void>((release) => resolve(release));
    };
    navigator.locks.request(name, { ifAvailable: true }, work).catch(reject);
  });
}
