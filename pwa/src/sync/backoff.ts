/** How long to wait before the next try: full jitter, from 1 second to 15 minutes. Pure: the random number is given. */

const FIRST_S = 1;
const LONGEST_S = 15 * 60;
/** 2^10 seconds are more than the longest delay: further failures change nothing. */
const DOUBLINGS_MAX = 10;

/**
 * Seconds to wait before try number `attempt` + 1.
 *
 * Full jitter spreads the phones of a province that all lost the same link. What the server asked for (`Retry-After`) is
 * honoured, never undercut and spread too.
 *
 * @param attempt failures in a row so far, from 1.
 * @param random in [0, 1).
 * @param retryAfter what the server asked for in seconds, null if it did not.
 */
export function delaySeconds(attempt: number, random: number, retryAfter: number | null = null): number {
  const bound = Math.min(LONGEST_S, FIRST_S * 2 ** Math.min(Math.max(attempt, 1), DOUBLINGS_MAX));
  if (retryAfter === null || retryAfter <= 0) return FIRST_S + random * (bound - FIRST_S);
  return Math.min(retryAfter, LONGEST_S) + random * FIRST_S;
}
