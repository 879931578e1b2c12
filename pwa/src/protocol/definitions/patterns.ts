/**
 * The small part of regular expressions that Python and JavaScript read alike, and in bounded time.
 *
 * Allowed: literal characters, `\` before one of `. \ ( ) [ ] { } + * ? | / ^ $`, classes of literals and ranges without
 * escapes such as `[A-Z0-9-]` (no `^ & | ~`), groups, `|`, and behind a literal or class `? * + {m} {m,n}`; behind
 * a group only `?`, because repeated groups are what makes matching explode. For the same reason a pattern has few
 * repetitions, and a text that is matched few characters.
 */

/** Characters of a pattern. */
const PATTERN_MAX = 200;
/** Uses of `*`, `+` and `{m,n}` in one pattern. */
const OPEN_REPETITIONS_MAX = 3;
/** Uses of `?` in one pattern. */
const OPTIONS_MAX = 8;
/** Characters of a text that is matched; a longer one is not looked at. */
export const MATCHED_TEXT_MAX = 200;

const LETTER = String.raw`[\p{L}\p{N}]`;
const CLASS = String.raw`\[(?:${LETTER}-${LETTER}|[^\\\[\]^&|~\-])+-?\]`;
const ATOM = String.raw`(?:[^\\()\[\]{}+*?|.\/^$]|\\[.\\()\[\]{}+*?|\/^$]|${CLASS})`;
const REPEATED = new RegExp(
  String.raw`${ATOM}(?:(?<option>\?)|(?<open>[*+]|\{[0-9]{1,3},[0-9]{1,3}\})|\{[0-9]{1,3}\})?`,
  "uy",
);

/** Whether a text is a pattern of the allowed kind. */
export function isPattern(text: string): boolean {
  const { length } = [...text];
  if (length === 0 || length > PATTERN_MAX || !isBounded(text)) return false;
  try {
    compiled(text);
    return true;
  } catch {
    return false; // a range or a count from high to low
  }
}

/** Whether the whole of a text matches a pattern of the allowed kind. */
export function matches(text: string, pattern: string): boolean {
  return compiled(pattern).test(text);
}

function compiled(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`, "u");
}

/** Read atoms, bars and balanced groups, and count what can match in more than one way. */
function isBounded(text: string): boolean {
  let [place, depth, options, repetitions] = [0, 0, 0, 0];
  while (place < text.length) {
    const [here, next] = [text[place], text[place + 1] ?? ""];
    if (here === "(" && !["?", ")", ""].includes(next)) {
      depth += 1;
      place += 1;
    } else if (here === ")" && depth > 0) {
      const optional = next === "?" ? 1 : 0;
      depth -= 1;
      options += optional;
      place += 1 + optional;
    } else if (here === "|") {
      place += 1;
    } else {
      REPEATED.lastIndex = place;
      const found = REPEATED.exec(text);
      if (found === null) return false;
      place = REPEATED.lastIndex;
      options += found.groups?.option === undefined ? 0 : 1;
      repetitions += found.groups?.open === undefined ? 0 : 1;
    }
  }
  return depth === 0 && options <= OPTIONS_MAX && repetitions <= OPEN_REPETITIONS_MAX;
}
