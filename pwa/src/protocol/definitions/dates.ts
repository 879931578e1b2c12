/**
 * Civil dates as text, and as numbers to reckon with. No clock and no time zone.
 *
 * A date is `YYYY-MM-DD`, a moment `YYYY-MM-DDTHH:MM`, both of the proleptic Gregorian calendar, years 0001 to
 * 9999, in the civil time of the unit that reports (all of Việt Nam keeps UTC+7, without daylight saving).
 * Every range of dates in a definition includes both its ends.
 */

const DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/;
const MOMENT = /^([0-9-]{10})T([0-9]{2}):([0-9]{2})$/;
const DAYS_TO_1970 = 719_468;
/** 400 years. */
const DAYS_IN_ERA = 146_097;

const { floor } = Math;

/**
 * The days from 1970-01-01 to a date.
 *
 * @throws RangeError if it is no date of the calendar.
 */
export function dayNumber(date: string): number {
  const [, year = 0, month = 0, day = 0] = (DATE.exec(date) ?? []).map(Number);
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) {
    throw new RangeError(`not a date: ${date}`);
  }
  const shifted = month > 2 ? year : year - 1; // years that begin in March put the leap day last
  const era = floor(shifted / 400);
  const yearOfEra = shifted - 400 * era;
  const dayOfYear = floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const leapDays = floor(yearOfEra / 4) - floor(yearOfEra / 100);
  return era * DAYS_IN_ERA + yearOfEra * 365 + leapDays + dayOfYear - DAYS_TO_1970;
}

/** The date that lies `day` days after 1970-01-01: the inverse of `dayNumber`. */
export function dateText(day: number): string {
  const shifted = day + DAYS_TO_1970;
  const era = floor(shifted / DAYS_IN_ERA);
  const dayOfEra = shifted - era * DAYS_IN_ERA;
  const leapDays = floor(dayOfEra / 1460) - floor(dayOfEra / 36_524) + floor(dayOfEra / 146_096);
  const yearOfEra = floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + floor(yearOfEra / 4) - floor(yearOfEra / 100));
  const marchMonth = floor((5 * dayOfYear + 2) / 153);
  const month = ((marchMonth + 2) % 12) + 1;
  const year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0);
  return dateOf(year, month, dayOfYear - floor((153 * marchMonth + 2) / 5) + 1);
}

/** A date from its numbers, which are not checked. */
export function dateOf(year: number, month: number, day: number): string {
  const digits = (number: number, size: number) => String(number).padStart(size, "0");
  return `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}`;
}

/** 28 to 31. */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** Whether a text is a date of the calendar. */
export function isDate(text: string): boolean {
  return succeeds(() => dayNumber(text));
}

/**
 * The minutes from 1970-01-01T00:00 to a moment, both in the same civil time.
 *
 * @throws RangeError if it is none.
 */
export function minuteNumber(moment: string): number {
  const [, date = "", hour, minute] = MOMENT.exec(moment) ?? [];
  if (Number(hour) > 23 || Number(minute) > 59) throw new RangeError(`not a moment: ${moment}`);
  return (dayNumber(date) * 24 + Number(hour)) * 60 + Number(minute);
}

/** Whether a text is a moment of the calendar. */
export function isMoment(text: string): boolean {
  return succeeds(() => minuteNumber(text));
}

function succeeds(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** The year and month that lie so many months later (or earlier). */
export function addMonths(
  year: number,
  month: number,
  months: number,
): readonly [year: number, month: number] {
  const total = year * 12 + month - 1 + months;
  return [floor(total / 12), total - 12 * floor(total / 12) + 1];
}
