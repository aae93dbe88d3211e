/** @file Python's `strftime`, which chat templates ask for today's date; in English, whatever the language of the machine. */

const months =
  "January February March April May June July August September October November December";
const monthNames = months.split(" ");
const dayNames = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

const two = (value: number) => String(value).padStart(2, "0");
const hour12 = (date: Date) => date.getHours() % 12 || 12;
const dayOfYear = (date: Date) =>
  Math.round(
    (dayNumber(date, date.getMonth(), date.getDate()) - dayNumber(date, 0, 0)) / 86_400_000,
  );
const dayNumber = (date: Date, month: number, day: number) =>
  Date.UTC(date.getFullYear(), month, day);

const directives: Readonly<Record<string, (date: Date) => string>> = {
  Y: (date) => String(date.getFullYear()).padStart(4, "0"),
  y: (date) => two(date.getFullYear() % 100),
  m: (date) => two(date.getMonth() + 1),
  d: (date) => two(date.getDate()),
  j: (date) => String(dayOfYear(date)).padStart(3, "0"),
  B: (date) => monthNames[date.getMonth()],
  b: (date) => monthNames[date.getMonth()].slice(0, 3),
  A: (date) => dayNames[date.getDay()],
  a: (date) => dayNames[date.getDay()].slice(0, 3),
  H: (date) => two(date.getHours()),
  I: (date) => two(hour12(date)),
  p: (date) => (date.getHours() < 12 ? "AM" : "PM"),
  M: (date) => two(date.getMinutes()),
  S: (date) => two(date.getSeconds()),
  F: (date) => strftime(date, "%Y-%m-%d"),
  T: (date) => strftime(date, "%H:%M:%S"),
  "%": () => "%",
};

/** The date in the local time zone; an unknown directive stays as it is. */
export function strftime(date: Date, format: string): string {
  return format.replace(/%([A-Za-z%])/g, (directive, letter: string) =>
    Object.hasOwn(directives, letter) ? directives[letter](date) : directive,
  );
}
