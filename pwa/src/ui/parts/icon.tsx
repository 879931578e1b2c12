/** Marks of 24 units, drawn with one stroke; always beside words, so hidden from screen readers. */

const PATHS = {
  todo: "M9 5h10M9 12h10M9 19h10m-15.500-14 1 1L6.500 4m-3 8 1 1 2-2m-3 8 1 1 2-2",
  doc: "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
  swap: "M8 20V5M8 5 4 9M8 5l4 4M16 4v15M16 19l-4-4M16 19l4-4",
  phone: "M7 2.500h10v19H7zM11 18.500h2",
  next: "m9 5 7 7-7 7",
  back: "m15 5-7 7 7 7",
  two: "M5 9h14M5 15h14M16 4 8 20",
  return: "M4 10h10a5 5 0 0 1 0 10h-3M4 10l5-5M4 10l5 5",
  clock: "M12 3.500a8.500 8.500 0 1 0 0 17a8.500 8.500 0 1 0 0-17M12 7v5l3.500 2",
  pen: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
  warn: "M12 4 2.500 20h19zM12 10v4.500M12 17.300v.1",
  check: "m5 12.500 4.500 4.500L19 7",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  camera: "M3 7.500h4L8.500 5h7L17 7.500h4V19H3zM12 10a3.500 3.500 0 1 0 0 7a3.500 3.500 0 1 0 0-7",
  up: "M12 20V5M12 5 6 11M12 5l6 6",
  carry: "M4 8h16v12H4zM8.500 8V5h7v3M4 13h16",
  server: "M4 4h16v6H4zM4 14h16v6H4zM8 7h.1M8 17h.1",
  seal: "M12 3.500a5.500 5.500 0 1 0 0 11a5.500 5.500 0 1 0 0-11M8.500 13.500 7 21l5-2.500 5 2.500-1.500-7.500",
  seal2: "M12 3a6 6 0 1 0 0 12a6 6 0 1 0 0-12m-2.500 6 2 2 3-3.500M8.500 14 7 21l5-2.500 5 2.500-1.500-7",
  ring: "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M12 8.500a3.500 3.500 0 1 0 0 7a3.500 3.500 0 1 0 0-7M5.700 5.700l3.800 3.800M18.300 5.700l-3.800 3.800M5.700 18.300l3.800-3.800M18.300 18.300l-3.800-3.800",
  place:
    "M12 21c-4-5-6.500-8-6.500-11a6.500 6.500 0 0 1 13 0c0 3-2.500 6-6.500 11zM12 7.500a2.500 2.500 0 1 0 0 5a2.500 2.500 0 1 0 0-5",
  search: "M10.500 4a6.500 6.500 0 1 0 0 13a6.500 6.500 0 1 0 0-13M15.500 15.500 21 21",
  person: "M12 4a4 4 0 1 0 0 8a4 4 0 1 0 0-8M4.500 21c0-4 3.500-6.500 7.500-6.500s7.500 2.500 7.500 6.500",
  lock: "M6 11h12v10H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, small = false }: { name: IconName; small?: boolean }) {
  return (
    <svg class={small ? "i sm" : "i"} viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
